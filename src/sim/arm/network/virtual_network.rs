//! Virtual networks; subnets stand in the network's body.

use serde_json::{Value, json};

use super::{adopt, child, settle};
use crate::sim::arm::{
    Answer, ArmError, Call,
    store::{by_id, envelope, group_is_writable, located, new_guid},
};

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut body = envelope(&call.target, &call.body);
    if body["properties"]["addressSpace"]["addressPrefixes"].as_array().is_none_or(Vec::is_empty) {
        let message = format!("Address space of virtual network {} is missing.", call.target.id());
        return Err(ArmError::bad("InvalidRequestFormat", message));
    }
    let is_new = {
        let state = call.world.state();
        group_is_writable(&state, &call.target)?;
        for subnet in body["properties"]["subnets"].as_array().into_iter().flatten() {
            let group = &subnet["properties"]["networkSecurityGroup"]["id"];
            if let Some(id) = group.as_str()
                && by_id(&state, group).is_none()
            {
                return Err(ArmError::reference_not_found(id, &call.target.id()));
            }
        }
        let kept = state.resources.get(&call.target.key()).map(|r| r.body["properties"].clone());
        let guid = kept.as_ref().map(|k| k["resourceGuid"].clone());
        if let Some(kept) = &kept {
            stays_used(call, &state, kept, &body)?;
        }
        body["properties"]["resourceGuid"] = guid.unwrap_or_else(|| json!(new_guid()));
        kept.is_none()
    };
    for (name, value) in
        [("subnets", json!([])), ("virtualNetworkPeerings", json!([])), ("enableDdosProtection", json!(false))]
    {
        if body["properties"][name].is_null() {
            body["properties"][name] = value;
        }
    }
    check_subnets(&body)?;
    adopt(call, &mut body, "subnets");
    settle(call, body, is_new)
}

/// `…/subnets[/{name}]`.
pub fn subnet(call: &Call) -> Answer {
    if call.method == "DELETE" && is_used(&call.world.state(), &call.target.key()) {
        return Err(subnet_in_use(&call.target.id()));
    }
    child(call, "subnets", check_subnets)
}

fn check_subnets(network: &Value) -> Result<(), ArmError> {
    for subnet in network["properties"]["subnets"].as_array().into_iter().flatten() {
        let properties = &subnet["properties"];
        let prefix = properties["addressPrefix"].as_str().or(properties["addressPrefixes"][0].as_str());
        let address = prefix.and_then(|p| p.split_once('/')).map(|(address, _)| address.parse::<std::net::Ipv4Addr>());
        if !matches!(address, Some(Ok(_))) {
            let message = format!("The address prefix of subnet {} is not valid.", subnet["name"]);
            return Err(ArmError::bad("InvalidAddressPrefixFormat", message));
        }
    }
    Ok(())
}

fn is_used(state: &crate::sim::world::State, subnet: &str) -> bool {
    state.resources.values().any(|r| {
        let configurations = r.body["properties"]["ipConfigurations"].as_array();
        configurations
            .into_iter()
            .flatten()
            .any(|c| c["properties"]["subnet"]["id"].as_str().is_some_and(|used| used.eq_ignore_ascii_case(subnet)))
    })
}

fn subnet_in_use(id: &str) -> ArmError {
    let message = format!(
        "Subnet {id} is in use by network interfaces and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet."
    );
    ArmError::bad("InUseSubnetCannotBeDeleted", message)
}

/// A PUT without a subnet deletes it, which its interfaces forbid.
fn stays_used(call: &Call, state: &crate::sim::world::State, kept: &Value, asked: &Value) -> Result<(), ArmError> {
    let names = |value: &Value| -> Vec<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(|s| s["name"].as_str().map(str::to_ascii_lowercase)).collect()
    };
    let new = names(&asked["properties"]["subnets"]);
    for gone in names(&kept["subnets"]).into_iter().filter(|name| !new.contains(name)) {
        let id = format!("{}/subnets/{gone}", call.target.id());
        if is_used(state, &id) {
            return Err(subnet_in_use(&id));
        }
    }
    Ok(())
}

pub fn check_unused(call: &Call) -> Result<(), ArmError> {
    let state = call.world.state();
    let subnets = state.resources.get(&call.target.key()).map(|r| r.body["properties"]["subnets"].clone());
    let used = subnets.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(|s| s["id"].as_str());
    match used.into_iter().find(|id| is_used(&state, id)) {
        Some(id) => Err(subnet_in_use(id)),
        None => Ok(()),
    }
}
