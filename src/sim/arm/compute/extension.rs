//! Extensions of a VM; they need it running (azure.md §1.9).

use serde_json::json;

use super::{settle, view};
use crate::sim::arm::{
    Answer, ArmError, Call, Reply, lro,
    memory::{Form, Power},
    store::{self, envelope, group_is_writable, insert, located},
    target::Target,
};

/// The VM as a call of its own.
fn of_vm(call: &Call) -> Call {
    Call { target: Target { tail: None, ..call.target.parent() }, ..call.clone() }
}

fn vm_exists(call: &Call, vm: &Target) -> Result<(), ArmError> {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    match state.resources.contains_key(&vm.key()) {
        true => Ok(()),
        false => {
            let message = format!(
                "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
                vm.name()
            );
            Err(ArmError::new(404, "ParentResourceNotFound", message))
        }
    }
}

pub fn get(call: &Call) -> Answer {
    if call.target.tail.is_some() {
        vm_exists(call, &Target { tail: None, ..call.target.clone() })?;
        return store::list(call);
    }
    vm_exists(call, &call.target.parent())?;
    store::get(call)
}

fn busy(call: &Call, vm: &Call) -> Result<(), ArmError> {
    vm_exists(call, &vm.target)?;
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    let power = state.arm.vms.get(&vm.target.key()).and_then(|vm| vm.power);
    if power != Some(Power::Running) {
        let message = "Cannot modify extensions in the VM when the VM is not running.";
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    settle::begin(vm, &mut state, "extension", power)
}

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    for required in ["publisher", "type", "typeHandlerVersion"] {
        if !call.body["properties"][required].is_string() {
            let message = format!("Required parameter '{required}' is missing (null).");
            return Err(ArmError::parameter(required, message));
        }
    }
    let vm = of_vm(call);
    busy(call, &vm)?;
    let (key, vm_key) = (call.target.key(), vm.target.key());
    let mut body = envelope(&call.target, &call.body);
    if let Some(properties) = body["properties"].as_object_mut() {
        // Written only.
        properties.shift_remove("protectedSettings");
        properties.shift_remove("instanceView");
    }
    body["properties"]["provisioningState"] = json!("Creating");
    let is_new = {
        let mut state = call.world.state();
        let is_new = !state.resources.contains_key(&key);
        insert(&mut state, &call.target, body.clone());
        view::refresh(&mut state, &vm_key);
        is_new
    };
    let operation = later(call, vm_key, move |state| store::set_state(state, &key, "Succeeded"));
    Ok(lro::accepted(call, Form::Compute, operation, Reply::json(if is_new { 201 } else { 200 }, &body)))
}

pub fn delete(call: &Call) -> Answer {
    let key = call.target.key();
    if !call.world.state().resources.contains_key(&key) {
        return Ok(Reply::empty(204));
    }
    let vm = of_vm(call);
    busy(call, &vm)?;
    let operation = later(call, vm.target.key(), move |state| {
        state.resources.remove(&key);
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}

/// The change comes after the time it takes; the VM is busy until then.
fn later(call: &Call, vm_key: String, change: impl FnOnce(&mut crate::sim::world::State) + Send + 'static) -> String {
    let world = call.world.clone();
    lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        change(&mut world.state());
        settle::end(&world, &vm_key, Some(Power::Running), None);
        Ok(())
    })
}
