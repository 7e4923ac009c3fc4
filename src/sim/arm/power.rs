//! POST actions on a VM: the power-state machine (azure.md §1.6, §1.7).

use std::sync::Arc;

use serde_json::json;

use super::{ArmError, id::ResourceId, lro, vm};
use crate::sim::{
    inbound::power_state,
    wire::{Request, Response},
    world::World,
};

pub fn action(world: &Arc<World>, id: &ResourceId, action: &str, request: &Request) -> Result<Response, ArmError> {
    if id.lower_kind() != "microsoft.compute/virtualmachines" {
        return Err(ArmError::Unknown(Box::new(request.clone())));
    }
    let (provisioning, power) = {
        let state = world.state();
        let vm = state.resources.get(&id.key()).ok_or_else(|| ArmError::not_found(&id.kind(), id.name(), &id.group))?;
        let provisioning = vm.body["properties"]["provisioningState"].as_str().unwrap_or_default().to_owned();
        (provisioning, power_state(&vm.body).unwrap_or_default().trim_start_matches("PowerState/").to_owned())
    };
    let action = action.to_ascii_lowercase();
    if action == "retrievebootdiagnosticsdata" {
        return Ok(boot_diagnostics(id));
    }
    let timings = &world.scenario.timings;
    let (during, after, takes) = match action.as_str() {
        "start" => ("starting", "running", timings.start),
        "restart" => ("running", "running", timings.start),
        "poweroff" => ("stopping", "stopped", timings.deallocate),
        "deallocate" => ("deallocating", "deallocated", timings.deallocate),
        _ => return Err(ArmError::Unknown(Box::new(request.clone()))),
    };
    if matches!(provisioning.as_str(), "Creating" | "Updating" | "Deleting") {
        let message = format!(
            "Operation '{action}' is not allowed on VM '{}' since another operation is in progress.",
            id.name()
        );
        return Err(ArmError::new(409, "Conflict", &message));
    }
    if action == "restart" && power != "running" {
        let message = format!("Operation 'restart' is not allowed on VM '{}' because VM is {power}.", id.name());
        return Err(ArmError::new(409, "OperationNotAllowed", &message));
    }
    vm::set(world, &id.key(), Some(during), "Updating");
    let (world_, id_) = (world.clone(), id.clone());
    let operation = lro::start(world, async move {
        if during != "running" || action == "restart" {
            switch(&world_, &id_, action == "start", true);
        }
        world_.clock.sleep(takes).await;
        if let Err(error) = vm::struck(&world_, "POST", &format!("{id_}/{action}")) {
            vm::set(&world_, &id_.key(), Some("deallocated"), "Failed");
            return Err(error);
        }
        vm::set(&world_, &id_.key(), Some(after), "Succeeded");
        if after == "running" {
            switch(&world_, &id_, true, false);
        }
        Ok(())
    });
    let version = request.query("api-version").unwrap_or_default();
    Ok(lro::accepted(world, Response::empty(202), id, &operation, version))
}

/// Off at the beginning of whatever ends a machine's run; on at the end of a start.
fn switch(world: &World, id: &ResourceId, starts: bool, beginning: bool) {
    let machine = world.state().machines.get(&id.key()).cloned();
    match (machine, starts, beginning) {
        (Some(machine), false, true) => machine.power_off(),
        (Some(machine), true, false) => machine.power_on(),
        _ => {}
    }
}

/// Synchronous, with addresses that carry their own permission (azure.md §1.12).
fn boot_diagnostics(id: &ResourceId) -> Response {
    let blob = |suffix: &str| {
        let sig = uuid::Uuid::new_v4().simple().to_string();
        format!(
            "https://clawdiag.blob.core.windows.net/bootdiagnostics/{}.{suffix}?sv=2022-11-02&sr=b&sp=r&sig={sig}",
            id.name()
        )
    };
    Response::json(
        200,
        &json!({"consoleScreenshotBlobUri": blob("screenshot.bmp"), "serialConsoleLogBlobUri": blob("serialconsole.log")}),
    )
}
