//! ARM's own forecast of a deployment.

mod difference;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use difference::{Difference, Kind};

/// What ARM says, or why it was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    Changes(Vec<Change>),
    /// There is no group yet to ask about.
    NoGroup,
    /// Nobody knows whether there is one.
    Unseen {
        why: String,
    },
}

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
    /// What ARM names besides although it stays as it is: read-only values, and defaults that the template leaves
    /// to Azure (azure.md §8). A `Modify` with nothing else is none.
    #[serde(default)]
    pub noise: Vec<String>,
}

impl Change {
    pub fn new(id: String, change: String, differences: &[Difference]) -> Self {
        let (noise, real): (Vec<&Difference>, Vec<&Difference>) = differences.iter().partition(|d| d.is_noise());
        let lines = |all: Vec<&Difference>| all.into_iter().map(ToString::to_string).collect();
        Self { id, change, details: lines(real), noise: lines(noise) }
    }

    /// `type/name`, without the group in front.
    pub fn short(&self) -> &str {
        self.id.rsplit_once("/providers/").map_or(self.id.as_str(), |(_, rest)| rest)
    }

    /// As the Azure CLI marks it.
    pub fn sign(&self) -> char {
        match self.change.as_str() {
            "Create" => '+',
            // A Modify without any detail may be anything.
            "Modify" if self.details.is_empty() && !self.noise.is_empty() => '=',
            "Modify" => '~',
            "Delete" => '-',
            "Deploy" => '!',
            "NoChange" => '=',
            "Ignore" => '*',
            _ => 'x',
        }
    }
}

impl Forecast {
    /// Why there are no changes to show.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Changes(_) => None,
            Self::NoGroup => Some("ARM can be asked once the group is there; everything would be created".into()),
            Self::Unseen { why } => {
                Some(format!("ARM was not asked, as nobody knows whether the group is there: {why}"))
            }
        }
    }
}
