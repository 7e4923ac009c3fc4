//! Flexible scale sets: places to put VMs in (azure.md §1.2 mode B), and with a profile makers of VMs (mode A).

use serde_json::{Value, json};

use super::{capacity, preconditions, scale_profile, update::lay_over};
use crate::sim::{
    arm::{
        Answer, ArmError, Call, Reply, limits, lro,
        memory::Form,
        store::{self, envelope, group_is_writable, insert, located, new_guid, stamp},
    },
    world::State,
};

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut set = envelope(&call.target, &call.body);
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    preconditions(call, &state)?;
    let kept = whole(call, &state);
    if let Some(kept) = &kept {
        // What a full body leaves out stays. What it brings from an older look does its harm (azure.md §1.5).
        for place in ["/sku", "/sku/capacity", "/properties/virtualMachineProfile"] {
            let (parent, name) = place.rsplit_once('/').unwrap_or_default();
            let old = kept.pointer(place).filter(|old| !old.is_null());
            if let (Some(old), Some(new)) = (old, set.pointer_mut(parent))
                && new.is_object()
                && new[name].is_null()
            {
                new[name] = old.clone();
            }
        }
    }
    write(call, &mut state, kept, set).map(|(is_new, begun)| begin(call, state, if is_new { 201 } else { 200 }, begun))
}

/// PATCH lays what it names over what is there; tags are replaced as a whole.
pub fn patch(call: &Call) -> Answer {
    let mut state = call.world.state();
    preconditions(call, &state)?;
    let kept = whole(call, &state).ok_or_else(|| call.not_found())?;
    let mut set = kept.clone();
    for name in ["sku", "properties", "identity"] {
        match &mut set[name] {
            new if new.is_null() => *new = call.body[name].clone(),
            old => lay_over(old, &call.body[name]),
        }
    }
    if call.body["tags"].is_object() {
        set["tags"] = call.body["tags"].clone();
    }
    if let Some(fields) = set.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    write(call, &mut state, Some(kept), set).map(|(_, begun)| begin(call, state, 200, begun))
}

/// The set as it is kept, with what is not shown.
fn whole(call: &Call, state: &State) -> Option<Value> {
    let mut set = state.resources.get(&call.target.key())?.body.clone();
    if !set["properties"]["virtualMachineProfile"].is_null()
        && let Some(profile) = state.arm.profiles.get(&call.target.key())
    {
        set["properties"]["virtualMachineProfile"] = profile.clone();
    }
    Some(set)
}

/// What a write leaves to be done: the set as asked for, and its nominal numbers before and after.
struct Begun {
    set: Value,
    from: u64,
    to: u64,
}

fn nominal(set: &Value) -> u64 {
    set["sku"]["capacity"].as_u64().unwrap_or(0)
}

/// Checks and stores a set; whether it is new.
fn write(call: &Call, state: &mut State, kept: Option<Value>, mut set: Value) -> Result<(bool, Begun), ArmError> {
    check(&set)?;
    let kept_properties = kept.as_ref().map(|kept| &kept["properties"]);
    if let Some(kept) = kept_properties {
        for fixed in ["platformFaultDomainCount", "singlePlacementGroup", "orchestrationMode"] {
            if set["properties"][fixed] != kept[fixed] {
                let message = format!("Changing property '{fixed}' is not allowed.");
                return Err(ArmError::conflict("PropertyChangeNotAllowed", message).at(fixed));
            }
        }
    }
    let (from, to) = (kept.as_ref().map_or(0, nominal), nominal(&set));
    let size = set["sku"]["name"].as_str().unwrap_or_default();
    limits::room_for(call, state, size, set["location"].as_str().unwrap_or_default(), to.saturating_sub(from))?;
    let old = |name: &str| kept_properties.map(|kept| kept[name].clone()).filter(|v| !v.is_null());
    let (unique, made) = (old("uniqueId"), old("timeCreated"));
    let properties = &mut set["properties"];
    properties["uniqueId"] = unique.unwrap_or_else(|| json!(new_guid()));
    properties["timeCreated"] = made.unwrap_or_else(|| json!(stamp(call.world.clock.now())));
    properties["constrainedMaximumCapacity"] = json!(false);
    properties["provisioningState"] = json!(if kept.is_some() { "Updating" } else { "Creating" });
    set["etag"] = json!(format!("\"{}\"", new_guid()));
    let profile = set["properties"]["virtualMachineProfile"].clone();
    state.arm.profiles.insert(call.target.key(), profile);
    let mut shown = set.clone();
    scale_profile::shown(&mut shown);
    insert(state, &call.target, shown);
    Ok((kept.is_none(), Begun { set, from, to }))
}

fn check(set: &Value) -> Result<(), ArmError> {
    if set["identity"]["type"].as_str().is_some_and(|t| t.contains("SystemAssigned")) {
        let message = "The value 'SystemAssigned' of parameter 'identity' is not allowed. Allowed values are: UserAssigned, None.";
        return Err(ArmError::parameter("identity", message));
    }
    let properties = &set["properties"];
    if properties["orchestrationMode"] != "Flexible" {
        return Err(ArmError::unknown("PUT", "/…/virtualMachineScaleSets of orchestration mode Uniform"));
    }
    if !properties["platformFaultDomainCount"].is_u64() {
        let message = "Required parameter 'platformFaultDomainCount' is missing (null).";
        return Err(ArmError::parameter("platformFaultDomainCount", message));
    }
    if properties["overprovision"] == true {
        let message = "The parameter 'overprovision' is not allowed with orchestration mode Flexible.";
        return Err(ArmError::parameter("overprovision", message));
    }
    scale_profile::check(set)
}

/// Answers with the set as stored and starts what is left to do.
fn begin(call: &Call, state: std::sync::MutexGuard<'_, State>, status: u16, begun: Begun) -> Reply {
    let key = call.target.key();
    let shown = state.resources.get(&key).map(|set| set.body.clone()).unwrap_or_default();
    drop(state);
    let inner = call.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        inner.world.clock.sleep(inner.world.scenario.timings.other).await;
        let changed = capacity::change(&inner, &begun.set, begun.from, begun.to).await;
        let outcome = if changed.is_ok() { "Succeeded" } else { "Failed" };
        store::set_state(&mut inner.world.state(), &key, outcome);
        changed
    });
    lro::accepted(call, Form::Compute, operation, Reply::json(status, &shown))
}

/// Refused while attached VMs are in it: what the real one does with those is written nowhere (azure.md §1.5). VMs
/// that it has made go with it.
pub fn delete(call: &Call) -> Answer {
    let key = call.target.key();
    let set = {
        let mut state = call.world.state();
        let Some(set) = state.resources.get(&key).map(|set| set.body.clone()) else { return Ok(Reply::empty(204)) };
        let is_forced = call.query("forceDeletion").is_some_and(|f| f.eq_ignore_ascii_case("true"));
        let members = capacity::members(&state, &key);
        let attached = members.into_iter().find(|(vm, _)| !state.arm.instances.contains(*vm));
        if let Some((_, vm)) = attached.filter(|_| !is_forced) {
            let message = format!(
                "Virtual Machine Scale Set '{}' cannot be deleted because it has instances: {}.",
                call.target.name(),
                vm.id
            );
            return Err(ArmError::conflict("OperationNotAllowed", message));
        }
        store::set_state(&mut state, &key, "Deleting");
        set
    };
    let inner = call.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        inner.world.clock.sleep(inner.world.scenario.timings.other).await;
        capacity::clear(&inner, &set).await?;
        let mut state = inner.world.state();
        state.resources.remove(&key);
        state.arm.profiles.remove(&key);
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
