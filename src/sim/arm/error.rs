//! Refusals of ARM and its providers.

use serde_json::{Value, json};

use crate::sim::wire::Response;

/// An answer that is not what was asked for. Codes and texts are those of azure.md §2.4 and §4.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ArmError {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub target: Option<String>,
    pub details: Vec<Value>,
    /// Compute's 429 comes without the `error` around it.
    pub is_bare: bool,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl ArmError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            is_bare: false,
            retry_after: None,
        }
    }

    pub fn at(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    pub fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    pub fn parameter(target: &str, message: impl Into<String>) -> Self {
        Self::bad("InvalidParameter", message).at(target)
    }

    pub fn invalid_template(message: &str) -> Self {
        Self::bad("InvalidTemplate", format!("Deployment template validation failed: '{message}'."))
    }

    /// 501; the dispatcher writes it down, so that a test fails on it.
    pub fn unknown(method: &str, path: &str) -> Self {
        let message = format!("the embedded cloud does not know {method} {path} of ARM");
        Self::new(501, "NotImplemented", message)
    }

    pub fn group_not_found(name: &str) -> Self {
        Self::new(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    }

    pub fn not_found(kind: &str, name: &str, group: &str) -> Self {
        let message = format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        );
        Self::new(404, "ResourceNotFound", message)
    }

    pub fn reference_not_found(referenced: &str, by: &str) -> Self {
        let message = format!(
            "Resource {referenced} referenced by resource {by} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
        );
        Self::bad("InvalidResourceReference", message)
    }

    pub fn precondition(header: &str) -> Self {
        let message = format!("The condition specified using HTTP conditional header {header} is not met.");
        Self::new(412, "PreconditionFailed", message)
    }

    /// The error object.
    pub fn object(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        if !self.details.is_empty() {
            error["details"] = json!(self.details);
        }
        error
    }

    pub fn body(&self) -> Value {
        if self.is_bare { self.object() } else { json!({"error": self.object()}) }
    }

    pub fn into_response(self) -> Response {
        let response = Response::json(self.status, &self.body());
        match self.retry_after {
            Some(seconds) => response.header("retry-after", seconds.to_string()),
            None => response,
        }
    }
}
