//! OpenClaw configuration: merge the fleet's template with a member's overrides, and show what changes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One changed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path, e.g. `agents.defaults.model`.
    pub path: String,
    /// `None`: was absent. Secrets appear as `[redacted]`.
    pub before: Option<Value>,
    /// `None`: is removed.
    pub after: Option<Value>,
}

/// Why a config must not be pushed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("`{path}` must not be pushed: {why}")]
    Forbidden { path: String, why: String },
    #[error("the config must be a JSON object, not {found}")]
    NotAnObject { found: String },
}

/// JSON merge patch (RFC 7396).
pub fn merge(_base: &mut Value, _patch: &Value) {
    todo!()
}

/// Refuses paths that break a machine (`gateway.port`, `gateway.bind`, `gateway.auth`).
pub fn check(_patch: &Value) -> Result<(), ConfigError> {
    todo!()
}

/// What applying `patch` (RFC 7396) to `live` would change; secret-looking values redacted.
pub fn diff(_live: &Value, _patch: &Value) -> Vec<Change> {
    todo!()
}
