//! Microsoft.Resources and what every resource has.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A pointer to another resource. Compare ids without case.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub id: Option<String>,
}

/// An element of a group's resource list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GenericResource {
    pub id: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserAssignedIdentity {
    pub properties: Option<UserAssignedIdentityProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserAssignedIdentityProperties {
    pub principal_id: Option<String>,
    pub client_id: Option<String>,
}
