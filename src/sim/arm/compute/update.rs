//! Changes of a VM that is there: what may be changed, and what may not.

use serde_json::{Value, json};

use super::{attach, preconditions, profile, settle, view};
use crate::sim::{
    arm::{Answer, ArmError, Call, Reply, lro, memory::Form, store::group_exists},
    world::State,
};

/// Fixed at birth; asking for the same again is fine.
const FIXED: [&str; 8] = [
    "/osProfile/adminUsername",
    "/osProfile/computerName",
    "/osProfile/customData",
    "/osProfile/linuxConfiguration/disablePasswordAuthentication",
    "/storageProfile/imageReference/offer",
    "/storageProfile/imageReference/sku",
    "/storageProfile/osDisk/name",
    "/storageProfile/osDisk/createOption",
];

/// PUT of a VM that exists: tags are replaced, the rest is laid over what was.
pub fn put(call: &Call) -> Answer {
    change(call, &call.body)
}

/// PATCH: the same, for what the body names.
pub fn patch(call: &Call) -> Answer {
    group_exists(&call.world.state(), &call.target)?;
    change(call, &call.body)
}

fn change(call: &Call, asked: &Value) -> Answer {
    let key = call.target.key();
    let power = {
        let mut state = call.world.state();
        preconditions(call, &state)?;
        let kept = state.resources.get(&key).map(|r| r.body.clone()).ok_or_else(|| call.not_found())?;
        attach::change(call, &state, &kept, asked)?;
        let spec = state.arm.vms.get(&key).map(|vm| vm.spec.custom_data.clone()).unwrap_or_default();
        check_fixed(&kept, asked, &spec)?;
        let power = state.arm.vms.get(&key).and_then(|vm| vm.power);
        let body = changed(&state, &kept, asked)?;
        settle::begin(call, &mut state, "update", power)?;
        if let Some(resource) = state.resources.get_mut(&key) {
            resource.body = body;
        }
        settle::show(&mut state, &key, "Updating");
        power
    };
    let (world, takes) = (call.world.clone(), call.world.scenario.timings.other);
    let settled = key.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(takes).await;
        settle::end(&world, &settled, power, None);
        Ok(())
    });
    let body = call.world.state().resources.get(&key).map(|r| view::without(&r.body)).unwrap_or_default();
    Ok(lro::accepted(call, Form::Compute, operation, Reply::json(200, &body)))
}

fn changed(state: &State, kept: &Value, asked: &Value) -> Result<Value, ArmError> {
    let mut body = kept.clone();
    lay_over(&mut body["properties"], &asked["properties"]);
    if body["properties"]["virtualMachineScaleSet"]["id"].is_null()
        && let Some(properties) = body["properties"].as_object_mut()
    {
        properties.shift_remove("virtualMachineScaleSet");
    }
    if asked["tags"].is_object() {
        body["tags"] = asked["tags"].clone();
    }
    if asked["identity"].is_object() {
        body["identity"] = asked["identity"].clone();
        if kept["identity"]["principalId"].is_string() {
            body["identity"]["principalId"] = kept["identity"]["principalId"].clone();
        }
        profile::identities(state, &mut body)?;
    }
    profile::hide(&mut body);
    Ok(body)
}

/// What failed to be created has no machine yet, and its disk all the same.
pub fn check_disk(kept: &Value, asked: &Value) -> Result<(), ArmError> {
    let place = "/storageProfile/osDisk/createOption";
    let option = |vm: &Value| vm["properties"].pointer(place).cloned();
    match option(kept) == option(asked) {
        true => Ok(()),
        false => Err(fixed(place)),
    }
}

fn fixed(place: &str) -> ArmError {
    let name = place.trim_start_matches('/').replace('/', ".");
    let message = format!("Changing property '{name}' is not allowed.");
    ArmError::conflict("PropertyChangeNotAllowed", message).at(&name)
}

fn check_fixed(kept: &Value, asked: &Value, custom_data: &[u8]) -> Result<(), ArmError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let custom_data = json!(STANDARD.encode(custom_data));
    for place in FIXED {
        let Some(new) = asked["properties"].pointer(place).filter(|v| !v.is_null()) else { continue };
        let old = match place {
            "/osProfile/customData" => Some(&custom_data),
            _ => kept["properties"].pointer(place),
        };
        if old.is_some_and(|old| old != new) {
            return Err(fixed(place));
        }
    }
    Ok(())
}

/// Objects are merged, everything else is replaced; `null` takes away.
pub fn lay_over(kept: &mut Value, asked: &Value) {
    match (kept, asked) {
        (Value::Object(kept), Value::Object(asked)) => {
            for (name, value) in asked {
                match kept.get_mut(name) {
                    _ if value.is_null() => {
                        kept.shift_remove(name);
                    }
                    Some(old) if old.is_object() => lay_over(old, value),
                    _ => {
                        kept.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (_, Value::Null) => {}
        (kept, asked) => *kept = asked.clone(),
    }
}
