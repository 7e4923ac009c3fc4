//! From an accepted VM to a running machine.

use std::sync::Arc;

use super::{attach, disk, settle, view};
use crate::sim::{
    arm::{ArmError, faults::allocation_failed, memory::Power},
    machine::Machine,
    world::World,
};

/// Waits as a creation takes, then boots the machine. Until then there is no power state (azure.md §1.7).
pub async fn create(world: Arc<World>, key: String, is_struck: bool) -> Result<(), ArmError> {
    let takes = world.scenario.timings.create_vm;
    let until_ready = takes.mul_f64(0.8);
    world.clock.sleep(until_ready).await;
    if is_struck {
        let error = allocation_failed();
        settle::end(&world, &key, None, Some(&error));
        return Err(error);
    }
    {
        let mut state = world.state();
        if let Some(vm) = state.arm.vms.get_mut(&key) {
            vm.os_ready = true;
        }
        view::refresh(&mut state, &key);
    }
    world.clock.sleep(takes - until_ready).await;
    if !bring_forth(&world, &key) {
        return Err(ArmError::conflict("OperationNotAllowed", "The virtual machine was deleted while being created."));
    }
    settle::end(&world, &key, Some(Power::Running), None);
    if let Some(machine) = settle::machine(&world, &key) {
        machine.power_on();
    }
    Ok(())
}

/// Makes the machine of a VM that has none yet: a new one, or one around its kept disk. False when the VM is gone.
pub fn bring_forth(world: &Arc<World>, key: &str) -> bool {
    let Some(spec) = world.state().arm.vms.get(key).map(|vm| vm.spec.clone()) else { return false };
    if settle::machine(world, key).is_some() {
        return true;
    }
    let kept = {
        let mut state = world.state();
        let disk = state.resources.get(key).map(|vm| disk::id_of(&vm.body)).unwrap_or_default();
        state.arm.kept.remove(&disk)
    };
    let machine = match kept {
        Some(old) => Machine::on_disk_of(world, spec, &old),
        None => Machine::new(world, spec),
    };
    let mut state = world.state();
    state.machines.insert(key.to_owned(), machine);
    attach::connect(&mut state, key);
    true
}
