//! Scale sets and extensions.

use serde_json::{Value, json};

use super::{ArmError, id::ResourceId, provider::envelope};
use crate::sim::world::World;

/// Flexible and without a profile (azure.md §1.2): the only kind claw makes.
pub fn scale_set(world: &World, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    let mut body = envelope(id, body);
    if body["identity"]["type"].as_str().is_some_and(|t| t.contains("SystemAssigned")) {
        let message = "The value 'SystemAssigned' of parameter 'identity' is not allowed. Allowed values are: UserAssigned, None.";
        return Err(ArmError::new(400, "InvalidParameter", message));
    }
    if body["properties"]["orchestrationMode"] != "Flexible" || body.get("sku").is_some() {
        let message = "The embedded cloud knows Flexible scale sets without sku only.";
        return Err(ArmError::new(400, "NotSupported", message));
    }
    let kept = world.state().resources.get(&id.key()).map(|r| r.body["properties"].clone()).unwrap_or_default();
    let unique =
        if kept["uniqueId"].is_string() { kept["uniqueId"].clone() } else { json!(uuid::Uuid::new_v4().to_string()) };
    body["properties"]["uniqueId"] = unique;
    body["properties"]["timeCreated"] = json!(super::vm::time_text(world));
    Ok(body)
}

/// Extensions need a running VM (azure.md §1.9); in a template they come after it.
pub fn extension(world: &World, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    let vm = ResourceId { types: id.types[..1].to_vec(), names: id.names[..1].to_vec(), ..id.clone() };
    if !world.state().resources.contains_key(&vm.key()) {
        return Err(ArmError::not_found(&vm.kind(), vm.name(), &vm.group));
    }
    if !super::vm::runs(world, &vm) {
        let message = "Cannot modify extensions in the VM when the VM is not running.";
        return Err(ArmError::new(409, "OperationNotAllowed", message));
    }
    Ok(envelope(id, body))
}
