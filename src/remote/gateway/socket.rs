//! One WebSocket to a gateway: the handshake, then a task that owns the socket.

use futures::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{broadcast, mpsc, watch},
    time::{Duration, sleep},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as WsError, Message,
        protocol::{Role, WebSocketConfig},
    },
};

use super::call::{Call, Frame, GatewayError, GatewayEvent, Pending, parse, request};

const URL: &str = "ws://127.0.0.1:18789/";
const PROTOCOL: u32 = 4;
const SCOPES: [&str; 4] = ["operator.read", "operator.write", "operator.admin", "operator.pairing"];
/// A gateway that is silent for this many of its own tick intervals is gone.
const SILENT_TICKS: u32 = 3;
/// The gateway's default (`policy.tickIntervalMs` of its hello).
const TICK: Duration = Duration::from_secs(30);

/// A longer message ends the session; a real gateway's longest answers, configs and sessions, have some 100 KiB.
pub const MESSAGE: usize = 8 << 20;
/// Read at once. A thousand gateways have a thousand of these, and most of what comes is shorter.
const BUFFER: usize = 4 << 10;
/// The events that claw reads.
pub const KEPT: &str = "device.";
/// A longer event is left out: many are kept for a reader that lags, and those that claw reads have some 1 KiB.
const EVENT: usize = 64 << 10;

/// A socket after a successful handshake.
pub struct Socket<S> {
    ws: WebSocketStream<S>,
    tick: Duration,
    /// Of OpenClaw, where its hello says it.
    pub version: Option<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// WebSocket upgrade, the gateway's challenge, `connect` with the token, its hello.
    pub async fn connect(stream: S, token: &SecretString) -> Result<Self, GatewayError> {
        let (mut ws, _) =
            tokio_tungstenite::client_async_with_config(URL, stream, Some(limits())).await.map_err(|e| closed(&e))?;
        while !matches!(next(&mut ws).await?, Frame::Event(e) if e.event == "connect.challenge") {}

        let id = uuid::Uuid::new_v4().to_string();
        let hello = request(&id, "connect", &introduction(token));
        ws.send(Message::text(hello)).await.map_err(|e| closed(&e))?;
        let answer = loop {
            match next(&mut ws).await? {
                Frame::Answer(answer) if answer.id == id => break answer,
                _ => {}
            }
        };
        let hello = answer.result.into_result("connect".to_owned()).map_err(|e| without(e, token))?;
        if hello.get("protocol").and_then(Value::as_u64) != Some(u64::from(PROTOCOL)) {
            let message = format!("claw speaks protocol {PROTOCOL}, the gateway {}", hello["protocol"]);
            return Err(GatewayError::Protocol { method: "connect".to_owned(), message });
        }
        let tick = hello["policy"]["tickIntervalMs"].as_u64().map_or(TICK, Duration::from_millis);
        let version = hello["server"]["version"].as_str().map(str::to_owned);
        Ok(Self { ws, tick, version })
    }

