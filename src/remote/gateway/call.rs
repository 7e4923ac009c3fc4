//! Frames of OpenClaw's gateway protocol, version 4: requests out, answers and events in.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;

/// A refusal by the gateway, or the loss of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("the gateway refused {method}: {message}")]
    Refused { method: String, code: Option<String>, message: String },
    #[error("the gateway's connection is closed: {reason}")]
    Closed { reason: String },
    #[error("the gateway sent what claw can't read in answer to {method}: {message}")]
    Protocol { method: String, message: String },
    #[error("the gateway did not answer {method} within {seconds} s")]
    Timeout { method: String, seconds: u64 },
}

/// An event the gateway pushed, e.g. `device.pair.requested`.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayEvent {
    pub event: String,
    pub payload: Value,
}

/// A call on its way to the session's task.
pub struct Call {
    pub id: String,
    pub method: String,
    pub params: Value,
    pub answer: oneshot::Sender<Result<Value, GatewayError>>,
}

impl Call {
    pub fn frame(&self) -> String {
        request(&self.id, &self.method, &self.params)
    }
}

pub fn request(id: &str, method: &str, params: &Value) -> String {
    #[derive(Serialize)]
    struct Request<'a> {
        r#type: &'static str,
        id: &'a str,
        method: &'a str,
        params: &'a Value,
    }
    // Strings and JSON values always serialise.
    serde_json::to_string(&Request { r#type: "req", id, method, params }).unwrap_or_default()
}

/// What came in, as far as claw understands it.
#[derive(Debug, PartialEq)]
pub enum Frame {
    Answer(Answer),
    Event(GatewayEvent),
}

#[derive(Debug, PartialEq)]
pub struct Answer {
    pub id: String,
    pub result: AnswerResult,
}

#[derive(Debug, PartialEq)]
pub enum AnswerResult {
    Ok(Value),
    Refused { code: Option<String>, message: String },
    Unreadable(String),
}

impl AnswerResult {
    pub fn into_result(self, method: String) -> Result<Value, GatewayError> {
        match self {
            Self::Ok(payload) => Ok(payload),
            Self::Refused { code, message } => Err(GatewayError::Refused { method, code, message }),
            Self::Unreadable(message) => Err(GatewayError::Protocol { method, message }),
        }
    }
}

/// `None` for what is no frame of the protocol, or of a type that claw doesn't know.
pub fn parse(text: &str) -> Option<Frame> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Wire {
        Res {
            id: String,
            ok: Option<bool>,
            #[serde(default)]
            payload: Value,
            #[serde(default)]
            error: Value,
        },
        Event {
            event: String,
            #[serde(default)]
            payload: Value,
        },
    }
    Some(match serde_json::from_str(text).ok()? {
        Wire::Event { event, payload } => Frame::Event(GatewayEvent { event, payload }),
        Wire::Res { id, ok, payload, error } => {
            let text = |key: &str| error.get(key).and_then(Value::as_str).map(crate::remote::error::printable);
            let result = match (ok, text("message")) {
                (Some(true), _) => AnswerResult::Ok(payload),
                (Some(false), message) => AnswerResult::Refused {
                    code: text("code"),
                    message: message.unwrap_or_else(|| "it gave no reason".to_owned()),
                },
                (None, _) => AnswerResult::Unreadable("the answer says neither yes nor no".to_owned()),
            };
            Frame::Answer(Answer { id, result })
        }
    })
}

/// Calls that wait for their answer, by id.
#[derive(Default)]
pub struct Pending {
    calls: HashMap<String, (String, oneshot::Sender<Result<Value, GatewayError>>)>,
}

impl Pending {
    pub fn add(&mut self, call: Call) {
        // Whoever stopped waiting needs no answer.
        self.calls.retain(|_, (_, answer)| !answer.is_closed());
        self.calls.insert(call.id, (call.method, call.answer));
    }

    pub fn answer(&mut self, answer: Answer) {
        if let Some((method, waiting)) = self.calls.remove(&answer.id) {
            let _ = waiting.send(answer.result.into_result(method));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_as_recorded_from_openclaw_2026_9_6() {
        assert_eq!(
            request("7e91bcd3", "device.pair.list", &json!({})),
            r#"{"type":"req","id":"7e91bcd3","method":"device.pair.list","params":{}}"#
        );
        let event = r#"{"type":"event","event":"device.pair.resolved","payload":{"requestId":"a8","decision":"approved"},"seq":1}"#;
        let Some(Frame::Event(event)) = parse(event) else { unreachable!("an event") };
        assert_eq!((event.event.as_str(), &event.payload["requestId"]), ("device.pair.resolved", &json!("a8")));
        let refusal = r#"{"type":"res","id":"1","ok":false,"error":{"code":"INVALID_REQUEST","message":"unknown\u001b method: x"}}"#;
        let refused =
            AnswerResult::Refused { code: Some("INVALID_REQUEST".into()), message: "unknown method: x".into() };
        assert_eq!(parse(refusal), Some(Frame::Answer(Answer { id: "1".into(), result: refused })));
    }

    #[test]
    fn what_is_no_frame_is_skipped() {
        for text in ["", "{", "[]", "null", r#"{"type":"hello"}"#, r#"{"type":"res","ok":true}"#, r#"{"type":"event"}"#]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        let Some(Frame::Answer(answer)) = parse(r#"{"type":"res","id":"1"}"#) else { unreachable!("an answer") };
        assert!(matches!(answer.result, AnswerResult::Unreadable(_)));
    }
}
