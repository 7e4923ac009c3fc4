//! The power-state machine (azure.md §1.6, §1.7).

use std::time::Duration;

use super::{attach, birth, settle};
use crate::sim::arm::{
    Answer, ArmError, Call, Reply,
    faults::allocation_failed,
    lro,
    memory::{Form, Power},
    network,
    store::group_exists,
};

/// The power state; none while the VM is being created, and when that failed.
fn power_of(call: &Call) -> Result<Option<Power>, ArmError> {
    let state = call.world.state();
    group_exists(&state, &call.target)?;
    state.arm.vms.get(&call.target.key()).map(|vm| vm.power).ok_or_else(|| call.not_found())
}

/// A VM that never came up can't be started; being created is another operation in progress.
fn check_made(call: &Call, operation: &str, power: Option<Power>) -> Result<(), ArmError> {
    let is_idle = call.world.state().arm.vms.get(&call.target.key()).is_some_and(|vm| vm.busy.is_none());
    if power.is_some() || !is_idle {
        return Ok(());
    }
    let message = format!(
        "Operation '{operation}' is not allowed on VM '{}' since the VM is not provisioned successfully.",
        call.target.name()
    );
    Err(ArmError::conflict("OperationNotAllowed", message))
}

/// Starting what runs is fine and changes nothing.
pub fn start(call: &Call) -> Answer {
    let from = power_of(call)?;
    check_made(call, "start", from)?;
    let during = if from == Some(Power::Running) { Power::Running } else { Power::Starting };
    settle::begin(call, &mut call.world.state(), "start", Some(during))?;
    let takes = call.world.scenario.timings.start;
    let (world, key, is_struck) = (call.world.clone(), call.target.key(), call.is_struck);
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(takes).await;
        if is_struck && from != Some(Power::Running) {
            let error = allocation_failed();
            settle::end(&world, &key, Some(Power::Deallocated), Some(&error));
            return Err(error);
        }
        // What never came up, and was deallocated since, comes up now.
        birth::bring_forth(&world, &key);
        attach::connect(&mut world.state(), &key);
        settle::end(&world, &key, Some(Power::Running), None);
        if from != Some(Power::Running)
            && let Some(machine) = settle::machine(&world, &key)
        {
            machine.power_on();
        }
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}

pub fn restart(call: &Call) -> Answer {
    let from = power_of(call)?;
    check_made(call, "restart", from)?;
    if let Some(other @ (Power::Stopped | Power::Deallocated)) = from {
        let message = format!(
            "Operation 'restart' is not allowed on VM '{}' because VM is {}.",
            call.target.name(),
            other.word()
        );
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    settle::begin(call, &mut call.world.state(), "restart", Some(Power::Starting))?;
    let (world, key) = (call.world.clone(), call.target.key());
    if let Some(machine) = settle::machine(&world, &key) {
        machine.power_off();
    }
    let takes = world.scenario.timings.start;
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(takes).await;
        settle::end(&world, &key, Some(Power::Running), None);
        if let Some(machine) = settle::machine(&world, &key) {
            machine.power_on();
        }
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}

pub fn power_off(call: &Call) -> Answer {
    switch_off(call, "powerOff", [Power::Stopping, Power::Stopped], call.world.scenario.timings.deallocate)
}

pub fn deallocate(call: &Call) -> Answer {
    switch_off(call, "deallocate", [Power::Deallocating, Power::Deallocated], call.world.scenario.timings.deallocate)
}

/// The machine goes at once: its shutdown is what the operation waits for.
fn switch_off(call: &Call, name: &'static str, [during, after]: [Power; 2], takes: Duration) -> Answer {
    let from = power_of(call)?;
    if from == Some(Power::Deallocated) && after == Power::Stopped {
        let message =
            format!("Operation 'powerOff' is not allowed on VM '{}' because VM is deallocated.", call.target.name());
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    // What never came up can be deallocated all the same.
    settle::begin(call, &mut call.world.state(), name, Some(during))?;
    let (world, key) = (call.world.clone(), call.target.key());
    if let Some(machine) = settle::machine(&world, &key) {
        machine.power_off();
    }
    let operation = lro::start(&call.world, Form::Compute, async move {
        world.clock.sleep(takes).await;
        if after == Power::Deallocated {
            network::release(&mut world.state(), &key);
        }
        settle::end(&world, &key, Some(after), None);
        Ok(())
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
