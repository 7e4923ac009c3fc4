//! Whether a caller on the internet gets through to a machine's port 22, and to which.

use std::{net::IpAddr, sync::Arc};

use http::StatusCode;
use serde_json::Value;

use super::{
    machine::Machine,
    nsg,
    world::{State, World},
};

/// Why not. The real network would let the caller wait; here it is told at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no machine has the address {0}")]
    NoSuchAddress(String),
    #[error("the machine at {0} is switched off")]
    Off(String),
    #[error("no network security group lets TCP 22 in from {from} to {address}")]
    Closed { address: String, from: IpAddr },
}

impl Refusal {
    /// 502 where a name or address leads nowhere, 504 where packets would be lost.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchAddress(_) => StatusCode::BAD_GATEWAY,
            Self::Off(_) | Self::Closed { .. } => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Finds the machine at a public IP address or DNS name, as seen by a caller at `from`.
pub fn machine_at(world: &World, address: &str, from: IpAddr) -> Result<Arc<Machine>, Refusal> {
    let state = world.state();
    let nowhere = || Refusal::NoSuchAddress(address.to_owned());
    let vm_id = state.addresses.get(address).ok_or_else(nowhere)?;
    let vm = state.resources.get(vm_id).map(|vm| &vm.body).ok_or_else(nowhere)?;
    if !is_running(vm) {
        return Err(Refusal::Off(address.to_owned()));
    }
    let machine = state.machines.get(vm_id).cloned().ok_or_else(nowhere)?;
    if !is_open(&state, vm, from) {
        return Err(Refusal::Closed { address: address.to_owned(), from });
    }
    Ok(machine)
}

/// By the power state in the VM's instance view, if it has one.
pub fn is_running(vm: &Value) -> bool {
    power_state(vm).is_none_or(|power| power == "PowerState/running")
}

/// The power state's code, e.g. `PowerState/deallocated`; none while the VM is being created.
pub fn power_state(vm: &Value) -> Option<&str> {
    let statuses = vm["properties"]["instanceView"]["statuses"].as_array()?;
    statuses.iter().filter_map(|status| status["code"].as_str()).find(|code| code.starts_with("PowerState/"))
}

/// The subnet's group and the network card's must both allow it; with neither, a Standard address is closed.
fn is_open(state: &State, vm: &Value, from: IpAddr) -> bool {
    let body = |id: &Value| Some(&state.resources.get(&id.as_str()?.to_ascii_lowercase())?.body["properties"]);
    let Some(nic) = body(&vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"]) else { return false };
    let subnet = nic["ipConfigurations"][0]["properties"]["subnet"]["id"].as_str().unwrap_or_default();
    let groups: Vec<&str> =
        [nic["networkSecurityGroup"]["id"].as_str(), subnet_group(state, subnet)].into_iter().flatten().collect();
    let to = nic["ipConfigurations"][0]["properties"]["privateIPAddress"].as_str().and_then(|ip| ip.parse().ok());
    !groups.is_empty() && groups.iter().all(|group| nsg::allows_ssh(state, group, from, to))
}

/// A subnet stands in its virtual network's body, or as a resource of its own.
fn subnet_group<'a>(state: &'a State, subnet_id: &str) -> Option<&'a str> {
    let id = subnet_id.to_ascii_lowercase();
    let (network, name) = id.split_once("/subnets/")?;
    let embedded = state.resources.get(network).and_then(|network| {
        let subnets = network.body["properties"]["subnets"].as_array()?;
        subnets.iter().find(|subnet| subnet["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    });
    let alone = state.resources.get(&id).map(|subnet| &subnet.body);
    [alone, embedded]
        .into_iter()
        .flatten()
        .find_map(|subnet| subnet["properties"]["networkSecurityGroup"]["id"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sim::world::Resource;

    const NET: &str = "/subscriptions/s/resourcegroups/g/providers/microsoft.network";

    fn put(state: &mut State, id: &str, properties: Value) {
        let body = json!({"id": id, "properties": properties});
        state.resources.insert(id.to_ascii_lowercase(), Resource { id: id.into(), kind: String::new(), body });
    }

    fn group(source: &str) -> Value {
        json!({"securityRules": [{"properties": {"priority": 100, "access": "Allow", "direction": "Inbound",
            "protocol": "*", "destinationPortRange": "22", "sourceAddressPrefix": source, "destinationAddressPrefix": "*"}}]})
    }

    fn open(on_nic: Option<&str>, on_subnet: Option<&str>) -> bool {
        let mut state = State::default();
        let link = |name: &str, there: bool| {
            if there { json!({"id": format!("{NET}/networkSecurityGroups/{name}")}) } else { Value::Null }
        };
        put(&mut state, &format!("{NET}/networkSecurityGroups/nic"), group(on_nic.unwrap_or("*")));
        put(&mut state, &format!("{NET}/networkSecurityGroups/net"), group(on_subnet.unwrap_or("*")));
        let subnet = json!({"name": "machines",
            "properties": {"networkSecurityGroup": link("net", on_subnet.is_some())}});
        put(&mut state, &format!("{NET}/virtualNetworks/v"), json!({"subnets": [subnet]}));
        let configuration =
            json!({"properties": {"subnet": {"id": format!("{NET}/virtualNetworks/v/subnets/machines")}}});
        put(
            &mut state,
            &format!("{NET}/networkInterfaces/n"),
            json!({"networkSecurityGroup": link("nic", on_nic.is_some()), "ipConfigurations": [configuration]}),
        );
        let nics = json!([{"id": format!("{NET}/networkInterfaces/n")}]);
        let vm = json!({"properties": {"networkProfile": {"networkInterfaces": nics}}});
        is_open(&state, &vm, "127.0.0.1".parse().unwrap())
    }

    #[test]
    fn both_groups_must_allow_and_none_is_closed() {
        assert!(!open(None, None));
        assert!(open(Some("*"), None));
        assert!(open(None, Some("*")));
        assert!(open(Some("*"), Some("127.0.0.1/32")));
        assert!(!open(Some("203.0.113.0/24"), Some("*")));
        assert!(!open(Some("*"), Some("203.0.113.0/24")));
    }

    #[test]
    fn a_vm_that_is_not_running_is_off() {
        let vm = |code: &str| {
            json!({"properties": {"instanceView": {"statuses": [
            {"code": "ProvisioningState/succeeded"}, {"code": code}]}}})
        };
        assert!(is_running(&vm("PowerState/running")));
        assert!(!is_running(&vm("PowerState/deallocated")));
        assert!(!is_running(&vm("PowerState/starting")));
    }
}
