//! Microsoft.Authorization, 2022-04-01.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleAssignment {
    pub id: Option<String>,
    pub properties: Option<RoleAssignmentProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleAssignmentProperties {
    pub scope: Option<String>,
    pub principal_id: Option<String>,
    /// Ends in the role's GUID.
    pub role_definition_id: Option<String>,
}
