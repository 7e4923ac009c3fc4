//! `plan`: team.json and Azure side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Events, OpsError, Session, alone, assets, prices,
    roster::{self, Roster},
};
use crate::azure::{Deployment, Lasting};
use crate::fleet::{
    allow::Cidr,
    cost::{self, Cost, PlanCost},
    desired::{Desired, DesiredOperator},
    expand::Expanded,
    idle::nightly,
    names::Names,
    observed::Observed,
    person::Resolution,
    plan::{self, Plan, PlanOptions},
    step::Action,
    team::{Problem, Team, TeamFile},
    what_if::Forecast,
};

/// What a plan is to reach.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Goal {
    /// The fleet is what team.json says.
    Up {
        options: PlanOptions,
        /// `--from`: ranges that may reach SSH, instead of what team.json says.
        #[serde(default)]
        from: Vec<String>,
    },
    /// It is gone.
    Down { extent: plan::Extent },
}

impl Goal {
    pub fn plan(&self, desired: &Desired, observed: &Observed) -> Plan {
        match self {
            Self::Up { options, .. } => plan::plan(desired, observed, options),
            Self::Down { extent } => plan::teardown(desired, observed, *extent),
        }
    }
}

/// A plan with everything it was made from.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Planned {
    pub goal: Goal,
    pub desired: Desired,
    pub observed: Observed,
    pub plan: Plan,
    /// What it changes in the monthly bill.
    pub cost: Cost,
    /// What was wrong in team.json, entry by entry.
    pub problems: Vec<Problem>,
}

impl Planned {
    /// Whether an entry of team.json is left without its machine: it is wrong, or stands for nobody in particular.
    pub fn leaves_somebody_out(&self) -> bool {
        let is_a_member = |target: &str| self.desired.members.iter().any(|m| m.member.email == target);
        self.problems.iter().any(|p| p.hides_a_member) || self.plan.held.iter().any(|h| is_a_member(&h.target))
    }

    /// Whether more may have to be done than it says: for somebody who is left out, or where something was not seen.
    pub fn leaves_something_open(&self) -> bool {
        self.leaves_somebody_out() || self.observed.is_partial()
    }
}

/// Reads team.json, resolves the members, observes Azure, plans. Changes nothing.
pub async fn plan(session: &Session, options: &PlanOptions, _events: &Events) -> Result<Planned, OpsError> {
    plan_from(session, options, &[]).await
}

/// The same with SSH open to these ranges only.
pub async fn plan_from(session: &Session, options: &PlanOptions, from: &[String]) -> Result<Planned, OpsError> {
    let ranges = from.iter().map(|range| Cidr::parse(range).map(|r| r.to_string()));
    let from = ranges.collect::<Result<_, _>>().map_err(|e| OpsError::input(e.to_string(), "--from 203.0.113.7"))?;
    reach(session, Goal::Up { options: options.clone(), from }).await
}

/// The same, for any goal.
pub(super) async fn reach(session: &Session, goal: Goal) -> Result<Planned, OpsError> {
    let (desired, observed, problems) = both_sides(session, &goal).await?;
    let plan = goal.plan(&desired, &observed);
    let sizes = sizes(&plan, &observed);
    let known = prices::prices(session, &desired.names, &sizes).await;
    let each = if matches!(goal, Goal::Up { .. }) { desired.fleet.budget_per_machine } else { 0 };
    let cost = match known {
        Ok(known) => {
            let over_budget = cost::over_budget(&sizes, &known.prices, each);
            let cost = cost::of_plan(&plan.steps, &observed, &known.prices);
            Cost::Known(PlanCost { stale: known.stale, over_budget, ..cost })
        }
        Err(why) => Cost::Unknown { why },
    };
    Ok(Planned { goal, desired, observed, plan, cost, problems })
}

