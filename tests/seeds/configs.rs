//! What gateways should be told, and what they have. Nothing here asks claw what that is.

use std::{fs, path::Path};

use claw::ops::{Events, config_push, config_push::ConfigPlan};
use serde_json::{Value, json};

use crate::{commands::Record, day::Day, rig::Rig, team::Team};

pub const OUTRUN: &str = "a config push outrun by another";
pub const PUSHED: &str = "a gateway that has the config it was pushed";

/// What is pushed where there is no openclaw.template.json.
const SHIPPED: &str = include_str!("../../assets/openclaw.template.json");
pub const TEMPLATES: usize = 6;
pub const OWN: usize = 4;
/// What operators own where they own anything.
const OWNED: &str = "tools";

pub fn template(number: usize) -> Value {
    let every = format!("{}m", 41 + number);
    let level = if number.is_multiple_of(2) { "info" } else { "debug" };
    let mut config = json!({
        "agents": {"defaults": {"heartbeat": {"every": every}}},
        "logging": {"level": level},
    });
    if number.is_multiple_of(2) {
        config["agents"]["defaults"]["model"] = json!(format!("vendor/model-{number}"));
    }
    if number.is_multiple_of(3) {
        config[OWNED] = json!({"deny": ["browser", format!("tool-{number}")]});
    }
    config
}

/// A member's own, some of it there to take out what the template says.
pub fn own(number: usize) -> Value {
    match number {
        0 => json!({"agents": {"defaults": {"heartbeat": {"every": "1h"}}}}),
        1 => json!({"tools": null}),
        2 => json!({"tools": {"deny": []}, "logging": {"level": "trace"}}),
        _ => json!({"agents": {"defaults": {"model": null}}, "commands": {"native": false}}),
    }
}

pub fn owned(has_owned: bool) -> Value {
    if has_owned { json!({"owned": [OWNED]}) } else { json!({}) }
}

/// Puts the team's template beside its team.json, or takes it away.
pub fn write(team: &Team, folder: &Path) {
    let path = folder.join("openclaw.template.json");
    match team.template {
        Some(number) => fs::write(path, template(number).to_string()).expect("a template"),
        None => drop(fs::remove_file(path)),
    }
}

/// Whether a machine's gateway has what the team wants it to have.
fn holds(rig: &Rig, team: &Team, machine: &str) -> Result<(), String> {
    let state = rig.sim.world().state();
    let Some((id, there)) = state.machines.iter().find(|(_, there)| there.spec.name == machine) else {
        return Err(format!("{machine} is not there"));
    };
    let owner = state.resources.get(id).and_then(|vm| vm.body["tags"]["claw-member"].as_str()).unwrap_or_default();
    let live: Value = serde_json::from_str(&there.config_text()).expect("a config");
    let shipped = || serde_json::from_str(SHIPPED).expect("the shipped template");
    let template = team.template.map_or_else(shipped, template);
    let member = team.members.iter().find(|member| member.is(owner));
    let own = member.and_then(|member| member.config).map_or_else(|| json!({}), own);
    let named = said(&own, &live, "")
        .and_then(|()| beside(&template, &own, &live, ""))
        .and_then(|()| if team.has_owned { alone(&template, &own, &live) } else { Ok(()) });
    named.map_err(|wrong| format!("the gateway of {machine} ({owner}) has another config than it should: {wrong}"))
}

/// Everything that `wanted` names is so, and what it sets to null is not there.
fn said(wanted: &Value, live: &Value, at: &str) -> Result<(), String> {
    match wanted {
        Value::Object(wanted) => {
            wanted.iter().try_for_each(|(key, value)| said(value, &live[key.as_str()], &format!("{at}.{key}")))
        }
        wanted if wanted == live => Ok(()),
        wanted => Err(format!("{at} is {live}, not {wanted}")),
    }
}

/// The same, where the member's own says nothing else.
fn beside(wanted: &Value, own: &Value, live: &Value, at: &str) -> Result<(), String> {
    let Value::Object(wanted) = wanted else { return said(wanted, live, at) };
    wanted.iter().try_for_each(|(key, value)| {
        let (live, at) = (&live[key.as_str()], format!("{at}.{key}"));
        match own.get(key) {
            None => said(value, live, &at),
            Some(Value::Object(_)) => beside(value, &own[key.as_str()], live, &at),
            Some(_) => Ok(()),
        }
    })
}

/// Below what operators own stands nothing that neither of the two names.
fn alone(template: &Value, own: &Value, live: &Value) -> Result<(), String> {
    let left = live[OWNED].as_object().into_iter().flatten();
    let mut left = left.filter(|(key, _)| template[OWNED].get(key).is_none() && own[OWNED].get(key).is_none());
    left.next().map_or(Ok(()), |(key, value)| Err(format!("{OWNED}.{key} is {value}, and nobody wants it")))
}

/// Machines of which a command said that they have the config have it.
pub fn done(rig: &Rig, team: &Team, command: usize, record: &mut Record) -> Result<(), String> {
    let said = record.configured.iter().filter(|(by, _)| *by == command);
    let said: Vec<String> = said.map(|(_, machine)| machine.clone()).collect();
    for machine in said {
        holds(rig, team, &machine).map_err(|wrong| format!("#{command} says it pushed, and {wrong}"))?;
        record.counts.met(PUSHED);
    }
    Ok(())
}

impl Day {
    /// Pushes the config with nothing in the way; then nothing differs, and the gateways really have it.
    pub async fn push_config(&mut self) -> Result<(), String> {
        let session = self.session();
        let (events, _received) = Events::channel();
        let plan = self.compare().await?;
        let pushed = config_push::push(&session, &plan, &events).await;
        let pushed = pushed.map_err(|e| format!("a clean config push fails: {e}"))?;
        if let Some((machine, why)) = pushed.failed.first() {
            return Err(format!("a clean config push to {machine} fails: {why}"));
        }
        let again = self.compare().await?;
        if let Some(differs) = again.machines.iter().find(|diff| !diff.changes.is_empty()) {
            return Err(format!("after a clean config push something differs: {differs:?}"));
        }
        let owners = self.owners();
        let machines = owners.iter().filter(|(_, owner)| self.team.has(owner)).map(|(machine, _)| machine);
        for machine in machines {
            if !again.machines.iter().any(|diff| diff.machine == *machine) {
                return Err(format!("{machine} was not asked for its config: {again:?}"));
            }
            holds(&self.rig, &self.team, machine)?;
        }
        Ok(())
    }

    async fn compare(&mut self) -> Result<ConfigPlan, String> {
        let session = self.session();
        let plan = config_push::diff(&session, None).await.map_err(|e| format!("a clean config diff fails: {e}"))?;
        let wrong = plan.refused.first().or(plan.unreachable.first());
        wrong.map_or(Ok(()), |(machine, why)| Err(format!("a clean config diff of {machine} fails: {why}")))?;
        Ok(plan)
    }
}
