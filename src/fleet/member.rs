//! A member of the team as team.json names them.

use serde::{Deserialize, Serialize};

use super::{idle::policy::IdleOverride, names::Slug};

/// One entry of `members` in team.json, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Mail address or user principal name, as written; compared without case.
    pub email: String,
    /// From `name` when given, else from the local part of the e-mail; never from the list position.
    pub slug: Slug,
    /// Azure VM size for this member only, e.g. `Standard_B2s`.
    pub vm_size: Option<String>,
    /// Merged over the fleet's OpenClaw config (JSON merge patch, RFC 7396).
    pub config: Option<serde_json::Value>,
    /// What holds for this member in place of the team's idle policy.
    #[serde(default)]
    pub idle: IdleOverride,
    /// The 1-based line of team.json where the entry starts; 0 for whoever works without one.
    pub line: usize,
}
