//! What can go wrong between claw and a machine.

/// Kinds that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteErrorKind {
    /// Nothing answers at the address (refused, timeout, proxy says no).
    Unreachable,
    /// The host key is not the pinned one. Never retried.
    HostKeyMismatch,
    /// No key is pinned yet.
    HostKeyUnknown,
    /// The machine accepts none of our keys.
    Auth,
    /// The connection was lost while in use.
    Lost,
    /// The machine answered what makes no sense.
    Protocol,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation} on {machine}: {message}")]
pub struct RemoteError {
    pub kind: RemoteErrorKind,
    pub operation: String,
    pub machine: String,
    pub message: String,
    pub remedy: Option<String>,
}
