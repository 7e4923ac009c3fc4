//! `config push` and `config diff`.

use std::path::Path;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Event, Events, OpsError, Session, gateway};
use crate::fleet::{
    config::{self, Change},
    instance::{Instance, PowerState},
    team::Team,
};

/// What a push would change on one machine.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MachineDiff {
    pub machine: String,
    pub changes: Vec<Change>,
    /// The gateway's hash of the config that `changes` was computed against.
    pub base_hash: String,
    /// What will be sent: the file merged with the member's overrides.
    #[serde(skip)]
    pub patch: Value,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ConfigPlan {
    pub machines: Vec<MachineDiff>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pushed {
    /// Machines that have the config now, also those that had it before.
    pub pushed: Vec<String>,
    pub failed: Vec<(String, String)>,
    pub not_tried: Vec<String>,
}

/// Compares the file (merged with each member's `config`) with every running machine's live config.
pub async fn diff(session: &Session, file: &Path) -> Result<ConfigPlan, OpsError> {
    let patch = read(file)?;
    let (_, team, machines) = session.machines().await?;
    let (team, patch) = (&team, &patch);
    let running = machines.value.into_iter().filter(|i| i.power.value == PowerState::Running);
    let compared = stream::iter(running).map(|instance| async move {
        let patch = with_overrides(team, &instance, patch);
        (instance.name.clone(), compare(session, &instance, patch).await)
    });
    let mut plan = ConfigPlan::default();
    let mut compared = compared.buffer_unordered(64);
    while let Some((machine, result)) = compared.next().await {
        match result {
            Ok(diff) => plan.machines.push(diff),
            Err(error) => plan.unreachable.push((machine, error.to_string())),
        }
    }
    plan.machines.sort_by(|a, b| a.machine.cmp(&b.machine));
    plan.unreachable.sort();
    Ok(plan)
}

fn read(file: &Path) -> Result<Value, OpsError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| {
        OpsError::input(format!("{shown} can't be read: {e}"), "name a file with an OpenClaw config in JSON")
    })?;
    let patch: Value = serde_json::from_str(&text).map_err(|e| {
        OpsError::input(format!("{shown}, line {}, column {}: not valid JSON", e.line(), e.column()), "mend the JSON")
            .caused_by(e)
    })?;
    config::check(&patch).map_err(|e| OpsError::input(format!("{shown}: {e}"), "take it out of the file"))?;
    Ok(patch)
}

fn with_overrides(team: &Team, instance: &Instance, patch: &Value) -> Value {
    let mut merged = patch.clone();
    let member = team.members.iter().find(|m| Some(&m.slug) == instance.slug.as_ref());
    if let Some(own) = member.and_then(|m| m.config.as_ref()) {
        config::merge(&mut merged, own);
    }
    merged
}

async fn compare(session: &Session, instance: &Instance, patch: Value) -> Result<MachineDiff, OpsError> {
    let gateway = gateway::connect(session, instance).await?;
    let live = gateway.call("config.get", json!({})).await?;
    let unreadable = || OpsError::failed(format!("the gateway of {} sent no config", instance.name));
    let base_hash = live.get("hash").and_then(Value::as_str).ok_or_else(unreadable)?.to_owned();
    let config = live.get("parsed").or_else(|| live.get("sourceConfig")).ok_or_else(unreadable)?;
    let changes = config::diff(config, &patch);
    Ok(MachineDiff { machine: instance.name.clone(), changes, base_hash, patch })
}

/// Pushes with compare-and-set by base hash, the first machine alone, then the rest; stops at the first failure.
pub async fn push(session: &Session, plan: &ConfigPlan, events: &Events) -> Result<Pushed, OpsError> {
    session.may_change()?;
    let (_, _, machines) = session.machines().await?;
    let mut pushed = Pushed::default();
    for diff in &plan.machines {
        if !pushed.failed.is_empty() {
            pushed.not_tried.push(diff.machine.clone());
            continue;
        }
        let result = match machines.value.iter().find(|i| i.name == diff.machine) {
            Some(_) if diff.changes.is_empty() => Ok(()),
            Some(instance) => send(session, instance, diff).await,
            None => Err(OpsError::failed("the machine is not there any more")),
        };
        let machine = diff.machine.clone();
        match result {
            Ok(()) => {
                events.send(Event::ConfigPushed { machine: machine.clone(), changes: diff.changes.len() });
                pushed.pushed.push(machine);
            }
            Err(error) => {
                events.send(Event::ConfigFailed { machine: machine.clone(), error: error.to_string() });
                pushed.failed.push((machine, error.to_string()));
            }
        }
    }
    Ok(pushed)
}

async fn send(session: &Session, instance: &Instance, diff: &MachineDiff) -> Result<(), OpsError> {
    let gateway = gateway::connect(session, instance).await?;
    let params = json!({"raw": diff.patch.to_string(), "baseHash": diff.base_hash});
    let answer = gateway.call("config.patch", params).await?;
    if answer.get("ok").and_then(Value::as_bool) == Some(false) {
        return Err(OpsError::failed(format!("the gateway of {} did not take the config", instance.name)));
    }
    let health = gateway.call("health", json!({})).await?;
    if health.get("ok").and_then(Value::as_bool) == Some(false) {
        return Err(OpsError::failed(format!("the gateway of {} is unhealthy after the push", instance.name)));
    }
    Ok(())
}
