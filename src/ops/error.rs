//! Errors as the edge shows them: kind, message, cause chain, remedy.

use serde::Serialize;

/// Decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Exit 2: a file or an argument is wrong.
    Input,
    /// Exit 1: the cloud or a machine said no, or can't be reached.
    Failed,
    /// Exit 5: refused for safety.
    Refused,
    /// Exit 130.
    Interrupted,
    /// Exit 4: done in part.
    Partial,
}

/// Serialises as `{kind, message, causes, remedy}`.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct OpsError {
    pub kind: ErrorKind,
    pub message: String,
    /// Outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub remedy: Option<String>,
}
