//! Transitions of a VM: one operation at a time, and what is seen while it goes on and after it.

use std::sync::Arc;

use serde_json::json;

use super::view;
use crate::sim::{
    arm::{ArmError, Call, memory::Power},
    machine::Machine,
    world::{State, World},
};

/// Marks the VM busy, or refuses because it is (azure.md §2.4).
pub fn begin(call: &Call, state: &mut State, operation: &'static str, power: Option<Power>) -> Result<(), ArmError> {
    let key = call.target.key();
    let now = call.world.clock.now();
    let name = call.target.name();
    let vm = state.arm.vms.get_mut(&key).ok_or_else(|| call.not_found())?;
    if let Some(running) = vm.busy {
        let why = match running {
            "delete" => "the VM is marked for deletion",
            _ => "another operation is in progress",
        };
        let message = format!("Operation '{operation}' is not allowed on VM '{name}' since {why}.");
        return Err(ArmError::conflict(if running == "delete" { "OperationNotAllowed" } else { "Conflict" }, message));
    }
    vm.busy = Some(operation);
    vm.failure = None;
    vm.at = now;
    if power.is_some() {
        vm.power = power;
    }
    let provisioning = match operation {
        "create" => "Creating",
        "delete" => "Deleting",
        _ => "Updating",
    };
    show(state, &key, provisioning);
    Ok(())
}

/// The operation is over: a power state, and whether it failed.
pub fn end(world: &World, key: &str, power: Option<Power>, failure: Option<&ArmError>) {
    let mut state = world.state();
    let now = world.clock.now();
    let Some(vm) = state.arm.vms.get_mut(key) else { return };
    vm.busy = None;
    vm.power = power;
    vm.failure = failure.map(|error| error.code.clone());
    vm.at = now;
    // What never came up has failed, whatever else was changed about it since.
    show(&mut state, key, if failure.is_some() || power.is_none() { "Failed" } else { "Succeeded" });
}

pub fn show(state: &mut State, key: &str, provisioning: &str) {
    if let Some(resource) = state.resources.get_mut(key) {
        resource.body["properties"]["provisioningState"] = json!(provisioning);
        let number = resource.body["etag"].as_str().and_then(|e| e.trim_matches('"').parse::<u64>().ok()).unwrap_or(0);
        resource.body["etag"] = json!(format!("\"{}\"", number + 1));
    }
    view::refresh(state, key);
}

/// The machine, if it was ever made.
pub fn machine(world: &World, key: &str) -> Option<Arc<Machine>> {
    world.state().machines.get(key).cloned()
}
