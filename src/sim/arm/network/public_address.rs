//! Public addresses: given out from 198.18.0.0/15, which is routed nowhere (RFC 2544).

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::settle;
use crate::sim::{
    arm::{
        Answer, ArmError, Call,
        store::{self, by_id, envelope, group_is_writable, located},
    },
    world::State,
};

const FIRST: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 4);

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut body = envelope(&call.target, &call.body);
    let key = call.target.key();
    let is_new = {
        let mut state = call.world.state();
        group_is_writable(&state, &call.target)?;
        let kept = state.resources.get(&key).map(|r| r.body.clone());
        name_address(&state, &key, &mut body)?;
        let properties = &mut body["properties"];
        for (name, value) in [
            ("publicIPAddressVersion", json!("IPv4")),
            ("publicIPAllocationMethod", json!("Dynamic")),
            ("idleTimeoutInMinutes", json!(4)),
            ("ddosSettings", json!({"protectionMode": "VirtualNetworkInherited"})),
            ("ipTags", json!([])),
        ] {
            if properties[name].is_null() {
                properties[name] = value;
            }
        }
        let kept_properties = kept.as_ref().map(|k| &k["properties"]);
        for name in ["ipAddress", "ipConfiguration", "resourceGuid"] {
            if let Some(value) = kept_properties.map(|k| &k[name]).filter(|v| !v.is_null()) {
                properties[name] = value.clone();
            }
        }
        if properties["resourceGuid"].is_null() {
            properties["resourceGuid"] = json!(store::new_guid());
        }
        if properties["publicIPAllocationMethod"] == "Static" && properties["ipAddress"].is_null() {
            properties["ipAddress"] = allocate(&mut state);
        }
        kept.is_none()
    };
    if body["sku"].is_null() {
        body["sku"] = json!({"name": "Basic"});
    }
    body["sku"]["tier"] = json!("Regional");
    if body["sku"]["name"] == "Standard" && body["properties"]["publicIPAllocationMethod"] != "Static" {
        let message = format!("Standard sku publicIp {} must have AllocationMethod set to Static.", call.target.id());
        return Err(ArmError::bad("StandardSkuPublicIPAddressesMustBeStatic", message));
    }
    settle(call, body, is_new)
}

fn allocate(state: &mut State) -> Value {
    let number = state.arm.addresses_given;
    state.arm.addresses_given += 1;
    json!(Ipv4Addr::from(u32::from(FIRST) + number).to_string())
}

/// A DNS label is one of its region; the full name goes with it.
fn name_address(state: &State, key: &str, body: &mut Value) -> Result<(), ArmError> {
    let Some(label) = body["properties"]["dnsSettings"]["domainNameLabel"].as_str() else { return Ok(()) };
    let fits = (3..=63).contains(&label.len())
        && label.starts_with(|c: char| c.is_ascii_lowercase())
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits {
        let message = format!(
            "The domain name label {label} is invalid. It must conform to the following regular expression: ^[a-z][a-z0-9-]{{1,61}}[a-z0-9]$."
        );
        return Err(ArmError::bad("InvalidDomainNameLabel", message));
    }
    let location = body["location"].as_str().unwrap_or_default().replace(' ', "").to_ascii_lowercase();
    let name = format!("{label}.{location}.{}", state.account.cloud.hosts().dns);
    let is_taken = |(other, r): (&String, &crate::sim::world::Resource)| {
        other != key && r.body["properties"]["dnsSettings"]["fqdn"] == name.as_str()
    };
    if state.resources.iter().any(is_taken) {
        let message = format!("DNS record {name} is already used by another public IP.");
        return Err(ArmError::bad("DnsRecordInUse", message));
    }
    body["properties"]["dnsSettings"]["fqdn"] = json!(name);
    Ok(())
}

pub fn check_unused(call: &Call) -> Result<(), ArmError> {
    let state = call.world.state();
    let id = call.target.id();
    let used = state.resources.get(&call.target.key()).map(|r| &r.body["properties"]["ipConfiguration"]["id"]);
    match used.and_then(Value::as_str) {
        None => Ok(()),
        Some(by) => {
            let message = format!(
                "Public IP address {id} can not be deleted since it is still allocated to resource {by}. In order to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how to do this, see aka.ms/deletepublicip."
            );
            Err(ArmError::bad("PublicIPAddressCannotBeDeleted", message))
        }
    }
}

/// Lets a VM be reached at the addresses and names of its interfaces.
pub fn take(state: &mut State, vm_key: &str, interfaces: &[Value]) {
    let mut reached = Vec::new();
    for interface in interfaces {
        let Some(found) = by_id(state, &interface["id"]) else { continue };
        let configurations = found.body["properties"]["ipConfigurations"].as_array().cloned().unwrap_or_default();
        reached.extend(configurations.into_iter().map(|c| c["properties"]["publicIPAddress"]["id"].clone()));
    }
    for id in reached {
        let has_none = by_id(state, &id).is_some_and(|r| r.body["properties"]["ipAddress"].is_null());
        if has_none {
            let address = allocate(state);
            if let Some(resource) = store::by_id_mut(state, &id) {
                resource.body["properties"]["ipAddress"] = address;
            }
        }
        let Some(properties) = by_id(state, &id).map(|r| r.body["properties"].clone()) else { continue };
        for name in [&properties["ipAddress"], &properties["dnsSettings"]["fqdn"]] {
            if let Some(name) = name.as_str() {
                state.addresses.insert(name.to_owned(), vm_key.to_owned());
            }
        }
    }
}

/// A dynamic address is lost when the VM is deallocated; a static one stays.
pub fn release(state: &mut State, vm_key: &str) {
    let lost: Vec<String> = state
        .resources
        .values()
        .filter(|r| r.body["properties"]["publicIPAllocationMethod"] == "Dynamic")
        .filter_map(|r| r.body["properties"]["ipAddress"].as_str())
        .filter(|address| state.addresses.get(*address).is_some_and(|vm| vm == vm_key))
        .map(str::to_owned)
        .collect();
    for address in lost {
        state.addresses.remove(&address);
        for resource in state.resources.values_mut() {
            if resource.body["properties"]["ipAddress"] == address.as_str()
                && let Some(properties) = resource.body["properties"].as_object_mut()
            {
                properties.shift_remove("ipAddress");
            }
        }
    }
}
