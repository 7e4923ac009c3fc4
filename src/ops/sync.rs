//! `plan`: team.json and Azure side by side.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Events, OpsError, Session, assets,
    roster::{self, Roster},
};
use crate::fleet::{
    desired::{Desired, DesiredOperator},
    expand::Expanded,
    names::Names,
    observed::Observed,
    person::Resolution,
    plan::{self, Plan, PlanOptions},
    team::{Problem, Team, TeamFile},
};

/// A plan with everything it was made from.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Planned {
    pub desired: Desired,
    pub observed: Observed,
    pub plan: Plan,
    /// What was wrong in team.json, entry by entry.
    pub problems: Vec<Problem>,
}

/// Reads team.json, resolves the members, observes Azure, plans. Changes nothing.
pub async fn plan(session: &Session, options: &PlanOptions, _events: &Events) -> Result<Planned, OpsError> {
    let (desired, observed, problems) = both_sides(session).await?;
    let plan = plan::plan(&desired, &observed, options);
    Ok(Planned { desired, observed, plan, problems })
}

/// What should be and what is, asked for at the same time.
pub(super) async fn both_sides(session: &Session) -> Result<(Desired, Observed, Vec<Problem>), OpsError> {
    let file = session.team()?;
    let names = session.names(&file.team)?;
    // Signing in comes first: without it every other answer would be the same failure.
    let caller = session.cloud().caller().await?;
    let ((desired, problems), observed) =
        tokio::join!(desire(session, file, names.clone(), &caller.tenant), session.cloud().observe(&names));
    Ok((desired, observed, problems))
}

/// The team as it should be, its groups expanded anew, with everything that is wrong in it.
async fn desire(session: &Session, file: TeamFile, names: Names, tenant: &str) -> (Desired, Vec<Problem>) {
    let TeamFile { team, mut problems } = file;
    let Roster { expanded, operators } = roster::look_up(session, &team).await;
    let mut operators = operators.into_iter();
    let Expanded { members, spared, problems: doubts } = expanded;
    problems.extend(doubts);
    problems.sort_by_key(|p| p.line);
    let missing = || Resolution::Unknown { reason: "no answer".into() };
    let operators = team
        .operators
        .iter()
        .map(|email| DesiredOperator { email: email.clone(), resolution: operators.next().unwrap_or_else(missing) });
    let desired = Desired {
        infra_fingerprint: assets::fingerprint(&infra_parameters(&names, &team, tenant)),
        fleet: team.fleet.clone(),
        network: team.network.clone(),
        unread_members: problems.iter().filter(|p| p.hides_a_member).map(|p| p.field.clone()).collect(),
        operators: operators.collect(),
        spared,
        names,
        members,
    };
    (desired, problems)
}

/// Parameters of the infrastructure template, without its fingerprint.
fn infra_parameters(names: &Names, team: &Team, tenant: &str) -> BTreeMap<String, Value> {
    parameters(names, &team.fleet, &team.network.ssh_from, tenant)
}

/// The same, from a plan's desired side and with the fingerprint.
pub(super) fn deployed_parameters(desired: &Desired, tenant: &str) -> BTreeMap<String, Value> {
    let mut all = parameters(&desired.names, &desired.fleet, &desired.network.ssh_from, tenant);
    all.insert("fingerprint".into(), json!(desired.infra_fingerprint));
    all
}

fn parameters(
    names: &Names,
    fleet: &crate::fleet::team::FleetSettings,
    ssh_from: &[String],
    tenant: &str,
) -> BTreeMap<String, Value> {
    let from = if ssh_from.is_empty() { vec!["0.0.0.0/0".to_owned()] } else { ssh_from.to_vec() };
    BTreeMap::from([
        ("location".into(), json!(names.location)),
        ("project".into(), json!(fleet.project)),
        ("environment".into(), json!(fleet.environment)),
        ("vaultName".into(), json!(names.vault())),
        ("tenantId".into(), json!(tenant)),
        ("sshFrom".into(), json!(from)),
    ])
}
