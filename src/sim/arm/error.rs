//! Refusals of ARM and its providers.

use serde_json::{Value, json};

use crate::sim::wire::{Request, Response};

#[derive(Clone, Debug)]
pub enum ArmError {
    Refused {
        status: u16,
        code: String,
        message: String,
        details: Vec<Value>,
    },
    /// Answered 501 and written down, so that a test fails on it.
    Unknown(Box<Request>),
}

impl ArmError {
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self::Refused { status, code: code.into(), message: message.into(), details: Vec::new() }
    }

    pub fn not_found(kind: &str, name: &str, group: &str) -> Self {
        let message = format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        );
        Self::new(404, "ResourceNotFound", &message)
    }

    pub fn invalid_template(message: &str) -> Self {
        Self::new(400, "InvalidTemplate", &format!("Deployment template validation failed: '{message}'."))
    }

    /// Code and message, for an operation that fails in the poll.
    pub fn pair(&self) -> (String, String) {
        match self {
            Self::Refused { code, message, .. } => (code.clone(), message.clone()),
            Self::Unknown(request) => ("NotImplemented".into(), format!("{} {}", request.method, request.path)),
        }
    }

    pub fn body(&self) -> Value {
        let (code, message) = self.pair();
        let mut error = json!({"code": code, "message": message});
        if let Self::Refused { details, .. } = self
            && !details.is_empty()
        {
            error["details"] = json!(details);
        }
        json!({"error": error})
    }

    pub fn into_response(self) -> Response {
        match &self {
            Self::Refused { status, .. } => Response::json(*status, &self.body()),
            Self::Unknown(request) => Response::unknown(request),
        }
    }
}
