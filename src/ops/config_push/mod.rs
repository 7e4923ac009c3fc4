//! `config push`, `config diff` and `config rollback`.

mod diff;
mod machine;
mod rolling;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::{
    diff::{diff, diff_of, saved},
    rolling::{push, rollback},
};
use crate::fleet::config::Change;

/// What a push would change on one machine.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MachineDiff {
    pub machine: String,
    pub changes: Vec<Change>,
    /// The gateway's hash of the config that `changes` was computed against.
    pub base_hash: String,
    /// What will be sent: the template merged with the member's overrides.
    #[serde(skip)]
    pub patch: Value,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ConfigPlan {
    pub machines: Vec<MachineDiff>,
    /// Machines whose gateway tried the change without making it and would not take it, with its reason.
    #[serde(default)]
    pub refused: Vec<(String, String)>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
    /// Machines that are off, so that nobody asked them.
    #[serde(default)]
    pub off: Vec<String>,
    /// Machines that have nothing to roll back to.
    #[serde(skip)]
    pub nothing_saved: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pushed {
    /// Machines that have the config now, also those that had it before.
    pub pushed: Vec<String>,
    /// The reason says whether the machine was left as it was, or brought back, or neither.
    pub failed: Vec<(String, String)>,
    pub not_tried: Vec<String>,
}
