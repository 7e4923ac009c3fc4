//! What can go wrong between claw and Azure.

/// Kinds that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AzureErrorKind {
    /// No connection: refused, DNS, proxy, timeout.
    Network,
    /// The server's certificate is not trusted.
    Tls,
    /// No or expired credentials.
    Credential,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 409, e.g. another operation in progress (`DeploymentActive`).
    Conflict,
    /// 429 after all waiting.
    Throttled,
    /// Quota, SKU or capacity.
    Capacity,
    /// Refused by policy or by a lock.
    Refused,
    /// The answer could not be understood.
    Protocol,
    /// Cancelled by the operator.
    Cancelled,
    /// Any other error answer.
    Service,
}

/// An operation on a target that failed, down to the innermost cause Azure named.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation} {target}: {message}")]
pub struct AzureError {
    pub kind: AzureErrorKind,
    /// E.g. `deploy`, `list machines`.
    pub operation: String,
    /// What it was done to, e.g. `claw-alice`.
    pub target: String,
    /// Azure's innermost code, e.g. `SkuNotAvailable`.
    pub code: Option<String>,
    pub message: String,
    /// Outer messages, outermost first.
    pub causes: Vec<String>,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What is being done to what: the two words every error starts with.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    pub operation: &'a str,
    pub target: &'a str,
}

impl<'a> Task<'a> {
    pub fn new(operation: &'a str, target: &'a str) -> Self {
        Self { operation, target }
    }

    /// An error without an answer from Azure.
    pub fn error(self, kind: AzureErrorKind, message: impl Into<String>) -> AzureError {
        AzureError {
            kind,
            operation: self.operation.to_owned(),
            target: self.target.to_owned(),
            code: None,
            message: message.into(),
            causes: Vec::new(),
            status: None,
            remedy: None,
        }
    }

    pub fn cancelled(self) -> AzureError {
        self.error(AzureErrorKind::Cancelled, "interrupted; Azure goes on by itself")
            .with_remedy("run the same command again: it picks up where this one stopped")
    }
}

impl AzureError {
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Whether a role would help: none opens a vault whose network refuses the caller (azure.md §7).
    pub fn wants_a_role(&self) -> bool {
        let is_shut_out = ["ForbiddenByConnection", "ForbiddenByFirewall"].iter().any(|code| self.has_code(code));
        self.kind == AzureErrorKind::Forbidden && !is_shut_out
    }

    /// Whether Azure's innermost code is this one.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case(code))
    }
}
