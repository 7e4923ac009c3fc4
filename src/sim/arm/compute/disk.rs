//! Managed disks: one for each VM's operating system.

use serde_json::{Value, json};

use crate::sim::{
    arm::{
        Answer, ArmError, Call, Reply, lro,
        memory::Form,
        store::{insert, stamp},
        target::Target,
    },
    world::State,
};

/// Lower-cased id of a VM's OS disk.
pub fn id_of(vm: &Value) -> String {
    vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"].as_str().unwrap_or_default().to_ascii_lowercase()
}

/// A disk that a VM is to continue on: it must be there, and free or this VM's already.
pub fn attachable(call: &Call, state: &State, vm: &Value) -> Result<(), ArmError> {
    let id = id_of(vm);
    let Some(disk) = state.resources.get(&id).filter(|r| r.kind == "microsoft.compute/disks") else {
        return Err(ArmError::new(404, "NotFound", format!("Disk {id} is not found.")));
    };
    match disk.body["managedBy"].as_str().filter(|vm| !vm.eq_ignore_ascii_case(&call.target.id())) {
        Some(vm) => {
            let message =
                format!("Cannot attach disk '{}' to VM because the disk is already owned by VM '{vm}'.", disk.id);
            Err(ArmError::conflict("ConflictingUserInput", message))
        }
        None => Ok(()),
    }
}

/// Makes the VM's disk, or takes the one it continues on.
pub fn make(state: &mut State, call: &Call, vm: &Value) {
    if let Some(disk) = state.resources.get_mut(&id_of(vm)) {
        disk.body["managedBy"] = json!(call.target.id());
        disk.body["properties"]["diskState"] = json!("Attached");
        return;
    }
    let os = &vm["properties"]["storageProfile"]["osDisk"];
    let Some(target) = os["managedDisk"]["id"].as_str().and_then(Target::parse) else { return };
    let body = json!({
        "name": target.name(), "id": target.id(), "type": target.kind(), "location": vm["location"],
        "tags": vm["tags"], "managedBy": call.target.id(), "sku": {"name": os["managedDisk"]["storageAccountType"]},
        "properties": {
            "osType": "Linux", "diskSizeGB": os["diskSizeGB"], "diskState": "Attached", "provisioningState": "Succeeded",
            "timeCreated": stamp(call.world.clock.now()), "uniqueId": super::super::store::new_guid(),
        },
    });
    insert(state, &target, body);
}

pub fn delete(call: &Call) -> Answer {
    let mut state = call.world.state();
    let key = call.target.key();
    let Some(disk) = state.resources.get(&key) else { return Ok(Reply::empty(204)) };
    if let Some(vm) = disk.body["managedBy"].as_str() {
        let message = format!("Disk {} is attached to VM {vm}.", call.target.name());
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    drop(state);
    state = call.world.state();
    state.resources.remove(&key);
    state.arm.kept.remove(&key);
    drop(state);
    let operation = lro::start(&call.world, Form::Compute, std::future::ready(Ok(())));
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
