//! Microsoft.Resources/deployments, 2024-07-01.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeploymentExtended {
    pub name: Option<String>,
    pub properties: Option<DeploymentProperties>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploymentProperties {
    /// `Accepted`, `Running`, `Succeeded`, `Failed`, `Canceled` and words to come.
    pub provisioning_state: Option<String>,
    /// Names one run: a PUT of the same name gets another.
    pub correlation_id: Option<String>,
    pub error: Option<Value>,
}

impl DeploymentExtended {
    pub fn state(&self) -> Option<&str> {
        self.properties.as_ref()?.provisioning_state.as_deref()
    }

    pub fn correlation(&self) -> Option<&str> {
        self.properties.as_ref()?.correlation_id.as_deref()
    }
}

/// An element of a deployment's operations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeploymentOperation {
    pub properties: Option<DeploymentOperationProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploymentOperationProperties {
    pub provisioning_state: Option<String>,
    /// Usually `{"status":"Failed","error":{…}}`; text from some providers.
    pub status_message: Option<Value>,
    pub target_resource: Option<TargetResource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetResource {
    pub resource_type: Option<String>,
    pub resource_name: Option<String>,
}
