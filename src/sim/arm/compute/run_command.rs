//! Managed run commands of a VM (azure.md §1.11): they need it running, and run as root.

use serde_json::{Value, json};

use super::settle;
use crate::sim::arm::{
    Answer, ArmError, Call, Reply, lro,
    memory::{Form, Power},
    store::{self, envelope, group_is_writable, insert, located},
};

/// Of each output its end is kept, in bytes.
const KEPT: usize = 4096;

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let Some(script) = call.body["properties"]["source"]["script"].as_str().map(str::to_owned) else {
        return Err(ArmError::parameter("source.script", "Required parameter 'source' is missing (null)."));
    };
    let (key, vm) = (call.target.key(), call.target.parent().key());
    let mut body = envelope(&call.target, &call.body);
    body["properties"]["provisioningState"] = json!("Creating");
    {
        let mut state = call.world.state();
        group_is_writable(&state, &call.target)?;
        let power = state.arm.vms.get(&vm).ok_or_else(|| call.not_found())?.power;
        if power != Some(Power::Running) {
            let message = "The operation requires the VM to be running (or set to run).";
            return Err(ArmError::conflict("OperationNotAllowed", message));
        }
        insert(&mut state, &call.target, body.clone());
    }
    let world = call.world.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        // Whoever deletes the resource stops the script.
        let is_there = world.state().resources.contains_key(&key);
        if !is_there {
            return Ok(());
        }
        let view = settle::machine(&world, &vm).map(|machine| view(machine.run_as_root(&script)));
        let mut state = world.state();
        if let Some(resource) = state.resources.get_mut(&key) {
            resource.body["properties"]["instanceView"] = view.unwrap_or_else(|| json!({"executionState": "Failed"}));
        }
        store::set_state(&mut state, &key, "Succeeded");
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::json(201, &body)))
}

/// The view of what ran is given on request only.
pub fn get(call: &Call) -> Answer {
    let state = call.world.state();
    let mut body = state.resources.get(&call.target.key()).ok_or_else(|| call.not_found())?.body.clone();
    let is_asked = call.query("$expand").is_some_and(|expand| expand.eq_ignore_ascii_case("instanceView"));
    if let Some(properties) = body["properties"].as_object_mut().filter(|_| !is_asked) {
        properties.shift_remove("instanceView");
    }
    Ok(Reply::json(200, &body))
}

pub fn delete(call: &Call) -> Answer {
    let key = call.target.key();
    if call.world.state().resources.remove(&key).is_none() {
        return Ok(Reply::empty(204));
    }
    let operation = lro::start(&call.world, Form::Compute, async { Ok(()) });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}

fn view((code, stdout, stderr): (u32, Vec<u8>, Vec<u8>)) -> Value {
    let end = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(KEPT)..]).into_owned();
    let state = if code == 0 { "Succeeded" } else { "Failed" };
    json!({"executionState": state, "exitCode": code, "output": end(stdout), "error": end(stderr)})
}
