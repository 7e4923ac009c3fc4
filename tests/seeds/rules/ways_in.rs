//! The ways into a machine: the host key that callers are told, and the ports that are open.

use std::{collections::BTreeSet, path::Path};

use claw::sim::world::{Resource, State};
use serde_json::Value;

use super::{VM, fleet};

/// A pinned key is the machine's own, and no rule opens anything but SSH.
pub fn look(state: &State) -> Result<(), String> {
    for (id, vm) in state.resources.iter().filter(|(_, r)| r.kind == VM) {
        let (Some(pinned), Some(machine)) = (vm.body["tags"]["claw-host-key"].as_str(), state.machines.get(id)) else {
            continue;
        };
        if pinned.trim() != machine.host_key() {
            return Err(format!("{} has another host key than {pinned}", machine.spec.name));
        }
    }
    for rule in rules(state) {
        let is_ssh = texts(&rule["properties"], "destinationPortRange") == BTreeSet::from(["22"]);
        let is_open = rule["properties"]["access"] == "Allow" && rule["properties"]["direction"] == "Inbound";
        if is_open && !is_ssh {
            return Err(format!("a rule opens more than SSH: {rule}"));
        }
    }
    Ok(())
}

/// Port 22 is open to those that team.json names, or to all.
pub fn complete(state: &State, team: &Path) -> Result<(), String> {
    let team: Value = serde_json::from_slice(&std::fs::read(team).expect("team.json")).expect("JSON");
    let named: BTreeSet<&str> =
        team["network"]["sshFrom"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let wanted = if named.is_empty() { BTreeSet::from(["0.0.0.0/0"]) } else { named };
    // By whatever name: nothing was opened for a while in these days.
    let open = rules(state).filter(|rule| rule["properties"]["access"] == "Allow");
    let open: Vec<BTreeSet<&str>> = open.map(|rule| texts(&rule["properties"], "sourceAddressPrefix")).collect();
    if open == [wanted.clone()] { Ok(()) } else { Err(format!("SSH is open to {open:?}, and not to {wanted:?}")) }
}

fn rules(state: &State) -> impl Iterator<Item = &Value> {
    let group = fleet(state);
    let is_own =
        move |id: &str, r: &Resource| r.kind == "microsoft.network/networksecuritygroups" && id.starts_with(&group);
    let groups = state.resources.iter().filter(move |(id, r)| is_own(id, r));
    groups.flat_map(|(_, r)| r.body["properties"]["securityRules"].as_array().into_iter().flatten())
}

/// One value, or many under the name's plural.
fn texts<'a>(properties: &'a Value, name: &str) -> BTreeSet<&'a str> {
    let many = &properties[match name {
        "destinationPortRange" => "destinationPortRanges",
        _ => "sourceAddressPrefixes",
    }];
    many.as_array().into_iter().flatten().chain([&properties[name]]).filter_map(Value::as_str).collect()
}
