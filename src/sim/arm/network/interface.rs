//! Network interfaces: what joins a VM, a subnet, a security group and a public address.

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde_json::{Value, json};

use super::{etag, settle};
use crate::sim::{
    arm::{
        Answer, ArmError, Call,
        store::{self, by_id, envelope, group_is_writable, located},
    },
    world::State,
};

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let id = call.target.id();
    let mut body = envelope(&call.target, &call.body);
    let is_new = {
        let mut state = call.world.state();
        group_is_writable(&state, &call.target)?;
        let kept = state.resources.get(&call.target.key()).map(|r| r.body["properties"].clone());
        let group = &body["properties"]["networkSecurityGroup"]["id"];
        if let Some(group_id) = group.as_str()
            && by_id(&state, group).is_none()
        {
            return Err(ArmError::reference_not_found(group_id, &id));
        }
        let before = kept.as_ref().and_then(|k| k["ipConfigurations"].as_array().cloned()).unwrap_or_default();
        let Some(configurations) = body["properties"]["ipConfigurations"].as_array_mut().filter(|c| !c.is_empty())
        else {
            let message = format!("IP configurations of network interface {id} are missing.");
            return Err(ArmError::bad("NetworkInterfaceMustHaveIpConfiguration", message));
        };
        for (number, configuration) in configurations.iter_mut().enumerate() {
            configure(&mut state, &id, number, configuration, before.get(number))?;
        }
        state.arm.interfaces_made += u32::from(kept.is_none());
        complete(&mut body["properties"], kept.as_ref(), state.arm.interfaces_made);
        kept.is_none()
    };
    settle(call, body, is_new)
}

fn configure(
    state: &mut State,
    nic: &str,
    number: usize,
    configuration: &mut Value,
    before: Option<&Value>,
) -> Result<(), ArmError> {
    let name = configuration["name"].as_str().unwrap_or("ipconfig1").to_owned();
    let id = format!("{nic}/ipConfigurations/{name}");
    configuration["name"] = json!(name);
    configuration["id"] = json!(id);
    configuration["etag"] = etag();
    configuration["type"] = json!("Microsoft.Network/networkInterfaces/ipConfigurations");
    let properties = &mut configuration["properties"];
    let subnet = properties["subnet"]["id"].as_str().unwrap_or_default().to_owned();
    let range = subnet_range(state, &subnet).ok_or_else(|| ArmError::reference_not_found(&subnet, nic))?;
    if let Some(address) = properties["publicIPAddress"]["id"].as_str() {
        let found = store::by_id_mut(state, &properties["publicIPAddress"]["id"])
            .ok_or_else(|| ArmError::reference_not_found(address, nic))?;
        let used = &mut found.body["properties"]["ipConfiguration"];
        if used["id"].as_str().is_some_and(|by| !by.eq_ignore_ascii_case(&id)) {
            let message = format!(
                "Resource {id} is referencing public IP address {address} that is already allocated to resource {}.",
                used["id"]
            );
            return Err(ArmError::bad("PublicIPAddressInUse", message));
        }
        *used = json!({"id": id});
    }
    if properties["privateIPAddress"].is_null() {
        let kept = before.map(|b| b["properties"]["privateIPAddress"].clone()).filter(Value::is_string);
        properties["privateIPAddress"] =
            kept.unwrap_or_else(|| json!(private_address(state, &subnet, range).to_string()));
    }
    for (field, value) in [
        ("privateIPAllocationMethod", json!("Dynamic")),
        ("privateIPAddressVersion", json!("IPv4")),
        ("primary", json!(number == 0)),
    ] {
        if properties[field].is_null() {
            properties[field] = value;
        }
    }
    properties["provisioningState"] = json!("Succeeded");
    Ok(())
}

/// One that was given back before one that nobody had.
fn private_address(state: &mut State, subnet: &str, range: Ipv4Addr) -> Ipv4Addr {
    let freed = state.arm.private_addresses_freed.get_mut(&subnet.to_ascii_lowercase());
    if let Some(address) = freed.and_then(BTreeSet::pop_first) {
        return address;
    }
    // The first four of a subnet are Azure's.
    let address = u32::from(range) + 4 + state.arm.private_addresses_given;
    state.arm.private_addresses_given += 1;
    Ipv4Addr::from(address)
}

/// What a configuration of an interface that goes had.
pub fn give_back(state: &mut State, configuration: &Value) {
    let properties = &configuration["properties"];
    let address = properties["privateIPAddress"].as_str().and_then(|address| address.parse::<Ipv4Addr>().ok());
    if let (Some(subnet), Some(address)) = (properties["subnet"]["id"].as_str(), address) {
        state.arm.private_addresses_freed.entry(subnet.to_ascii_lowercase()).or_default().insert(address);
    }
}

/// Where a subnet's range begins.
fn subnet_range(state: &State, subnet: &str) -> Option<Ipv4Addr> {
    let lower = subnet.to_ascii_lowercase();
    let (network, name) = lower.split_once("/subnets/")?;
    let subnets = state.resources.get(network)?.body["properties"]["subnets"].as_array()?;
    let found = subnets.iter().find(|s| s["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)))?;
    let prefix = found["properties"]["addressPrefix"].as_str().or(found["properties"]["addressPrefixes"][0].as_str());
    prefix?.split('/').next()?.parse().ok()
}

fn complete(properties: &mut Value, kept: Option<&Value>, number: u32) {
    for name in ["virtualMachine", "resourceGuid", "macAddress", "primary"] {
        if let Some(value) = kept.map(|k| &k[name]).filter(|v| !v.is_null()) {
            properties[name] = value.clone();
        }
    }
    let [_, a, b, c] = number.to_be_bytes();
    for (name, value) in [
        ("dnsSettings", json!({"dnsServers": [], "appliedDnsServers": []})),
        ("macAddress", json!(format!("00-0D-3A-{a:02X}-{b:02X}-{c:02X}"))),
        ("resourceGuid", json!(store::new_guid())),
        ("enableAcceleratedNetworking", json!(false)),
        ("disableTcpStateTracking", json!(false)),
        ("enableIPForwarding", json!(false)),
        ("vnetEncryptionSupported", json!(false)),
        ("nicType", json!("Standard")),
        ("hostedWorkloads", json!([])),
        ("tapConfigurations", json!([])),
    ] {
        if properties[name].is_null() {
            properties[name] = value;
        }
    }
    // Real ones name the region's internal zone; any will do.
    properties["dnsSettings"]["internalDomainNameSuffix"] = json!("claw.internal.cloudapp.net");
}

pub fn check_unused(call: &Call) -> Result<(), ArmError> {
    let state = call.world.state();
    let used = state.resources.get(&call.target.key()).map(|r| &r.body["properties"]["virtualMachine"]["id"]);
    match used.and_then(Value::as_str) {
        None => Ok(()),
        Some(vm) => {
            let message = format!(
                "Network Interface {} is used by existing resource {vm}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.",
                call.target.id()
            );
            Err(ArmError::bad("NicInUse", message))
        }
    }
}
