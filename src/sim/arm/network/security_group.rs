//! Network security groups; rules stand in the group's body.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{adopt, child, settle};
use crate::sim::arm::{
    Answer, ArmError, Call,
    store::{envelope, group_is_writable, located, new_guid},
};

pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut body = envelope(&call.target, &call.body);
    let is_new = {
        let state = call.world.state();
        group_is_writable(&state, &call.target)?;
        let kept = state.resources.get(&call.target.key()).map(|r| r.body["properties"]["resourceGuid"].clone());
        body["properties"]["resourceGuid"] = kept.clone().unwrap_or_else(|| json!(new_guid()));
        kept.is_none()
    };
    if body["properties"]["securityRules"].is_null() {
        body["properties"]["securityRules"] = json!([]);
    }
    check_rules(&body)?;
    adopt(call, &mut body, "securityRules");
    body["properties"]["defaultSecurityRules"] = default_rules();
    adopt(call, &mut body, "defaultSecurityRules");
    settle(call, body, is_new)
}

/// `…/securityRules[/{name}]`.
pub fn rule(call: &Call) -> Answer {
    child(call, "securityRules", check_rules)
}

fn check_rules(group: &Value) -> Result<(), ArmError> {
    let mut taken: HashMap<(String, u64), String> = HashMap::new();
    for rule in group["properties"]["securityRules"].as_array().into_iter().flatten() {
        let name = rule["name"].as_str().unwrap_or_default();
        let properties = &rule["properties"];
        for required in ["protocol", "access", "direction"] {
            if !properties[required].is_string() {
                let message = format!("Required security rule parameter '{required}' is missing for Rule {name}.");
                return Err(ArmError::bad("SecurityRuleParameterMissing", message));
            }
        }
        let priority = properties["priority"].as_u64().unwrap_or_default();
        if !(100..=4096).contains(&priority) {
            let message =
                format!("Security rule {name} has invalid priority {priority}: it must be between 100 and 4096.");
            return Err(ArmError::bad("SecurityRuleInvalidPriority", message));
        }
        check_prefixes(name, properties)?;
        let direction = properties["direction"].as_str().unwrap_or_default().to_ascii_lowercase();
        if let Some(other) = taken.insert((direction, priority), name.to_owned()) {
            let message = format!(
                "Security rule {other} conflicts with rule {name}. Rules cannot have the same Priority and Direction."
            );
            return Err(ArmError::bad("SecurityRuleConflict", message));
        }
    }
    Ok(())
}

fn check_prefixes(name: &str, properties: &Value) -> Result<(), ArmError> {
    let many = properties["sourceAddressPrefixes"].as_array().cloned().unwrap_or_default();
    let one = properties["sourceAddressPrefix"].as_str();
    let refuse = |message: String| Err(ArmError::bad("SecurityRuleInvalidAddressPrefix", message));
    if one.is_none() && many.is_empty() {
        return refuse(format!(
            "Required security rule parameters are missing for security rule {name}: sourceAddressPrefix."
        ));
    }
    // A list holds addresses only, no star and no service's name.
    match many.iter().filter_map(Value::as_str).find(|prefix| !is_address(prefix)) {
        Some(prefix) => refuse(format!("Security rule {name} has invalid Address prefix. Value provided: {prefix}")),
        None => Ok(()),
    }
}

fn is_address(prefix: &str) -> bool {
    let (address, length) = prefix.split_once('/').unwrap_or((prefix, "0"));
    address.parse::<std::net::IpAddr>().is_ok() && length.parse::<u8>().is_ok_and(|length| length <= 128)
}

pub fn check_unused(call: &Call) -> Result<(), ArmError> {
    let state = call.world.state();
    let id = call.target.id();
    let names = |value: &Value| {
        value["properties"]["networkSecurityGroup"]["id"].as_str().is_some_and(|used| used.eq_ignore_ascii_case(&id))
    };
    let user = state
        .resources
        .values()
        .find(|r| names(&r.body) || r.body["properties"]["subnets"].as_array().into_iter().flatten().any(names));
    match user {
        None => Ok(()),
        Some(user) => {
            let message = format!(
                "Network security group {id} cannot be deleted because it is in use by the following resources: {}.",
                user.id
            );
            Err(ArmError::bad("InUseNetworkSecurityGroupCannotBeDeleted", message))
        }
    }
}

fn default_rules() -> Value {
    let rule = |name: &str, what: &str, access: &str, direction: &str, priority: u32, from: &str, to: &str| {
        json!({"name": name, "properties": {
            "description": what, "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*",
            "sourceAddressPrefix": from, "destinationAddressPrefix": to, "access": access, "priority": priority,
            "direction": direction,
        }})
    };
    let network = "VirtualNetwork";
    json!([
        rule(
            "AllowVnetInBound",
            "Allow inbound traffic from all VMs in VNET",
            "Allow",
            "Inbound",
            65000,
            network,
            network
        ),
        rule(
            "AllowAzureLoadBalancerInBound",
            "Allow inbound traffic from azure load balancer",
            "Allow",
            "Inbound",
            65001,
            "AzureLoadBalancer",
            "*"
        ),
        rule("DenyAllInBound", "Deny all inbound traffic", "Deny", "Inbound", 65500, "*", "*"),
        rule(
            "AllowVnetOutBound",
            "Allow outbound traffic from all VMs to all VMs in VNET",
            "Allow",
            "Outbound",
            65000,
            network,
            network
        ),
        rule(
            "AllowInternetOutBound",
            "Allow outbound traffic from all VMs to Internet",
            "Allow",
            "Outbound",
            65001,
            "*",
            "Internet"
        ),
        rule("DenyAllOutBound", "Deny all outbound traffic", "Deny", "Outbound", 65500, "*", "*"),
    ])
}
