//! Microsoft.Compute: virtual machines, their extensions and disks, Flexible scale sets.

mod attach;
mod birth;
mod capacity;
mod delete;
mod disk;
mod extension;
mod instance;
mod list;
mod power;
mod profile;
mod run_command;
mod scale_profile;
mod scale_set;
mod settle;
mod update;
mod view;
mod vm;

use std::sync::Arc;

use super::{Answer, ArmError, Call, store};
use crate::sim::{machine::Machine, world::State};

const VM: &str = "microsoft.compute/virtualmachines";

pub fn route(call: &Call, pattern: &str) -> Answer {
    let path = pattern.trim_start_matches("microsoft.compute/");
    match (call.method.as_str(), path) {
        ("GET", "virtualmachines") => list::vms(call),
        ("GET", "virtualmachines/*") => vm::get(call),
        ("GET", "virtualmachines/*/instanceview") => vm::instance_view(call),
        ("PUT", "virtualmachines/*") => vm::put(call),
        ("PATCH", "virtualmachines/*") => update::patch(call),
        ("DELETE", "virtualmachines/*") => delete::vm(call),
        ("POST", "virtualmachines/*/start") => power::start(call),
        ("POST", "virtualmachines/*/restart") => power::restart(call),
        ("POST", "virtualmachines/*/poweroff") => power::power_off(call),
        ("POST", "virtualmachines/*/deallocate") => power::deallocate(call),
        ("POST", "virtualmachines/*/retrievebootdiagnosticsdata") => vm::boot_diagnostics(call),
        ("GET", "virtualmachines/*/extensions" | "virtualmachines/*/extensions/*") => extension::get(call),
        ("PUT", "virtualmachines/*/extensions/*") => extension::put(call),
        ("DELETE", "virtualmachines/*/extensions/*") => extension::delete(call),
        ("GET", "virtualmachines/*/runcommands/*") => run_command::get(call),
        ("PUT", "virtualmachines/*/runcommands/*") => run_command::put(call),
        ("DELETE", "virtualmachines/*/runcommands/*") => run_command::delete(call),
        ("GET", "virtualmachinescalesets" | "disks") => store::list(call),
        ("GET", "virtualmachinescalesets/*" | "disks/*") => store::get(call),
        ("PUT", "virtualmachinescalesets/*") => scale_set::put(call),
        ("PATCH", "virtualmachinescalesets/*") => scale_set::patch(call),
        ("DELETE", "virtualmachinescalesets/*") => scale_set::delete(call),
        ("POST", "virtualmachinescalesets/*/delete") => capacity::delete_some(call),
        ("DELETE", "disks/*") => disk::delete(call),
        _ => Err(call.unknown()),
    }
}

/// Forgets a VM, or every VM of a group, by lower-cased id; switch the machines off outside of the lock.
pub fn forget(state: &mut State, id: &str) -> Vec<Arc<Machine>> {
    let below = format!("{id}/");
    let is_meant = |key: &String| key == id || key.starts_with(&below);
    state.arm.vms.retain(|key, _| !is_meant(key));
    state.arm.instances.retain(|key| !is_meant(key));
    state.addresses.retain(|_, vm| !is_meant(vm));
    // What stood on a disk that goes comes back on no other.
    state.arm.kept.retain(|disk, _| !is_meant(disk));
    let keys: Vec<String> = state.machines.keys().filter(|key| is_meant(key)).cloned().collect();
    keys.iter().filter_map(|key| state.machines.remove(key)).collect()
}

/// ETag conditions (2024-07-01): `*` in If-None-Match creates only, If-Match updates only what one has seen.
fn preconditions(call: &Call, state: &State) -> Result<(), ArmError> {
    let found = state.resources.get(&call.target.key());
    if call.if_none_match.as_deref() == Some("*") && found.is_some() {
        return Err(ArmError::precondition("If-None-Match"));
    }
    match (&call.if_match, found) {
        (Some(asked), Some(found)) if asked != "*" && found.body["etag"] != asked.as_str() => {
            Err(ArmError::precondition("If-Match"))
        }
        (Some(_), None) => Err(ArmError::precondition("If-Match")),
        _ => Ok(()),
    }
}
