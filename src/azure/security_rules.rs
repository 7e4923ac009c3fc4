//! Rules of the fleet's network security group.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api,
    arm::Arm,
    error::{AzureError, Task},
};
use crate::fleet::names::Names;

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
    let task = Task::new("read security rules", Names::NSG);
    let id = names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG);
    let found: Option<Group> = arm.find(task, &arm.url(&id, api::NETWORK, &[])).await?;
    let rules = found.and_then(|g| g.properties).and_then(|p| p.security_rules).unwrap_or_default();
    Ok(rules.into_iter().filter(|rule| rule["name"] != Names::SSH_RULE).map(sendable).collect())
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
