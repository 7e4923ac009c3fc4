//! One value that ARM says would differ, and whether it would.

use serde_json::Value;

/// ARM's `propertyChangeType` of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Create,
    Delete,
    Modify,
    /// Read-only: ARM says itself that nothing comes of it.
    NoEffect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// With places in lists as numbers, e.g. `properties.securityRules.0.name`.
    pub path: String,
    pub kind: Kind,
    /// Null where there is none.
    pub before: Value,
    pub after: Value,
}

/// Written by Azure alone.
const READ_ONLY: [&str; 8] = [
    "provisioningState",
    "resourceGuid",
    "uniqueId",
    "timeCreated",
    "vaultUri",
    "defaultSecurityRules",
    "systemData",
    "constrainedMaximumCapacity",
];
/// Written by Azure where it stands in an element of a list; elsewhere an `id` names another resource.
const READ_ONLY_IN_LISTS: [&str; 3] = ["id", "type", "etag"];
/// What Azure writes where a template says nothing (Azure/arm-template-whatif issues 284, 394).
const DEFAULTS: [(&str, &[&str]); 4] = [
    ("privateEndpointNetworkPolicies", &["Disabled", "Enabled"]),
    ("privateLinkServiceNetworkPolicies", &["Enabled"]),
    ("privateEndpointVNetPolicies", &["Disabled"]),
    ("publicNetworkAccess", &["Enabled"]),
];

impl Difference {
    /// ARM names it, and it stays as it is. Tags are never that: each is somebody's own.
    pub fn is_noise(&self) -> bool {
        let path: Vec<&str> = self.path.split('.').collect();
        let name = path.last().copied().unwrap_or_default();
        if path.first() == Some(&"tags") {
            return false;
        }
        let in_list = path.len() > 1 && path[path.len() - 2].parse::<usize>().is_ok();
        let default = |value: &Value| {
            let known = DEFAULTS.iter().find(|(property, _)| *property == name);
            is_empty(value) || known.is_some_and(|(_, all)| value.as_str().is_some_and(|v| all.contains(&v)))
        };
        let is_default = match self.kind {
            Kind::NoEffect => return true,
            Kind::Create => is_empty(&self.after),
            Kind::Delete => default(&self.before),
            Kind::Modify => default(&self.before) && default(&self.after),
        };
        is_default
            || READ_ONLY.contains(&name)
            || (in_list || path.len() == 1) && READ_ONLY_IN_LISTS.contains(&name)
            || same(name, &self.before, &self.after)
    }
}

/// Off, or nothing in it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

/// Two spellings of one value: ids and places have no case, places no spaces, and 22 may be text.
fn same(name: &str, before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::String(one), Value::String(other)) if name == "location" => {
            one.replace(' ', "").eq_ignore_ascii_case(&other.replace(' ', ""))
        }
        (Value::String(one), Value::String(other)) => {
            one == other || one.starts_with("/subscriptions/") && one.eq_ignore_ascii_case(other)
        }
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => {
            *text == number.to_string()
        }
        (one, other) => one == other,
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
        write!(f, "{}: {} → {}", self.path, word(&self.before), word(&self.after))
    }
}
