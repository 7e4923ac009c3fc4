//! Nobody loses a machine, a disk or anything else without a confirmed step that says so.

use std::collections::BTreeMap;

use claw::{fleet::step::Action, sim::world::State};
use serde_json::Value;

use super::{VM, fleet};
use crate::{
    commands::{Confirmed, Record},
    rig::Asked,
};

/// A machine that was seen alive.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub owner: String,
}

/// What was there when steps were confirmed.
#[derive(Debug, Default)]
pub struct There {
    /// A VM's own id by its name: a VM made anew under the same name has another.
    machines: BTreeMap<String, String>,
    /// What lies on disks: the machine's name by the host key on the disk, which moves with it.
    disks: BTreeMap<String, String>,
}

impl There {
    pub fn now(state: &State) -> Self {
        let group = fleet(state);
        let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        let vms = state.resources.iter().filter(|(id, r)| r.kind == VM && id.starts_with(&group));
        let machines = vms.map(|(_, vm)| (text(&vm.body["name"]), text(&vm.body["properties"]["vmId"]))).collect();
        let used = state.machines.iter().map(|(id, machine)| (machine.host_key(), name(id)));
        let kept = state.arm.kept.iter().filter(|(id, _)| state.resources.contains_key(*id));
        let kept = kept.map(|(id, machine)| (machine.host_key(), name(id).trim_end_matches("-disk").to_owned()));
        Self { machines, disks: used.chain(kept).collect() }
    }
}

#[derive(Default)]
pub struct Losses {
    /// By the VM's own id.
    pub known: BTreeMap<String, Known>,
    disks: BTreeMap<String, String>,
}

impl Losses {
    pub fn look(&mut self, state: &State, record: &Record) -> Result<(), String> {
        self.machines(state, record)?;
        let there = There::now(state);
        for (disk, machine) in self.disks.iter().filter(|(disk, _)| !there.disks.contains_key(*disk)) {
            if !record.confirmed.iter().any(|step| gives_up(step, disk)) {
                return Err(format!("what lay on the disk of {machine} is gone, and no confirmed step says so"));
            }
        }
        self.disks = there.disks;
        Ok(())
    }

    /// Nobody loses a machine without a confirmed step that names it; nobody has two.
    fn machines(&mut self, state: &State, record: &Record) -> Result<(), String> {
        let mut now = BTreeMap::new();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let group = fleet(state);
        for (_, vm) in state.resources.iter().filter(|(id, r)| r.kind == VM && id.starts_with(&group)) {
            let (id, name) = (text(&vm.body["properties"]["vmId"]), text(&vm.body["name"]));
            let owner = text(&vm.body["tags"]["claw-member"]);
            if owner.is_empty() {
                return Err(format!("{name} says nobody's name"));
            }
            if let Some(other) = owners.insert(owner.clone(), name.clone()) {
                return Err(format!("{owner} has two machines: {other} and {name}"));
            }
            now.insert(id, Known { name, owner });
        }
        for (id, known) in &self.known {
            match now.get(id) {
                Some(there) if there.owner != known.owner => {
                    return Err(format!("{} went from {} to {}", known.name, known.owner, there.owner));
                }
                Some(_) => {}
                None if record.confirmed.iter().any(|step| names(step, &known.name, id)) => {}
                None => {
                    return Err(format!("{} of {} is gone, and no confirmed step names it", known.name, known.owner));
                }
            }
        }
        self.known = now;
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The step names this very machine, or deletes the group and says that the machine goes with it.
fn names(step: &Confirmed, machine: &str, id: &str) -> bool {
    step.there.machines.get(machine).is_some_and(|there| there == id)
        && match &step.action {
            Action::DeleteMachine { machine: named } => named == machine,
            Action::DeleteGroup => says(step, machine),
            _ => false,
        }
}

fn says(step: &Confirmed, name: &str) -> bool {
    step.description.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == name)
}

/// The step says that what lies on this disk is lost.
fn gives_up(step: &Confirmed, disk: &str) -> bool {
    let text = &step.description;
    step.there.disks.get(disk).is_some_and(|machine| match &step.action {
        Action::DeleteMachine { machine: named } => named == machine && text.contains("with its disk"),
        Action::DeleteGroup => {
            text.contains(" data") && (says(step, machine) || says(step, &format!("{machine}-disk")))
        }
        _ => false,
    })
}

/// Every DELETE is a step of a plan that the same command had confirmed.
pub fn deletion(asked: &Asked, state: &State, record: &Record) -> Result<(), String> {
    if asked.method != "DELETE" {
        return Ok(());
    }
    let (path, group) = (&asked.path, fleet(state));
    let mut own = record.confirmed.iter().filter(|c| c.command == asked.command);
    let covered = own.any(|c| match &c.action {
        Action::DeleteMachine { machine } => {
            *path == format!("{group}providers/microsoft.compute/virtualmachines/{machine}")
        }
        Action::Revoke { assignment, .. } => *path == assignment.to_ascii_lowercase(),
        Action::RemoveLock { lock } => *path == lock.to_ascii_lowercase(),
        Action::DeleteGroup => path == group.trim_end_matches('/'),
        _ => false,
    });
    if covered { Ok(()) } else { Err(format!("#{} deletes without a confirmed step: {path}", asked.command)) }
}

/// What would delete machines by another name.
pub fn destruction(asked: &Asked) -> Result<(), String> {
    let is_write = ["PUT", "PATCH", "POST"].contains(&asked.method.as_str());
    if is_write && (asked.text.contains("\"mode\":\"Complete\"") || asked.text.contains("\"capacity\"")) {
        return Err(format!("{} {} would delete what it does not name", asked.method, asked.path));
    }
    Ok(())
}
