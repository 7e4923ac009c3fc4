//! Frames of OpenClaw's gateway protocol 4, as recorded from 2026.9.6.

use serde_json::{Value, json};

/// An `error` of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
    pub details: Option<Value>,
}

impl Refusal {
    pub fn invalid(message: &str) -> Self {
        Self { code: "INVALID_REQUEST", message: message.to_owned(), details: None }
    }

    pub fn missing_scope(scope: &str) -> Self {
        let details = json!({"code": "MISSING_SCOPE", "missingScope": scope, "requiredScopes": [scope]});
        Self { code: "FORBIDDEN", message: format!("missing scope: {scope}"), details: Some(details) }
    }

    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

/// Parameters of a call.
pub trait Params {
    /// A parameter that the method needs.
    fn text(&self, method: &str, name: &str) -> Result<&str, Refusal>;
}

impl Params for Value {
    fn text(&self, method: &str, name: &str) -> Result<&str, Refusal> {
        self[name]
            .as_str()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::invalid(&format!("invalid {method} params: must have required property '{name}'")))
    }
}

/// A call of a client.
pub struct Request {
    pub id: String,
    pub method: String,
    pub params: Value,
}

impl Request {
    pub fn parse(text: &str) -> Option<Self> {
        let mut frame: Value = serde_json::from_str(text).ok()?;
        (frame["type"] == "req").then_some(())?;
        let word = |name: &str| frame.get(name)?.as_str().map(str::to_owned);
        let (id, method) = (word("id")?, word("method")?);
        Some(Self { id, method, params: frame["params"].take() })
    }
}

pub fn answer(id: &str, result: Result<Value, Refusal>) -> String {
    match result {
        Ok(payload) => json!({"type": "res", "id": id, "ok": true, "payload": payload}),
        Err(refusal) => {
            let mut error = json!({"code": refusal.code, "message": refusal.message});
            if let Some(details) = refusal.details {
                error["details"] = details;
            }
            json!({"type": "res", "id": id, "ok": false, "error": error})
        }
    }
    .to_string()
}

/// `seq` counts per connection; the challenge has none.
pub fn event(name: &str, payload: &Value, seq: Option<u64>) -> String {
    let mut frame = json!({"type": "event", "event": name, "payload": payload});
    if let Some(seq) = seq {
        frame["seq"] = json!(seq);
    }
    frame.to_string()
}
