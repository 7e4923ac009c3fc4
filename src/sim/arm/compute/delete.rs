//! Deleting a VM, and what goes with it.

use std::sync::Arc;

use serde_json::Value;

use super::{attach, forget, settle};
use crate::sim::{
    arm::{
        Answer, ArmError, Call, Reply, lro,
        memory::Form,
        network,
        store::{by_id, by_id_mut},
    },
    world::World,
};

/// 202 and gone after a while; 204 when it was not there.
pub fn vm(call: &Call) -> Answer {
    let key = call.target.key();
    {
        let mut state = call.world.state();
        if !state.resources.contains_key(&key) {
            return Ok(Reply::empty(204));
        }
        settle::begin(call, &mut state, "delete", None)?;
    }
    if let Some(machine) = settle::machine(&call.world, &key) {
        machine.power_off();
    }
    let operation = lro::start(&call.world, Form::Compute, remove(call.world.clone(), key));
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}

/// Interfaces, addresses and the disk go where their `deleteOption` says so (azure.md §1.6). Role assignments at
/// the VM stay behind: Azure removes them "eventually".
async fn remove(world: Arc<World>, key: String) -> Result<(), ArmError> {
    world.clock.sleep(world.scenario.timings.delete).await;
    let mut state = world.state();
    let Some(gone) = state.resources.remove(&key) else { return Ok(()) };
    let machines = forget(&mut state, &key);
    let inside = format!("{key}/");
    state.resources.retain(|id, _| !id.starts_with(&inside));
    let properties = &gone.body["properties"];
    for interface in attach::interfaces(properties) {
        let Some(nic) = by_id_mut(&mut state, &interface["id"]) else { continue };
        if let Some(fields) = nic.body["properties"].as_object_mut() {
            fields.shift_remove("virtualMachine");
        }
        if interface["properties"]["deleteOption"] != "Delete" {
            continue;
        }
        let nic_key = nic.id.to_ascii_lowercase();
        let addresses: Vec<Value> = nic.body["properties"]["ipConfigurations"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|c| c["properties"]["publicIPAddress"].clone())
            .collect();
        network::remove(&mut state, &nic_key);
        for address in addresses {
            let found =
                by_id(&state, &address["id"]).map(|r| (r.id.to_ascii_lowercase(), r.body["properties"].clone()));
            let Some((address_key, own)) = found else { continue };
            if address["properties"]["deleteOption"] == "Delete" || own["deleteOption"] == "Delete" {
                network::remove(&mut state, &address_key);
            }
        }
    }
    let disk = &properties["storageProfile"]["osDisk"];
    let disk_id = &disk["managedDisk"]["id"];
    if disk["deleteOption"] == "Delete" {
        let disk_key = disk_id.as_str().unwrap_or_default().to_ascii_lowercase();
        state.resources.remove(&disk_key);
    } else if let Some(disk) = by_id_mut(&mut state, disk_id)
        && let Some(fields) = disk.body.as_object_mut()
    {
        fields.shift_remove("managedBy");
        disk.body["properties"]["diskState"] = "Unattached".into();
        let key = disk.id.to_ascii_lowercase();
        state.arm.kept.extend(machines.into_iter().map(|machine| (key.clone(), machine)));
    }
    Ok(())
}
