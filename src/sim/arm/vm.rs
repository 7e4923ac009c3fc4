//! Virtual machines: created, shown, deleted; their power is in `power.rs`.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{ArmError, id::ResourceId, lro, provider::envelope};
use crate::sim::{
    inbound::power_state,
    machine::{Machine, MachineSpec},
    scenario::FaultKind,
    wire::Response,
    world::{State, World},
};

pub fn time_text(world: &World) -> String {
    world.clock.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

pub fn runs(world: &World, id: &ResourceId) -> bool {
    let state = world.state();
    state.resources.get(&id.key()).and_then(|r| power_state(&r.body)) == Some("PowerState/running")
}

/// Checks a VM's body and shapes what ARM will answer; the power state is absent while creating (azure.md §1.7).
pub fn begin(world: &World, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    let mut body = envelope(id, body);
    let mut state = world.state();
    if let Some(existing) = state.resources.get(&id.key()) {
        let mut kept = existing.body.clone();
        if body["tags"].is_object() {
            kept["tags"] = body["tags"].clone();
        }
        return Ok(kept);
    }
    attach(&state, &body)?;
    let spec = spec(&state, id, &mut body)?;
    state.machine_specs.insert(id.key(), spec);
    let properties = &mut body["properties"];
    properties["vmId"] = json!(uuid::Uuid::new_v4().to_string());
    properties["timeCreated"] =
        json!(world.clock.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default());
    properties["provisioningState"] = json!("Creating");
    properties["instanceView"] = view(None, "creating", "Creating");
    Ok(body)
}

/// The scale set must be there, Flexible, and explicitly without a single placement group (azure.md §1.2).
fn attach(state: &State, body: &Value) -> Result<(), ArmError> {
    let Some(set) = body["properties"]["virtualMachineScaleSet"]["id"].as_str() else { return Ok(()) };
    let Some(found) = state.resources.get(&set.to_ascii_lowercase()) else {
        let message = format!("Resource {set} referenced by the virtual machine was not found.");
        return Err(ArmError::new(400, "InvalidResourceReference", &message));
    };
    if found.body["properties"]["singlePlacementGroup"] != json!(false) {
        return Err(ArmError::new(409, "VmssDoesNotSupportAttachingWithSpg", "singlePlacementGroup must be false."));
    }
    Ok(())
}

/// Takes what ARM never answers (customData) out of the body and gives the VM its identities.
fn spec(state: &State, id: &ResourceId, body: &mut Value) -> Result<MachineSpec, ArmError> {
    let profile = &mut body["properties"]["osProfile"];
    let admin = profile["adminUsername"].as_str().unwrap_or_default().to_owned();
    if admin.is_empty() || ["admin", "root"].contains(&admin.as_str()) {
        return Err(ArmError::new(400, "InvalidParameter", "The Admin Username specified is not allowed."));
    }
    let custom = profile.as_object_mut().and_then(|p| p.shift_remove("customData"));
    let custom_data = STANDARD.decode(custom.as_ref().and_then(Value::as_str).unwrap_or_default()).map_err(|_| {
        ArmError::new(
            400,
            "InvalidParameter",
            "Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 characters.",
        )
    })?;
    let keys = profile["linuxConfiguration"]["ssh"]["publicKeys"].as_array();
    let authorized_keys = keys.into_iter().flatten().filter_map(|k| k["keyData"].as_str().map(str::to_owned)).collect();
    let principal = uuid::Uuid::new_v4().to_string();
    let mut user_identities = Vec::new();
    if let Some(asked) = body["identity"]["userAssignedIdentities"].as_object_mut() {
        for (identity, shown) in asked {
            let Some(found) = state.resources.get(&identity.to_ascii_lowercase()) else {
                let message = format!("The identity {identity} was not found.");
                return Err(ArmError::new(400, "FailedIdentityOperation", &message));
            };
            let text = |name: &str| found.body["properties"][name].as_str().unwrap_or_default().to_owned();
            *shown = json!({"principalId": text("principalId"), "clientId": text("clientId")});
            user_identities.push((text("clientId"), text("principalId")));
        }
    }
    if body["identity"]["type"].as_str().is_some_and(|t| t.contains("SystemAssigned")) {
        body["identity"]["principalId"] = json!(principal);
        body["identity"]["tenantId"] = json!(state.account.tenant);
    }
    Ok(MachineSpec {
        vm_id: id.key(),
        name: id.name().to_owned(),
        admin_user: admin,
        authorized_keys,
        custom_data,
        system_principal: principal,
        user_identities,
    })
}

/// An instance view with a provisioning state and, once known, a power state.
pub fn view(power: Option<&str>, provisioning: &str, display: &str) -> Value {
    let now =
        time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    let mut statuses = vec![json!({"code": format!("ProvisioningState/{provisioning}"), "level": "Info",
        "displayStatus": display, "time": now})];
    if let Some(power) = power {
        let status =
            json!({"code": format!("PowerState/{power}"), "level": "Info", "displayStatus": format!("VM {power}")});
        statuses.push(status);
    }
    json!({"statuses": statuses})
}

/// Sets what is seen of a VM.
pub fn set(world: &World, key: &str, power: Option<&str>, state: &str) {
    if let Some(resource) = world.state().resources.get_mut(key) {
        resource.body["properties"]["provisioningState"] = json!(state);
        resource.body["properties"]["instanceView"] = view(power, &state.to_ascii_lowercase(), state);
    }
}

/// A fault of the scenario that strikes a VM's operation, e.g. `PUT management.azure.com …/claw-bob`.
pub fn struck(world: &World, method: &str, path: &str) -> Result<(), ArmError> {
    let line = format!("{method} management.azure.com {path}").to_ascii_lowercase();
    for (number, fault) in world.scenario.faults.iter().enumerate() {
        if fault.kind != FaultKind::AllocationFailed || !line.contains(&fault.on.to_ascii_lowercase()) {
            continue;
        }
        let mut state = world.state();
        let count = state.struck.entry(number).or_default();
        *count += 1;
        if (fault.nth..fault.nth + fault.times).contains(&(*count - 1)) {
            let message = "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance";
            return Err(ArmError::new(409, "AllocationFailed", message));
        }
    }
    Ok(())
}

/// Waits as a creation takes, then boots the machine.
pub async fn create(world: Arc<World>, id: ResourceId) -> Result<(), ArmError> {
    world.clock.sleep(world.scenario.timings.create_vm).await;
    let key = id.key();
    if let Err(error) = struck(&world, "PUT", &id.to_string()) {
        set(&world, &key, None, "Failed");
        return Err(error);
    }
    let spec = world.state().machine_specs.get(&key).cloned();
    let Some(spec) = spec else { return Err(ArmError::not_found(&id.kind(), id.name(), &id.group)) };
    let machine = Machine::new(&world, spec);
    {
        let mut state = world.state();
        register_addresses(&mut state, &key);
        state.machines.insert(key.clone(), machine.clone());
    }
    set(&world, &key, Some("running"), "Succeeded");
    machine.power_on();
    Ok(())
}

/// Public address and DNS name → VM.
fn register_addresses(state: &mut State, vm: &str) {
    let id_of = |v: &Value| v.as_str().map(str::to_ascii_lowercase);
    let body = |state: &State, id: Option<String>| Some(state.resources.get(&id?)?.body.clone());
    let Some(vm_body) = state.resources.get(vm).map(|r| r.body.clone()) else { return };
    let nics = vm_body["properties"]["networkProfile"]["networkInterfaces"].as_array().cloned().unwrap_or_default();
    for nic in nics {
        let nic_id = id_of(&nic["id"]);
        if let Some(resource) = nic_id.as_ref().and_then(|n| state.resources.get_mut(n)) {
            resource.body["properties"]["virtualMachine"] = json!({"id": vm_body["id"]});
        }
        let Some(card) = body(state, nic_id) else { continue };
        let Some(ip) =
            body(state, id_of(&card["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"]["id"]))
        else {
            continue;
        };
        for name in [&ip["properties"]["ipAddress"], &ip["properties"]["dnsSettings"]["fqdn"]] {
            if let Some(name) = name.as_str() {
                state.addresses.insert(name.to_ascii_lowercase(), vm.to_owned());
            }
        }
    }
}

pub fn instance_view(world: &World, id: &ResourceId) -> Result<Response, ArmError> {
    let found = world.state().resources.get(&id.key()).cloned();
    let found = found.ok_or_else(|| ArmError::not_found(&id.kind(), id.name(), &id.group))?;
    Ok(Response::json(200, &found.body["properties"]["instanceView"]))
}

/// Removes what belongs to a resource outside ARM's list: a running machine, its addresses.
pub fn forget(world: &World, key: &str) {
    let machine = {
        let mut state = world.state();
        state.addresses.retain(|_, vm| vm != key);
        state.machine_specs.remove(key);
        let name = key.rsplit('/').next().unwrap_or_default();
        if key.contains("/microsoft.keyvault/vaults/") {
            state.secrets.remove(name);
            state.vaults.remove(name);
        }
        state.machines.remove(key)
    };
    if let Some(machine) = machine {
        machine.power_off();
    }
}

/// DELETE of any resource; a VM takes NIC, address and disk with it where they say so.
pub fn delete(world: &Arc<World>, id: &ResourceId, version: &str) -> Result<Response, ArmError> {
    let key = id.key();
    if !world.state().resources.contains_key(&key) {
        return Ok(Response::empty(204));
    }
    let operation = lro::start(world, remove(world.clone(), key));
    Ok(lro::accepted(world, Response::empty(202), id, &operation, version))
}

async fn remove(world: Arc<World>, key: String) -> Result<(), ArmError> {
    let is_vm = world.state().resources.get(&key).is_some_and(|r| r.kind == "microsoft.compute/virtualmachines");
    if is_vm {
        set(&world, &key, None, "Deleting");
        world.clock.sleep(world.scenario.timings.delete).await;
    }
    forget(&world, &key);
    let mut state = world.state();
    let Some(gone) = state.resources.remove(&key) else { return Ok(()) };
    let inside = format!("{key}/");
    state.resources.retain(|id, _| !id.starts_with(&inside));
    for nic in gone.body["properties"]["networkProfile"]["networkInterfaces"].as_array().into_iter().flatten() {
        let Some(nic_key) = nic["id"].as_str().filter(|_| nic["properties"]["deleteOption"] == "Delete") else {
            continue;
        };
        let Some(card) = state.resources.remove(&nic_key.to_ascii_lowercase()) else { continue };
        for ip in card.body["properties"]["ipConfigurations"].as_array().into_iter().flatten() {
            let ip = &ip["properties"]["publicIPAddress"];
            if let Some(id) = ip["id"].as_str().filter(|_| ip["properties"]["deleteOption"] == "Delete") {
                state.resources.remove(&id.to_ascii_lowercase());
            }
        }
    }
    Ok(())
}
