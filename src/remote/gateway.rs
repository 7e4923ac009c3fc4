//! OpenClaw's gateway protocol (WebSocket, protocol 4) over an SSH direct-tcpip channel to 127.0.0.1:18789.

use serde_json::Value;
use tokio::sync::broadcast;

/// A refusal by the gateway, or the loss of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("the gateway refused {method}: {message}")]
    Refused { method: String, code: Option<String>, message: String },
    #[error("the gateway's connection is closed: {reason}")]
    Closed { reason: String },
    #[error("the gateway sent what claw can't read in answer to {method}: {message}")]
    Protocol { method: String, message: String },
}

/// An event the gateway pushed, e.g. `device.pair.requested`.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayEvent {
    pub event: String,
    pub payload: Value,
}

/// An open session with a gateway. Cheap to clone; closes when the last clone is dropped.
#[derive(Clone)]
pub struct Gateway {
    // filled in by the remote room
}

impl Gateway {
    /// One request, one answer.
    pub async fn call(&self, _method: &str, _params: Value) -> Result<Value, GatewayError> {
        todo!()
    }

    /// Pushed events from now on.
    pub fn events(&self) -> broadcast::Receiver<GatewayEvent> {
        todo!()
    }

    /// Resolves with the reason when the connection is gone.
    pub async fn closed(&self) -> String {
        todo!()
    }
}