/// Every VM size that is there or is to come.
fn sizes(plan: &Plan, observed: &Observed) -> Vec<String> {
    let there = observed.instances.iter().flat_map(|seen| &seen.value).map(|i| i.vm_size.clone());
    let new = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateMachine { vm_size, .. } => Some(vm_size.clone()),
        _ => None,
    });
    there.chain(new).filter(|size| !size.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What should be and what is, asked for at the same time.
async fn both_sides(session: &Session, goal: &Goal) -> Result<(Desired, Observed, Vec<Problem>), OpsError> {
    // Read once: a team.json that comes or goes meanwhile must not turn a team into one person.
    let found = session.team_file()?;
    let alone = found.is_none();
    session.names(&found.as_ref().map_or_else(Team::default, |f| f.team.clone()))?;
    // Signing in comes first: without it every other answer would be the same failure.
    let caller = session.cloud().caller().await?;
    let mut file = match found {
        Some(file) => file,
        None => alone::team(session.cloud()).await?,
    };
    if let Goal::Up { from, .. } = goal {
        if !from.is_empty() {
            file.team.network.ssh_from = from.clone();
        } else if alone && file.team.network.ssh_from.is_empty() {
            file.team.network.ssh_from = vec![alone::own_address(session).await?];
        }
    }
    let names = session.names(&file.team)?;
    let ((mut desired, problems), observed) =
        tokio::join!(desire(session, file, names.clone(), &caller.tenant), session.cloud().observe(&names));
    if let Some(machines) = &observed.instances {
        session.remember(&desired.names, machines);
    }
    if alone {
        desired.alone = true;
        // Known already, and by their id: no look-up by address can take somebody else for them.
        let person = alone::me(session.cloud()).await?.person;
        desired.members.iter_mut().for_each(|m| m.resolution = Resolution::Found { person: person.clone() });
    }
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
        unread_operators: problems.iter().any(Problem::is_about_operators),
        operators: operators.collect(),
        spared,
        shutdowns: nightly::of_team(&team.idle, &members.iter().map(|m| &m.member).collect::<Vec<_>>()),
        names,
        members,
        alone: false,
    };
    (desired, problems)
}

/// Parameters of the infrastructure template, without its fingerprint.
fn infra_parameters(names: &Names, team: &Team, tenant: &str) -> BTreeMap<String, Value> {
    parameters(names, &team.fleet, &team.network.ssh_from, tenant)
}

/// The same, from a plan's desired side and with the fingerprint.
/// `others` are the security rules that somebody else made.
pub(super) fn deployed_parameters(
    desired: &Desired,
    tenant: &str,
    others: Vec<Value>,
    stands: Lasting,
) -> BTreeMap<String, Value> {
    let mut all = parameters(&desired.names, &desired.fleet, &desired.network.ssh_from, tenant);
    all.insert("otherRules".into(), Value::Array(others));
    all.insert("makeNetwork".into(), json!(!stands.network));
    all.insert("makeVault".into(), json!(!stands.vault));
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

/// ARM's forecast for the infrastructure.
pub async fn what_if(session: &Session, planned: &Planned) -> Result<Forecast, OpsError> {
    match &planned.observed.group {
        None => Ok(Forecast::Unseen { why: planned.observed.gaps.join("; ") }),
        Some(group) if !group.value => Ok(Forecast::NoGroup),
        Some(_) => {
            let deployment = infra_deployment(session, &planned.desired).await?;
            Ok(Forecast::Changes(session.cloud().what_if(&planned.desired.names, &deployment).await?))
        }
    }
}

/// The deployment of the infrastructure, as it would be sent now.
pub(super) async fn infra_deployment(session: &Session, desired: &Desired) -> Result<Deployment, OpsError> {
    let cloud = session.cloud();
    let tenant = cloud.caller().await?.tenant;
    // A deployment replaces the list of rules: those of others are sent along as they are.
    let others = cloud.other_security_rules(&desired.names).await?;
    let stands = cloud.lasting(&desired.names).await?;
    let parameters = deployed_parameters(desired, &tenant, others, stands);
    Ok(Deployment { name: Names::INFRA_DEPLOYMENT.into(), template: assets::fleet_template()?, parameters })
}
