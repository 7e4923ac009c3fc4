//! ARM's own forecast of a deployment.

use serde::{Deserialize, Serialize};

/// What would become of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// ARM id.
    pub id: String,
    /// Azure's word: `Create`, `Modify`, `NoChange`, `Ignore`, `Delete`, `Deploy`, `Unsupported`.
    pub change: String,
    /// What would differ inside, a line each, e.g. `properties.x: 1 → 2`.
    pub details: Vec<String>,
}

impl Change {
    /// `type/name`, without the group in front.
    pub fn short(&self) -> &str {
        self.id.rsplit_once("/providers/").map_or(self.id.as_str(), |(_, rest)| rest)
    }

    /// As the Azure CLI marks it.
    pub fn sign(&self) -> char {
        match self.change.as_str() {
            "Create" => '+',
            "Modify" => '~',
            "Delete" => '-',
            "Deploy" => '!',
            "NoChange" => '=',
            "Ignore" => '*',
            _ => 'x',
        }
    }
}
