//! `sku.capacity` is the nominal number of instances, not the live one (azure.md §1.5): deleting a VM leaves it as it
//! is, raising it makes as many as it is raised by, lowering it deletes that many of the platform's choice.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{VM, instance};
use crate::sim::{
    arm::{
        Answer, ArmError, Call, Reply, lro,
        memory::Form,
        store::{by_id, set_state},
    },
    world::{Resource, State},
};

/// VMs in the set, made by it or attached to it.
pub fn members<'a>(state: &'a State, set: &str) -> Vec<(&'a String, &'a Resource)> {
    let is_in = |vm: &Resource| {
        let own = vm.body["properties"]["virtualMachineScaleSet"]["id"].as_str();
        vm.kind == VM && own.is_some_and(|own| own.eq_ignore_ascii_case(set))
    };
    state.resources.iter().filter(|(_, vm)| is_in(vm)).collect()
}

/// Ids of those made from the profile, the next victim first. Attached VMs are never among them: what the real
/// one does with those is written nowhere.
fn live(state: &State, set: &Value) -> Vec<String> {
    let id = set["id"].as_str().unwrap_or_default();
    let mut own = members(state, id);
    own.retain(|(key, _)| state.arm.instances.contains(*key));
    let made = |vm: &Resource| vm.body["properties"]["timeCreated"].as_str().unwrap_or_default().to_owned();
    match set["properties"]["scaleInPolicy"]["rules"][0].as_str() {
        Some("OldestVM") => own.sort_by_key(|(_, vm)| made(vm)),
        Some("NewestVM") => own.sort_by_key(|(_, vm)| std::cmp::Reverse(made(vm))),
        // The highest instance id; with random names nobody can foresee whose.
        _ => own.sort_by_key(|(key, _)| std::cmp::Reverse(key.to_string())),
    }
    own.into_iter().map(|(_, vm)| vm.id.clone()).collect()
}

/// Brings the set from one nominal number to another. `set` is as it was asked for, secrets included.
pub async fn change(call: &Call, set: &Value, from: u64, to: u64) -> Result<(), ArmError> {
    if to > from {
        let made = join_all((from..to).map(|_| instance::make(call, set))).await;
        return made.into_iter().collect();
    }
    let lost = usize::try_from(from - to).unwrap_or(usize::MAX);
    let victims = live(&call.world.state(), set).into_iter().take(lost).collect();
    kill(call, victims).await
}

/// Deletes all that the set has made.
pub async fn clear(call: &Call, set: &Value) -> Result<(), ArmError> {
    let all = live(&call.world.state(), set);
    kill(call, all).await
}

async fn kill(call: &Call, ids: Vec<String>) -> Result<(), ArmError> {
    let begun: Vec<_> = ids.iter().map(|id| instance::request(call, "DELETE", id, Value::Null)).collect();
    let ended = begun.into_iter().map(async |begun| instance::finish(call, begun?).await);
    join_all(ended).await.into_iter().collect()
}

/// `POST …/delete` with `instanceIds`, which in a Flexible set are names: these go, and the nominal number with them.
pub fn delete_some(call: &Call) -> Answer {
    let set = call.target.id();
    let named: Vec<String> = call.body["instanceIds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|n| n.as_str().map(str::to_owned))
        .collect();
    let ids = {
        let mut state = call.world.state();
        by_id(&state, &json!(set)).ok_or_else(|| call.not_found())?;
        let mut ids = Vec::new();
        for name in &named {
            let found = members(&state, &set)
                .into_iter()
                .find(|(_, vm)| vm.id.rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(name)));
            let Some((key, vm)) = found else {
                let message =
                    format!("The provided instanceId {name} is not an active Virtual Machine Scale Set VM instanceId.");
                return Err(ArmError::parameter("instanceIds", message));
            };
            ids.push((key.clone(), vm.id.clone()));
        }
        if ids.is_empty() {
            return Err(ArmError::parameter("instanceIds", "Required parameter 'instanceIds' is missing (null)."));
        }
        let made = ids.iter().filter(|(key, _)| state.arm.instances.contains(key)).count() as u64;
        if let Some(found) = state.resources.get_mut(&call.target.key())
            && let Some(nominal) = found.body["sku"]["capacity"].as_u64()
        {
            found.body["sku"]["capacity"] = json!(nominal.saturating_sub(made));
        }
        set_state(&mut state, &call.target.key(), "Updating");
        ids
    };
    let inner = call.clone();
    let operation = lro::start(&call.world, Form::Compute, async move {
        let killed = kill(&inner, ids.into_iter().map(|(_, id)| id).collect()).await;
        let outcome = if killed.is_ok() { "Succeeded" } else { "Failed" };
        set_state(&mut inner.world.state(), &inner.target.key(), outcome);
        killed
    });
    Ok(lro::accepted(call, Form::Compute, operation, Reply::empty(202)))
}
