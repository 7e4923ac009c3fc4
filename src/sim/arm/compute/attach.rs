//! What a VM is joined to: its scale set and its network interfaces (azure.md §1.2).

use serde_json::{Value, json};

use crate::sim::{
    arm::{
        ArmError, Call, network,
        store::{by_id, by_id_mut},
    },
    world::State,
};

fn set_id(properties: &Value) -> Option<&str> {
    properties["virtualMachineScaleSet"]["id"].as_str()
}

/// A new VM may join any Flexible scale set of its group.
pub fn check_new(call: &Call, state: &State, body: &Value) -> Result<(), ArmError> {
    let properties = &body["properties"];
    if let Some(id) = set_id(properties) {
        flexible(call, state, id)?;
    }
    for interface in interfaces(properties) {
        let id = interface["id"].as_str().unwrap_or_default();
        let found =
            by_id(state, &interface["id"]).ok_or_else(|| ArmError::reference_not_found(id, &call.target.id()))?;
        let user = found.body["properties"]["virtualMachine"]["id"].as_str();
        if let Some(user) = user.filter(|user| !user.eq_ignore_ascii_case(&call.target.id())) {
            let message = format!(
                "Network Interface {id} is used by existing resource {user} so it cannot be used by another one."
            );
            return Err(ArmError::bad("NicInUse", message));
        }
    }
    if interfaces(properties).is_empty() {
        let message = "Virtual Machine must have at least one network interface.";
        return Err(ArmError::parameter("networkProfile", message));
    }
    Ok(())
}

fn flexible<'a>(call: &Call, state: &'a State, id: &str) -> Result<&'a Value, ArmError> {
    let set = by_id(state, &json!(id)).ok_or_else(|| ArmError::reference_not_found(id, &call.target.id()))?;
    let in_group = id.to_ascii_lowercase().starts_with(&format!("{}/", call.target.group_key()));
    let properties = &set.body["properties"];
    if !in_group || properties["orchestrationMode"] != "Flexible" {
        let message =
            "A virtual machine can be in a scale set of its own resource group with orchestration mode Flexible only.";
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    Ok(properties)
}

/// Joining or leaving later: more is asked of the set and of the VM. `null` leaves.
pub fn change(call: &Call, state: &State, kept: &Value, asked: &Value) -> Result<(), ArmError> {
    let Some(wanted) = asked["properties"].get("virtualMachineScaleSet") else { return Ok(()) };
    let (old, new) = (set_id(&kept["properties"]), wanted["id"].as_str());
    let refuse = |code: &str, what: &str| {
        let message =
            format!("The virtual machine '{}' cannot be attached to the scale set: {what}.", call.target.name());
        Err(ArmError::conflict(code, message))
    };
    match (old, new) {
        (Some(old), Some(new)) if old.eq_ignore_ascii_case(new) => Ok(()),
        (Some(_), Some(_)) => {
            let message = "Changing property 'virtualMachineScaleSet.id' is not allowed.";
            Err(ArmError::conflict("PropertyChangeNotAllowed", message).at("virtualMachineScaleSet.id"))
        }
        (None, Some(new)) => {
            let set = flexible(call, state, new)?;
            let vm = &kept["properties"];
            if set["singlePlacementGroup"] != false {
                return refuse("VmssDoesNotSupportAttachingWithSpg", "singlePlacementGroup is not false");
            }
            if set["platformFaultDomainCount"] != 1 {
                return refuse("VmssDoesNotSupportAttachingExistingVMMultiFD", "it has more than one fault domain");
            }
            if vm["availabilitySet"].is_object() {
                return refuse("VmssDoesNotSupportAttachingExistingAvsetVM", "the VM is in an availability set");
            }
            if vm["proximityPlacementGroup"].is_object() {
                return refuse("VmssDoesNotSupportAttachingPPGVM", "the VM is in a proximity placement group");
            }
            if vm["storageProfile"]["osDisk"]["vhd"].is_object() {
                return refuse("VmssDoesNotSupportAttachingExistingVMUnmanagedDisk", "its disk is unmanaged");
            }
            Ok(())
        }
        (_, None) => Ok(()),
    }
}

pub fn interfaces(properties: &Value) -> Vec<Value> {
    properties["networkProfile"]["networkInterfaces"].as_array().cloned().unwrap_or_default()
}

/// The interfaces say whose they are.
pub fn mark(state: &mut State, vm_id: &str, properties: &Value) {
    for interface in interfaces(properties) {
        if let Some(found) = by_id_mut(state, &interface["id"]) {
            found.body["properties"]["virtualMachine"] = json!({"id": vm_id});
            found.body["properties"]["primary"] = json!(interface["properties"]["primary"] != false);
        }
    }
}

/// A running VM is found under its public addresses.
pub fn connect(state: &mut State, key: &str) {
    let Some(all) = state.resources.get(key).map(|vm| interfaces(&vm.body["properties"])) else { return };
    network::take(state, key, &all);
}