    /// Carries calls out, answers and events in, until `calls` has no more senders or the gateway goes.
    pub async fn run(
        mut self,
        mut calls: mpsc::Receiver<Call>,
        events: broadcast::Sender<GatewayEvent>,
        ended: watch::Sender<Option<String>>,
    ) {
        let mut pending = Pending::default();
        let reason = loop {
            let incoming = tokio::select! {
                call = calls.recv() => match call {
                    None => {
                        let _ = self.ws.close(None).await;
                        break "closed by claw".to_owned();
                    }
                    Some(call) => {
                        let frame = call.frame();
                        pending.add(call);
                        match self.ws.send(Message::text(frame)).await {
                            Ok(()) => continue,
                            Err(e) => break words(&e),
                        }
                    }
                },
                incoming = self.ws.next() => incoming,
                // Pings and ticks count as life; the gateway sends a tick in every interval.
                () = sleep(self.tick * SILENT_TICKS) => break "the gateway fell silent".to_owned(),
            };
            match incoming {
                Some(Ok(Message::Text(text))) => match parse(&text) {
                    Some(Frame::Answer(answer)) => pending.answer(answer),
                    Some(Frame::Event(event)) if text.len() > EVENT => {
                        tracing::debug!(bytes = text.len(), "an event too long to keep: {:.40}", event.event);
                    }
                    // An agent at work pushes each of its words: they would push a request out of a slow reader's sight.
                    Some(Frame::Event(event)) if !event.event.starts_with(KEPT) => {}
                    Some(Frame::Event(event)) => {
                        let _ = events.send(event);
                    }
                    None => tracing::debug!(bytes = text.len(), "a frame that claw doesn't know"),
                },
                Some(Ok(Message::Close(frame))) => {
                    let reason = frame.map(|f| format!("{} ({})", crate::remote::error::printable(&f.reason), f.code));
                    break reason.unwrap_or_else(|| "the gateway closed it".to_owned());
                }
                // tungstenite answers pings by itself, on the next flush.
                Some(Ok(Message::Ping(_))) => {
                    if let Err(e) = self.ws.flush().await {
                        break words(&e);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(e)) => break words(&e),
                None => break "the connection was lost".to_owned(),
            }
        };
        // Dropping the calls that still wait tells their callers, who find the reason here.
        ended.send_replace(Some(reason));
    }
}

/// For `remote::fuzz`: what comes after the upgrade, read to its end. Why it ended, and the events that were kept.
pub async fn hear<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> (String, Vec<GatewayEvent>) {
    let ws = WebSocketStream::from_raw_socket(stream, Role::Client, Some(limits())).await;
    // Without a sender claw would hang up itself.
    let (_nobody, calls) = mpsc::channel(1);
    let (events, mut kept) = broadcast::channel(super::EVENTS);
    let (ended, reason) = watch::channel(None);
    Socket { ws, tick: TICK, version: None }.run(calls, events, ended).await;
    let heard = std::iter::from_fn(|| {
        loop {
            match kept.try_recv() {
                Ok(event) => return Some(event),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => return None,
            }
        }
    });
    let events = heard.collect();
    let reason = reason.borrow().clone().unwrap_or_default();
    (reason, events)
}

fn limits() -> WebSocketConfig {
    let config = WebSocketConfig::default().read_buffer_size(BUFFER);
    config.max_message_size(Some(MESSAGE)).max_frame_size(Some(MESSAGE))
}

/// The parameters of `connect`, as OpenClaw's own command line sends them.
fn introduction(token: &SecretString) -> Value {
    json!({
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": { "id": "cli", "version": env!("CARGO_PKG_VERSION"), "platform": std::env::consts::OS, "mode": "cli" },
        "role": "operator",
        "scopes": SCOPES,
        "caps": [],
        "commands": [],
        "permissions": {},
        "auth": { "token": token.expose_secret() },
        "locale": "en-US",
        "userAgent": concat!("claw/", env!("CARGO_PKG_VERSION")),
    })
}

/// The next frame that claw understands.
async fn next<S: AsyncRead + AsyncWrite + Unpin>(ws: &mut WebSocketStream<S>) -> Result<Frame, GatewayError> {
    loop {
        match ws.next().await {
            Some(Ok(Message::Text(text))) => {
                if let Some(frame) = parse(&text) {
                    return Ok(frame);
                }
            }
            Some(Ok(Message::Close(frame))) => {
                let reason = frame.map(|f| format!("{} ({})", crate::remote::error::printable(&f.reason), f.code));
                return Err(GatewayError::Closed {
                    reason: reason.unwrap_or_else(|| "the gateway closed it".to_owned()),
                });
            }
            Some(Ok(_)) => {}
            Some(Err(e)) => return Err(closed(&e)),
            None => return Err(GatewayError::Closed { reason: "the connection was lost".to_owned() }),
        }
    }
}

fn closed(error: &WsError) -> GatewayError {
    GatewayError::Closed { reason: words(error) }
}

fn words(error: &WsError) -> String {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => "the gateway closed it".to_owned(),
        WsError::Io(_) | WsError::Protocol(_) => format!("the connection was lost: {error}"),
        e => crate::remote::error::printable(&e.to_string()),
    }
}

/// A refusal without the token, should the gateway ever repeat it.
fn without(error: GatewayError, token: &SecretString) -> GatewayError {
    match error {
        GatewayError::Refused { method, code, message } if !token.expose_secret().is_empty() => {
            GatewayError::Refused { method, code, message: message.replace(token.expose_secret(), "…") }
        }
        other => other,
    }
}
