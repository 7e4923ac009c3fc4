//! One WebSocket connection: challenge, connect, calls and pushed events.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use super::{
    super::{Machine, disk},
    calls, now_ms,
};

/// Serves one client until it leaves.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(machine: &Arc<Machine>, stream: S) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let challenge = json!({"type": "event", "event": "connect.challenge",
        "payload": {"nonce": uuid::Uuid::new_v4().to_string(), "ts": now_ms(), "capabilities": []}});
    if socket.send(text(&challenge)).await.is_err() {
        return;
    }
    let mut pushed = machine.gateway.events.subscribe();
    let mut scopes: Option<Vec<String>> = None;
    let mut seq = 0u64;
    loop {
        let frame = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => match answer(machine, &mut scopes, text.as_str()) {
                    Some(frame) => frame,
                    None => return drop(socket.close(None).await),
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            event = pushed.recv() => match event {
                Ok((event, payload)) if scopes.is_some() => {
                    seq += 1;
                    json!({"type": "event", "event": event, "payload": payload, "seq": seq})
                }
                Ok(_) => continue,
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                Err(_) => return,
            },
        };
        let refused_to_connect = scopes.is_none() && frame["ok"] == json!(false);
        if socket.send(text(&frame)).await.is_err() || refused_to_connect {
            return drop(socket.close(None).await);
        }
    }
}

fn text(value: &Value) -> Message {
    Message::text(value.to_string())
}

/// The answer to one frame; `None` for what is no request at all.
fn answer(machine: &Machine, scopes: &mut Option<Vec<String>>, frame: &str) -> Option<Value> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let (id, method) = (frame["id"].as_str()?, frame["method"].as_str()?);
    let result = match scopes {
        None if method == "connect" => connect(machine, &frame["params"]).map(|(granted, hello)| {
            *scopes = Some(granted);
            hello
        }),
        None => Err(json!({"code": "INVALID_REQUEST", "message": "first request must be connect"})),
        Some(scopes) => calls::call(machine, scopes, method, &frame["params"]),
    };
    Some(match result {
        Ok(payload) => json!({"type": "res", "id": id, "ok": true, "payload": payload}),
        Err(error) => json!({"type": "res", "id": id, "ok": false, "error": error}),
    })
}

fn connect(machine: &Machine, params: &Value) -> Result<(Vec<String>, Value), Value> {
    let token = machine.disk.text(disk::TOKEN);
    if params["auth"]["token"] != json!(token) || token.is_empty() {
        return Err(json!({"code": "INVALID_REQUEST",
            "message": "unauthorized: gateway token mismatch (use this gateway's gateway.auth.token or pair the device)",
            "details": {"code": "AUTH_TOKEN_MISMATCH", "authReason": "token_mismatch", "canRetryWithDeviceToken": false,
                "recommendedNextStep": "update_auth_credentials"}}));
    }
    let speaks_4 = params["minProtocol"].as_u64().is_some_and(|min| min <= 4)
        && params["maxProtocol"].as_u64().is_some_and(|max| max >= 4);
    if !speaks_4 {
        return Err(json!({"code": "INVALID_REQUEST", "message": "protocol mismatch"}));
    }
    let scopes: Vec<String> =
        params["scopes"].as_array().into_iter().flatten().filter_map(|s| s.as_str().map(str::to_owned)).collect();
    let hello = json!({
        "type": "hello-ok", "protocol": 4,
        "server": {"version": "2026.9.6", "connId": uuid::Uuid::new_v4().to_string()},
        "features": {"methods": ["health", "device.pair.list", "device.pair.approve", "device.pair.reject", "sessions.list",
            "config.get", "config.patch", "gateway.suspend.prepare", "gateway.suspend.resume"],
            "events": ["device.pair.requested", "device.pair.resolved", "config.changed", "health", "tick"]},
        "auth": {"method": "token", "role": "operator", "scopes": scopes},
        "policy": {"maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": 30_000},
    });
    Ok((scopes, hello))
}
