//! Flexible scale sets without a profile: a place to put VMs in (azure.md §1.2).

use serde_json::{Value, json};

use super::{VM, preconditions};
use crate::sim::arm::{
    Answer, ArmError, Call, Reply, lro,
    memory::Form,
    store::{self, envelope, group_is_writable, insert, located, new_guid, stamp},
};

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut body = envelope(&call.target, &call.body);
    check(&body)?;
    let is_new = {
        let mut state = call.world.state();
        group_is_writable(&state, &call.target)?;
        preconditions(call, &state)?;
        let kept = state.resources.get(&call.target.key()).map(|r| r.body["properties"].clone());
        if let Some(kept) = &kept {
            for fixed in ["platformFaultDomainCount", "singlePlacementGroup", "orchestrationMode"] {
                if body["properties"][fixed] != kept[fixed] {
                    let message = format!("Changing property '{fixed}' is not allowed.");
                    return Err(ArmError::conflict("PropertyChangeNotAllowed", message).at(fixed));
                }
            }
        }
        let old = |name: &str| kept.as_ref().map(|k| k[name].clone());
        body["properties"]["uniqueId"] = old("uniqueId").unwrap_or_else(|| json!(new_guid()));
        body["properties"]["timeCreated"] = old("timeCreated").unwrap_or_else(|| json!(stamp(call.world.clock.now())));
        body["properties"]["constrainedMaximumCapacity"] = json!(false);
        body["properties"]["provisioningState"] = json!(if kept.is_some() { "Updating" } else { "Creating" });
        body["etag"] = json!(format!("\"{}\"", new_guid()));
        insert(&mut state, &call.target, body.clone());
        kept.is_none()
    };
    Ok(settled(call, Reply::json(if is_new { 201 } else { 200 }, &body)))
}

fn check(body: &Value) -> Result<(), ArmError> {
    if body["identity"]["type"].as_str().is_some_and(|t| t.contains("SystemAssigned")) {
        let message = "The value 'SystemAssigned' of parameter 'identity' is not allowed. Allowed values are: UserAssigned, None.";
        return Err(ArmError::parameter("identity", message));
    }
    let properties = &body["properties"];
    let has_profile = !properties["virtualMachineProfile"].is_null() || !body["sku"].is_null();
    if properties["orchestrationMode"] != "Flexible" || has_profile {
        return Err(ArmError::unknown("PUT", "/…/virtualMachineScaleSets that make VMs by themselves"));
    }
    if !properties["platformFaultDomainCount"].is_u64() {
        let message = "Required parameter 'platformFaultDomainCount' is missing (null).";
        return Err(ArmError::parameter("platformFaultDomainCount", message));
    }
    if properties["overprovision"] == true {
        let message = "The parameter 'overprovision' is not allowed with orchestration mode Flexible.";
        return Err(ArmError::parameter("overprovision", message));
    }
    Ok(())
}

/// PATCH of tags: the whole map is replaced.
pub fn patch(call: &Call) -> Answer {
    if call.body.get("sku").is_some() || call.body.get("properties").is_some() {
        return Err(call.unknown());
    }
    let body = {
        let mut state = call.world.state();
        preconditions(call, &state)?;
        let resource = state.resources.get_mut(&call.target.key()).ok_or_else(|| call.not_found())?;
        resource.body["tags"] = call.body["tags"].clone();
        resource.body["properties"]["provisioningState"] = json!("Updating");
        resource.body.clone()
    };
    Ok(settled(call, Reply::json(200, &body)))
}

fn settled(call: &Call, reply: Reply) -> Reply {
    let (world, key) = (call.world.clone(), call.target.key());
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        store::set_state(&mut world.state(), &key, "Succeeded");
        Ok(())
    });
    lro::accepted(call, Form::Compute, operation, reply)
}

/// Refused while VMs are in it. What the real one does with attached VMs is written nowhere (azure.md §1.5).
pub fn delete(call: &Call) -> Answer {
    let key = call.target.key();
    {
        let mut state = call.world.state();
        if !state.resources.contains_key(&key) {
            return Ok(Reply::empty(204));
        }
        let is_member = |vm: &&crate::sim::world::Resource| {
            let set = vm.body["properties"]["virtualMachineScaleSet"]["id"].as_str();
            vm.kind == VM && set.is_some_and(|set| set.eq_ignore_ascii_case(&key))
        };
        let is_forced = call.query("forceDeletion").is_some_and(|f| f.eq_ignore_ascii_case("true"));
        if let Some(vm) = state.resources.values().find(is_member).filter(|_| !is_forced) {
            let message = format!(
                "Virtual Machine Scale Set '{}' cannot be deleted because it has instances: {}.",
                call.target.name(),
                vm.id
            );
            return Err(ArmError::conflict("OperationNotAllowed", message));
        }
        store::set_state(&mut state, &key, "Deleting");
    }
    let world = call.world.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        world.state().resources.remove(&key);
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
