//! What would change, machine by machine; nothing is changed.

use std::path::Path;

use futures::{StreamExt, stream};
use serde_json::Value;

use super::{
    ConfigPlan, MachineDiff,
    machine::{Kept, Machine},
};
use crate::{
    fleet::{
        config::{self, Change},
        config_patch::{hidden_as, patch_for},
        instance::{Instance, PowerState},
        owners::Owners,
    },
    ops::{
        OpsError, Session, roster,
        session::{chosen, pick},
        template::template,
    },
};

/// What comes of one machine.
enum Compared {
    Fits(MachineDiff),
    Refused(String),
    NothingSaved,
}

/// Compares the template (merged with each member's `config`) with every running machine's live config, and lets each
/// gateway try what would change. Without a file: `openclaw.template.json` beside team.json, or else the shipped one.
pub async fn diff(session: &Session, file: Option<&Path>) -> Result<ConfigPlan, OpsError> {
    diff_of(session, file, &[]).await
}

/// [`diff`] of the named machines, or of all without a name.
pub async fn diff_of(session: &Session, file: Option<&Path>, names: &[String]) -> Result<ConfigPlan, OpsError> {
    let template = template(session, file)?;
    whole_team(session).await?;
    let (_, team, machines) = session.machines().await?;
    let with_own = team.members.iter().filter(|m| m.config.is_some()).cloned().collect();
    let owners = Owners::new(roster::resolve(session, with_own).await, &team.members, &machines.value);
    let (team, template, owners) = (&team, &template, &owners);
    compare_all(session, chosen(&machines.value, names)?, |machine, instance| async move {
        // Without knowing whose it is, what is theirs would go.
        let member = owners.of(&instance).map_err(OpsError::failed)?;
        let own = member.and_then(|m| m.config.as_ref());
        let (live, base_hash) = machine.live().await?;
        let patch = patch_for(&live, template, own, &team.config.owned);
        // Owning a path may take out what nobody named.
        config::check(&patch).map_err(|e| OpsError::input(format!("config.owned: {e}"), "own a path further down"))?;
        let changes = config::diff(&live, &patch);
        if !changes.is_empty()
            && let Some(why) = machine.tries(&patch).await?
        {
            return Ok(Compared::Refused(why));
        }
        Ok(Compared::Fits(MachineDiff { machine: instance.name, changes, base_hash, patch }))
    })
    .await
}

/// What a rollback would change: the config before the last push, on the named machines or on all that kept one.
pub async fn saved(session: &Session, names: &[String]) -> Result<ConfigPlan, OpsError> {
    let (_, _, machines) = session.machines().await?;
    let mut asked = machines.value.clone();
    if !names.is_empty() {
        asked = names.iter().map(|n| pick(&machines.value, n).cloned()).collect::<Result<_, _>>()?;
    }
    compare_all(session, asked, |machine, instance| async move {
        let Some(before) = machine.saved().await? else { return Ok(Compared::NothingSaved) };
        let (live, base_hash) = machine.live().await?;
        let changes = back_to(&before, &live);
        Ok(Compared::Fits(MachineDiff { machine: instance.name, changes, base_hash, patch: Value::Null }))
    })
    .await
}

/// What bringing this back would change.
pub fn back_to(before: &Kept, live: &Value) -> Vec<Change> {
    match before {
        Kept::Json(before) => config::difference(live, &hidden_as(before, live)),
        Kept::Unreadable => vec![not_shown()],
    }
}

/// In place of what claw can't read, and a rollback brings back all the same.
fn not_shown() -> Change {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    Change {
        path: "openclaw.json".to_owned(),
        before: text("what it is now"),
        after: text("what was kept, which can't be shown: it is not strict JSON"),
    }
}

async fn compare_all<F: Future<Output = Result<Compared, OpsError>>>(
    session: &Session,
    machines: Vec<Instance>,
    compare: impl Fn(Machine, Instance) -> F,
) -> Result<ConfigPlan, OpsError> {
    let compare = &compare;
    let (running, off): (Vec<_>, Vec<_>) = machines.into_iter().partition(|i| i.power.value == PowerState::Running);
    let compared = stream::iter(running).map(|instance| async move {
        let name = instance.name.clone();
        let result = async { compare(Machine::of(session, &instance)?, instance).await };
        (name, result.await)
    });
    let mut plan = ConfigPlan { off: off.into_iter().map(|i| i.name).collect(), ..ConfigPlan::default() };
    plan.off.sort();
    let mut compared = compared.buffer_unordered(64);
    while let Some((machine, result)) = compared.next().await {
        match result {
            Ok(Compared::Fits(diff)) => plan.machines.push(diff),
            Ok(Compared::Refused(why)) => plan.refused.push((machine, why)),
            Ok(Compared::NothingSaved) => plan.nothing_saved.push(machine),
            Err(error) => plan.unreachable.push((machine, error.to_string())),
        }
    }
    plan.machines.sort_by(|a, b| a.machine.cmp(&b.machine));
    plan.refused.sort();
    plan.unreachable.sort();
    plan.nothing_saved.sort();
    Ok(plan)
}

/// An entry with a problem is left out of the team, and its machine would lose the member's overrides.
async fn whole_team(session: &Session) -> Result<(), OpsError> {
    match session.team().await?.problems.into_iter().next() {
        None => Ok(()),
        Some(p) => {
            let message = format!("team.json, line {}, {}: {}", p.line, p.field, p.message);
            Err(OpsError::input(message, p.remedy))
        }
    }
}
