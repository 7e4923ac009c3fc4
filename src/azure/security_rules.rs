//! Rules of the fleet's network security group.

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
    operation,
};
use crate::fleet::{allow::SecurityRule, names::Names};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group {
    properties: Option<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    security_rules: Option<Vec<Value>>,
}

/// Every rule but claw's own, as it is to be sent again; what Azure adds by itself is left out.
pub async fn others(arm: &Arm, names: &Names) -> Result<Vec<Value>, AzureError> {
    let rules = read(arm, names).await?.unwrap_or_default();
    Ok(rules.into_iter().filter(|rule| rule["name"] != Names::SSH_RULE).map(sendable).collect())
}

fn id(names: &Names) -> String {
    names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG)
}

async fn read(arm: &Arm, names: &Names) -> Result<Option<Vec<Value>>, AzureError> {
    let task = Task::new("read security rules", Names::NSG);
    let found: Option<Group> = arm.find(task, &arm.url(&id(names), api::NETWORK, &[])).await?;
    Ok(found.map(|group| group.properties.and_then(|p| p.security_rules).unwrap_or_default()))
}

/// Every rule; `None` when the group is not there yet.
pub async fn list(arm: &Arm, names: &Names) -> Result<Option<Vec<SecurityRule>>, AzureError> {
    Ok(read(arm, names).await?.map(|rules| rules.iter().map(rule).collect()))
}

/// ARM writes one value as text under one name and several as a list under another.
fn rule(value: &Value) -> SecurityRule {
    let properties = &value["properties"];
    let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
    let all = |one: &str, many: &str| -> Vec<String> {
        let listed = properties[many].as_array().into_iter().flatten().filter_map(Value::as_str);
        properties[one].as_str().into_iter().chain(listed).filter(|v| !v.is_empty()).map(str::to_owned).collect()
    };
    SecurityRule {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        priority: properties["priority"].as_u64().and_then(|p| u32::try_from(p).ok()).unwrap_or_default(),
        access: text("access"),
        direction: text("direction"),
        from: all("sourceAddressPrefix", "sourceAddressPrefixes"),
        to: all("destinationAddressPrefix", "destinationAddressPrefixes"),
        ports: all("destinationPortRange", "destinationPortRanges"),
    }
}

/// Adds an inbound rule for SSH; the others stay as they are.
pub async fn allow_ssh(
    arm: &Arm,
    names: &Names,
    name: &str,
    priority: u32,
    from: &str,
    to: &str,
) -> Result<(), AzureError> {
    let task = Task::new("add security rule", name);
    let url = arm.url(&format!("{}/securityRules/{name}", id(names)), api::NETWORK, &[]);
    let body = json!({"properties": {
        "description": "Added by claw allow", "priority": priority, "direction": "Inbound", "access": "Allow",
        "protocol": "Tcp", "sourceAddressPrefix": from, "sourcePortRange": "*",
        "destinationAddressPrefix": to, "destinationPortRange": "22",
    }});
    let answer = arm.send(task, Method::Put, &url, Some(&body)).await?;
    operation::finish(arm, task, answer, Some(url)).await
}

/// Absent is success.
pub async fn remove(arm: &Arm, names: &Names, name: &str) -> Result<(), AzureError> {
    let task = Task::new("remove security rule", name);
    let url = arm.url(&format!("{}/securityRules/{name}", id(names)), api::NETWORK, &[]);
    let Some(answer) = absent_is_none(arm.send(task, Method::Delete, &url, None).await)? else { return Ok(()) };
    absent_is_none(operation::finish(arm, task, answer, None).await).map(|_| ())
}

fn sendable(rule: Value) -> Value {
    let mut properties = rule["properties"].clone();
    if let Some(fields) = properties.as_object_mut() {
        fields.shift_remove("provisioningState");
        // ARM takes a prefix either alone or as a list; the empty one of the two is only shown.
        fields.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    json!({"name": rule["name"], "properties": properties})
}
