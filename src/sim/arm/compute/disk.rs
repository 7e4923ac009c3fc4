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

pub fn make(state: &mut State, call: &Call, vm: &Value) {
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
    drop(state);
    let operation = lro::start(&call.world, Form::Compute, std::future::ready(Ok(())));
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
