//! One client of a gateway: WebSocket, challenge, `connect`, then calls and pushed events.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::broadcast::error::RecvError,
    time::{Duration, Instant, interval_at},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{
    Gateway, VERSION,
    frame::{Refusal, Request, answer, event},
    now_ms,
};

/// `policy.tickIntervalMs` of the hello.
const TICK: Duration = Duration::from_secs(30);

/// Speaks with one client that holds `token`, until either side hangs up.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(gateway: &Gateway, token: &str, stream: S) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    // The connection's end is all there is to say about a lost client.
    let _ = session(gateway, token, &mut socket).await;
    let _ = socket.close(None).await;
}

/// `None` as soon as the client is gone.
async fn session<S: AsyncRead + AsyncWrite + Unpin>(
    gateway: &Gateway,
    token: &str,
    socket: &mut WebSocketStream<S>,
) -> Option<()> {
    let nonce = uuid::Uuid::new_v4().to_string();
    let challenge = json!({"nonce": nonce, "ts": now_ms(), "capabilities": ["model-catalog-snapshot"]});
    send(socket, event("connect.challenge", &challenge, None)).await?;
    let hello = next(socket).await?;
    // Before the hello, so that nothing is missed after it.
    let mut pushes = gateway.pushes.subscribe();
    if let Err(refusal) = welcome(&hello, token) {
        gateway.log(&format!("[ws] closed before connect: {}", refusal.message));
        let reason = refusal.message.clone();
        send(socket, answer(&hello.id, Err(refusal))).await?;
        let frame = CloseFrame { code: CloseCode::Policy, reason: reason.into() };
        return socket.close(Some(frame)).await.ok();
    }
    let scopes: Vec<String> = serde_json::from_value(hello.params["scopes"].clone()).unwrap_or_default();
    send(socket, answer(&hello.id, Ok(hello_ok(&scopes)))).await?;
    gateway.log(&format!("[ws] connected: {}", hello.params["client"]["id"].as_str().unwrap_or("?")));

    let mut ticks = interval_at(Instant::now() + TICK, TICK);
    let mut seq = 0;
    loop {
        let (name, payload) = tokio::select! {
            request = next(socket) => {
                let request = request?;
                let is_lost = gateway.silence.takes(std::iter::once(request.method.as_str()));
                let result = gateway.call(&request.method, &request.params, &scopes);
                if is_lost {
                    while next(socket).await.is_some() {}
                    return None;
                }
                // What a call pushes comes before its answer, as recorded.
                while let Ok(push) = pushes.try_recv() {
                    if scopes.iter().any(|scope| scope == push.scope) {
                        seq += 1;
                        send(socket, event(push.name, &push.payload, Some(seq))).await?;
                    }
                }
                send(socket, answer(&request.id, result)).await?;
                continue;
            }
            push = pushes.recv() => match push {
                Ok(push) if scopes.iter().any(|scope| scope == push.scope) => (push.name, push.payload),
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return None,
            },
            _ = ticks.tick() => ("tick", json!({"ts": now_ms()})),
        };
        seq += 1;
        send(socket, event(name, &payload, Some(seq))).await?;
    }
}

fn welcome(hello: &Request, token: &str) -> Result<(), Refusal> {
    if hello.method != "connect" {
        return Err(Refusal::invalid("invalid handshake: first request must be connect"));
    }
    let (least, most) = (hello.params["minProtocol"].as_u64(), hello.params["maxProtocol"].as_u64());
    if !(least.is_some_and(|v| v <= 4) && most.is_some_and(|v| v >= 4)) {
        let details = json!({"code": "PROTOCOL_MISMATCH", "expectedProtocol": 4});
        return Err(Refusal::invalid("protocol mismatch").with(details));
    }
    match hello.params["auth"]["token"].as_str() {
        Some(given) if given == token => Ok(()),
        given => {
            let (why, code) = match given {
                None => ("token missing", "AUTH_TOKEN_MISSING"),
                Some(_) => ("token mismatch", "AUTH_TOKEN_MISMATCH"),
            };
            let message = format!("unauthorized: gateway {why} (provide gateway auth token)");
            Err(Refusal::invalid(&message).with(json!({"code": code, "canRetryWithDeviceToken": false})))
        }
    }
}

fn hello_ok(scopes: &[String]) -> Value {
    let methods = [
        "health",
        "sessions.list",
        "config.get",
        "config.patch",
        "device.pair.list",
        "device.pair.approve",
        "device.pair.reject",
        "device.pair.rename",
        "device.pair.remove",
        "device.token.rotate",
        "device.token.revoke",
        "channels.pairing.list",
        "channels.pairing.approve",
        "channels.pairing.dismiss",
        "gateway.suspend.prepare",
        "gateway.suspend.resume",
    ];
    let events = ["connect.challenge", "device.pair.requested", "device.pair.resolved", "config.changed", "tick"];
    json!({"type": "hello-ok", "protocol": 4,
        "server": {"version": VERSION, "connId": uuid::Uuid::new_v4().to_string()},
        "features": {"methods": methods, "events": events},
        "auth": {"role": "operator", "scopes": scopes},
        "policy": {"maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": TICK.as_millis() as u64}})
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>, frame: String) -> Option<()> {
    socket.send(Message::text(frame)).await.ok()
}

/// The next request; what is none is passed over.
async fn next<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) -> Option<Request> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => {
                if let Some(request) = Request::parse(&text) {
                    return Some(request);
                }
            }
            Message::Close(_) => return None,
            // tungstenite answers pings on the next flush.
            Message::Ping(_) => socket.flush().await.ok()?,
            _ => {}
        }
    }
}
