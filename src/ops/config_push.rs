//! `config push` and `config diff`.

use std::path::Path;

use super::{Events, OpsError, Session};
use crate::fleet::config::Change;

/// What a push would change on one machine.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MachineDiff {
    pub machine: String,
    pub changes: Vec<Change>,
    /// The gateway's hash of the config that `changes` was computed against.
    pub base_hash: String,
    /// What will be sent: the template merged with the member's overrides.
    #[serde(skip)]
    pub patch: serde_json::Value,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ConfigPlan {
    pub machines: Vec<MachineDiff>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

/// Compares the file (merged with each member's `config`) with every running machine's live config.
pub async fn diff(_session: &Session, _file: &Path) -> Result<ConfigPlan, OpsError> {
    todo!()
}

/// Pushes with compare-and-set by base hash, the first machine alone, then the rest; stops at the
/// first failure. Returns (pushed, failed with reason, not tried).
pub async fn push(_session: &Session, _plan: &ConfigPlan, _events: &Events) -> Result<Pushed, OpsError> {
    todo!()
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pushed {
    pub pushed: Vec<String>,
    pub failed: Vec<(String, String)>,
    pub not_tried: Vec<String>,
}
