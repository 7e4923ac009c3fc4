//! Errors as the edge shows them: kind, message, cause chain, remedy.

use serde::Serialize;

use crate::{
    azure::{AzureError, AzureErrorKind},
    fleet::instance::Instance,
    remote::{GatewayError, RemoteError, RemoteErrorKind},
};

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

impl OpsError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), remedy: None }
    }

    pub fn input(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message).with_remedy(remedy)
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    pub fn refused(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message).with_remedy(remedy)
    }

    pub fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "interrupted").with_remedy("run the same command again to finish")
    }

    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub fn caused_by(mut self, cause: impl std::fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }
}

impl From<AzureError> for OpsError {
    fn from(error: AzureError) -> Self {
        let kind = match error.kind {
            AzureErrorKind::Cancelled => ErrorKind::Interrupted,
            _ => ErrorKind::Failed,
        };
        let code = error.code.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
        Self { kind, message: format!("{error}{code}"), causes: error.causes, remedy: error.remedy }
    }
}

impl From<RemoteError> for OpsError {
    fn from(error: RemoteError) -> Self {
        let kind = match error.kind {
            RemoteErrorKind::HostKeyMismatch | RemoteErrorKind::HostKeyUnknown => ErrorKind::Refused,
            _ => ErrorKind::Failed,
        };
        Self { kind, message: error.to_string(), causes: Vec::new(), remedy: error.remedy }
    }
}

impl OpsError {
    /// A machine that SSH can't get into, with the way that needs none.
    pub(super) fn shut_out(error: RemoteError, instance: &Instance) -> Self {
        let may_help =
            matches!(error.kind, RemoteErrorKind::Unreachable | RemoteErrorKind::Auth | RemoteErrorKind::NotLetIn);
        let without = format!("without SSH, as root: claw exec {} --via run-command -- COMMAND", instance.short());
        let mut shown = Self::from(error);
        if may_help {
            shown.remedy = Some(shown.remedy.map_or_else(|| without.clone(), |remedy| format!("{remedy}; {without}")));
        }
        shown
    }
}

impl From<GatewayError> for OpsError {
    fn from(error: GatewayError) -> Self {
        Self::failed(error.to_string())
    }
}
