//! A machine that somebody may be working on is stopped only by whoever asked for it.

use std::collections::BTreeMap;

use claw::{
    fleet::step::Action,
    ops::power::Power,
    sim::{arm::memory, world::State},
};

use super::fleet;
use crate::{
    commands::{Command, Record},
    rig::Asked,
};

#[derive(Default)]
pub struct Powers {
    /// Running when last looked at: the VM's resource id, by its own.
    running: BTreeMap<String, String>,
}

impl Powers {
    pub fn look(&mut self, state: &State, record: &Record, asked: &[Asked]) -> Result<(), String> {
        let mut asked_for = Vec::new();
        for asked in asked.iter().filter(|asked| asked.method == "POST") {
            let stop = ["/deallocate", "/poweroff", "/restart"].iter().find_map(|end| asked.path.strip_suffix(end));
            let Some(id) = stop else { continue };
            if !may_stop(id, asked.command, record) {
                return Err(format!("#{} stops {id}, and nobody confirmed that", asked.command));
            }
            asked_for.push(id);
        }
        let mut running = BTreeMap::new();
        for (id, vm) in &state.arm.vms {
            let own = state.resources.get(id).and_then(|r| r.body["properties"]["vmId"].as_str()).unwrap_or_default();
            match vm.power {
                Some(memory::Power::Running | memory::Power::Starting) => {
                    running.insert(own.to_owned(), id.clone());
                }
                // What is deleted is stopped before.
                Some(_)
                    if vm.busy != Some("delete") && self.running.contains_key(own) && !asked_for.contains(&&**id) =>
                {
                    return Err(format!("{id} was running and is off, and nobody asked for that"));
                }
                _ => {}
            }
        }
        self.running = running;
        Ok(())
    }
}

/// Whether a machine of the fleet is not off for good: Azure bills for one that is only powered off.
pub fn is_on(state: &State, machine: &str) -> bool {
    let id = format!("{}providers/microsoft.compute/virtualmachines/{machine}", fleet(state));
    let power = state.arm.vms.get(&id).and_then(|vm| vm.power);
    power.is_some_and(|power| power.word() != "deallocated")
}

/// By a step that this command had confirmed, or because stopping or restarting it is what the command is for.
fn may_stop(id: &str, command: usize, record: &Record) -> bool {
    let is_it = |machine: &String| id.ends_with(&format!("/virtualmachines/{machine}"));
    let is_order = match record.orders.get(&command) {
        Some(Command::Power(Power::Stop | Power::Restart)) => record.picked.get(&command).is_some_and(is_it),
        order => matches!(order, Some(Command::Idle)),
    };
    let mut steps = record.confirmed.iter().filter(|c| c.command == command);
    is_order
        || steps.any(|c| match &c.action {
            Action::Deallocate { machine, .. } => is_it(machine),
            _ => false,
        })
}
