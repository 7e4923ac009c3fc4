//! A resource without what only Azure writes, or only the caller: what-if compares what a template can say.

use serde_json::{Value, json};

/// Azure's own wherever they stand.
const READ_ONLY: [&str; 25] = [
    "provisioningState",
    "etag",
    "systemData",
    "resourceGuid",
    "uniqueId",
    "timeCreated",
    "constrainedMaximumCapacity",
    "vaultUri",
    "defaultSecurityRules",
    "vmId",
    "instanceView",
    "macAddress",
    "virtualMachine",
    "ipConfiguration",
    "ipAddress",
    "createdOn",
    "updatedOn",
    "createdBy",
    "updatedBy",
    "fqdn",
    "exactVersion",
    "appliedDnsServers",
    "internalDomainNameSuffix",
    "hostedWorkloads",
    "vnetEncryptionSupported",
];
/// Taken and never shown again.
const WRITE_ONLY: [&str; 4] = ["customData", "adminPassword", "protectedSettings", "createMode"];

pub fn writable(mut resource: Value) -> Value {
    let kind = resource["type"].as_str().unwrap_or_default().to_ascii_lowercase();
    let tags = resource.get("tags").cloned();
    strip(&mut resource, false);
    if let Some(tags) = tags {
        resource["tags"] = tags;
    }
    let fields = match kind.as_str() {
        "microsoft.managedidentity/userassignedidentities" => &["properties"][..],
        "microsoft.compute/virtualmachines" => &["resources"],
        _ => &[],
    };
    if let Some(top) = resource.as_object_mut() {
        fields.iter().for_each(|field| _ = top.shift_remove(*field));
    }
    if kind == "microsoft.authorization/roleassignments"
        && let Some(properties) = resource["properties"].as_object_mut()
    {
        properties.shift_remove("scope");
    }
    if let Some(identity) = resource.get_mut("identity").and_then(Value::as_object_mut) {
        identity.shift_remove("principalId");
        identity.shift_remove("tenantId");
        let used = identity.get_mut("userAssignedIdentities").and_then(Value::as_object_mut);
        used.into_iter().flat_map(|all| all.values_mut()).for_each(|one| *one = json!({}));
    }
    resource
}

/// Nulls count as absent.
fn strip(value: &mut Value, in_list: bool) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let name = name.as_str();
                let is_own = READ_ONLY.contains(&name) || WRITE_ONLY.contains(&name) || value.is_null();
                !(is_own || in_list && matches!(name, "id" | "type"))
            });
            fields.values_mut().for_each(|value| strip(value, false));
        }
        Value::Array(all) => all.iter_mut().for_each(|value| strip(value, true)),
        _ => {}
    }
}
