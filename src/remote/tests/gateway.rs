//! Gateway sessions through real SSH channels, against a scripted gateway.

use std::sync::{Arc, Mutex};

use futures::{SinkExt, StreamExt};
use russh::{
    Channel, ChannelId, ChannelStream,
    keys::{Algorithm, PrivateKey},
    server::{self, Auth, ChannelOpenHandle, Msg, Session, VerifiedPublicKey},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use super::sshd::{error, keygen, target};
use crate::remote::{Gateway, GatewayError, Remote, RemoteError, RemoteErrorKind as Kind, RemoteSettings, Target};

const TOKEN: &str = "s3cret-t0ken";

/// An SSH server that knows the token's command and forwards port 18789 to a scripted gateway.
struct Machine {
    remote: Remote,
    target: Target,
    requests: Arc<Mutex<Vec<Value>>>,
    /// Gateway connections that are over.
    ended: watch::Receiver<usize>,
    _dir: tempfile::TempDir,
}

#[derive(Clone)]
struct Handler {
    hello: Value,
    token: &'static str,
    requests: Arc<Mutex<Vec<Value>>>,
    ended: watch::Sender<usize>,
}

impl Machine {
    async fn start() -> Self {
        let hello = json!({ "ok": true, "payload": { "type": "hello-ok", "protocol": 4 } });
        Self::with(hello, TOKEN).await
    }

    async fn with(hello: Value, token: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        keygen(&dir.path().join("key"), &["-t", "ed25519"]);
        let host = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        let host_key = host.public_key().to_openssh().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = target(&listener.local_addr().unwrap().to_string(), Some(&host_key));
        let config = Arc::new(server::Config { keys: vec![host], ..server::Config::default() });
        let (requests, (over, ended)) = (Arc::default(), watch::channel(0));
        let handler = Handler { hello, token, requests: Arc::clone(&requests), ended: over };
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let session = server::run_stream(Arc::clone(&config), tcp, handler.clone()).await.unwrap();
                tokio::spawn(session);
            }
        });
        let keys = vec![dir.path().join("key")];
        let settings = RemoteSettings { keys, limit: 2, ..RemoteSettings::default() };
        Self { remote: Remote::new(settings), target, requests, ended, _dir: dir }
    }

    async fn gateway(&self) -> Result<Gateway, RemoteError> {
        self.remote.gateway(&self.target).await
    }
}

impl server::Handler for Handler {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, command: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        assert_eq!(command, b"sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token");
        session.channel_success(id)?;
        session.data(id, format!("{}\n", self.token).into_bytes())?;
        session.exit_status_request(id, 0)?;
        session.close(id)
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        assert_eq!((host, port), ("127.0.0.1", 18789));
        reply.accept().await;
        let handler = self.clone();
        tokio::spawn(async move {
            let mut ws = accept_async(channel.into_stream()).await.unwrap();
            let _ = handler.script(&mut ws).await;
            drop(ws);
            handler.ended.send_modify(|ended| *ended += 1);
        });
        Ok(())
    }
}

type Socket = WebSocketStream<ChannelStream<Msg>>;

async fn say(ws: &mut Socket, frame: Value) -> Option<()> {
    ws.send(Message::text(frame.to_string())).await.ok()
}

impl Handler {
    async fn script(&self, ws: &mut Socket) -> Option<()> {
        let challenge = json!({ "type": "event", "event": "connect.challenge", "payload": { "nonce": "n" } });
        say(ws, challenge).await?;
        let mut held: Option<Value> = None;
        loop {
            let Message::Text(text) = ws.next().await?.ok()? else { continue };
            let request: Value = serde_json::from_str(&text).unwrap();
            self.requests.lock().unwrap().push(request.clone());
            let answer = |rest: Value| {
                let mut frame = json!({ "type": "res", "id": request["id"] });
                frame.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
                frame
            };
            match request["method"].as_str().unwrap() {
                "connect" => say(ws, answer(self.hello.clone())).await?,
                // Answered in the other order.
                "pair" => match held.take() {
                    None => held = Some(answer(json!({ "ok": true, "payload": request["params"] }))),
                    Some(first) => {
                        say(ws, answer(json!({ "ok": true, "payload": request["params"] }))).await?;
                        say(ws, first).await?;
                    }
                },
                "silence" => {}
                "noise" => {
                    for text in ["{", "[1,2]", "\u{0}", r#"{"type":"new"}"#, r#"{"type":"res","id":"other","ok":true}"#]
                    {
                        ws.send(Message::text(text)).await.ok()?;
                    }
                    ws.send(Message::binary(vec![0xff; 10])).await.ok()?;
                    ws.send(Message::Ping("p".into())).await.ok()?;
                    let Message::Pong(pong) = ws.next().await?.ok()? else { panic!("a pong") };
                    assert_eq!(&pong[..], b"p");
                    say(ws, answer(json!({ "ok": true, "payload": "heard" }))).await?;
                }
                "push" => {
                    let event =
                        json!({ "type": "event", "event": "device.pair.requested", "payload": { "requestId": "r" } });
                    say(ws, event).await?;
                    say(ws, answer(json!({ "ok": true }))).await?;
                }
                "flood" => {
                    let much = "x".repeat(100_000);
                    for _ in 0..300 {
                        say(ws, json!({ "type": "event", "event": "device.much", "payload": much })).await?;
                        say(ws, json!({ "type": "event", "event": "agent", "payload": "a word" })).await?;
                    }
                    say(ws, answer(json!({ "ok": true, "payload": "flooded" }))).await?;
                }
                "long" => say(ws, answer(json!({ "ok": true, "payload": "x".repeat(9 << 20) }))).await?,
                "refuse" => {
                    let error = json!({ "code": "INVALID_REQUEST", "message": "config changed since last load" });
                    say(ws, answer(json!({ "ok": false, "error": error }))).await?;
                }
                "odd" => say(ws, answer(json!({ "payload": 1 }))).await?,
                "bye" => {
                    let frame = CloseFrame { code: 1012.into(), reason: "service restart".into() };
                    ws.close(Some(frame)).await.ok()?;
                }
                "vanish" => return None,
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test]
async fn shakes_hands_as_recorded() {
    let machine = Machine::start().await;
    let _gateway = machine.gateway().await.unwrap();
    let mut request = machine.requests.lock().unwrap()[0].clone();
    assert!(request["id"].take().is_string());
    assert_eq!(
        request,
        json!({
            "type": "req", "id": null, "method": "connect",
            "params": {
                "minProtocol": 4, "maxProtocol": 4,
                "client": {
                    "id": "cli", "version": env!("CARGO_PKG_VERSION"),
                    "platform": std::env::consts::OS, "mode": "cli"
                },
                "role": "operator",
                "scopes": ["operator.read", "operator.write", "operator.admin", "operator.pairing"],
                "caps": [], "commands": [], "permissions": {},
                "auth": { "token": TOKEN },
                "locale": "en-US", "userAgent": concat!("claw/", env!("CARGO_PKG_VERSION")),
            }
        })
    );
}

#[tokio::test]
async fn overlapping_calls_each_get_their_own_answer() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    let (one, two) = tokio::join!(gateway.call("pair", json!({ "n": 1 })), gateway.call("pair", json!({ "n": 2 })));
    assert_eq!((one.unwrap(), two.unwrap()), (json!({ "n": 1 }), json!({ "n": 2 })));
}

#[tokio::test]
async fn refusals_oddities_and_noise_end_nothing() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    let refused = gateway.call("refuse", json!({})).await.unwrap_err();
    let GatewayError::Refused { method, code, message } = refused else { panic!("{refused}") };
    assert_eq!((&*method, code.as_deref()), ("refuse", Some("INVALID_REQUEST")));
    assert_eq!(message, "config changed since last load");
    let odd = gateway.call("odd", json!({})).await.unwrap_err();
    assert!(matches!(odd, GatewayError::Protocol { .. }), "{odd}");
    assert_eq!(gateway.call("noise", json!({})).await.unwrap(), "heard");
}

#[tokio::test]
async fn pushed_events_reach_everybody_who_listens() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    let (mut one, mut two) = (gateway.events(), gateway.clone().events());
    gateway.call("push", json!({})).await.unwrap();
    for events in [&mut one, &mut two] {
        let event = events.recv().await.unwrap();
        assert_eq!((&*event.event, &event.payload["requestId"]), ("device.pair.requested", &json!("r")));
    }
}

#[tokio::test]
async fn a_gateway_that_floods_fills_no_memory() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    // Reads nothing meanwhile: all that came would be kept for it.
    let mut events = gateway.events();
    assert_eq!(gateway.call("flood", json!({})).await.unwrap(), "flooded");
    gateway.call("push", json!({})).await.unwrap();
    assert_eq!(events.recv().await.unwrap().event, "device.pair.requested");

    let refused = gateway.call("long", json!({})).await.unwrap_err();
    assert!(matches!(&refused, GatewayError::Closed { reason } if reason.contains("too long")), "{refused}");
    assert!(machine.gateway().await.is_ok(), "the connection below is as good as before");
}

#[tokio::test]
async fn what_closes_it_is_said_to_everybody() {
    for (method, reason) in [("bye", "service restart (1012)"), ("vanish", "lost")] {
        let machine = Machine::start().await;
        let gateway = machine.gateway().await.unwrap();
        let mut events = gateway.events();
        let (waiting, _) = tokio::join!(gateway.call("silence", json!({})), gateway.call(method, json!({})));
        assert!(gateway.closed().await.contains(reason), "{}", gateway.closed().await);
        for error in [waiting.unwrap_err(), gateway.call("health", json!({})).await.unwrap_err()] {
            assert!(matches!(&error, GatewayError::Closed { reason: r } if r.contains(reason)), "{error}");
        }
        assert!(events.recv().await.is_err());
        assert!(gateway.events().recv().await.is_err());
        // The SSH connection is as good as before.
        machine.gateway().await.unwrap();
    }
}

#[tokio::test]
async fn closes_with_its_last_clone_and_not_before() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    let clone = gateway.clone();
    drop(gateway);
    assert_eq!(clone.call("noise", json!({})).await.unwrap(), "heard");
    assert_eq!(*machine.ended.borrow(), 0);
    drop(clone);
    let mut ended = machine.ended.clone();
    ended.wait_for(|ended| *ended == 1).await.unwrap();
}

#[tokio::test]
async fn an_unanswered_call_gives_up_after_ten_seconds() {
    let machine = Machine::start().await;
    let gateway = machine.gateway().await.unwrap();
    tokio::time::pause();
    let from = tokio::time::Instant::now();
    let error = gateway.call("silence", json!({})).await.unwrap_err();
    assert!(matches!(error, GatewayError::Timeout { .. }), "{error}");
    assert_eq!(from.elapsed().as_secs(), 10);
    // Ninety seconds without a tick: the gateway is gone.
    assert_eq!(gateway.closed().await, "the gateway fell silent");
    assert_eq!(from.elapsed().as_secs(), 90);
}

#[tokio::test]
async fn a_refused_token_is_an_error_that_does_not_show_it() {
    let refusal = json!({ "ok": false, "error": { "code": "UNAUTHORIZED", "message": format!("bad token {TOKEN}") } });
    let newer = json!({ "ok": true, "payload": { "type": "hello-ok", "protocol": 5 } });
    for (hello, token, words) in
        [(refusal, TOKEN, "bad token …"), (newer, TOKEN, "the gateway 5"), (json!({}), " ", "empty")]
    {
        let machine = Machine::with(hello, token).await;
        let refused = error(machine.gateway().await);
        assert_eq!(refused.kind, Kind::Protocol);
        assert!(refused.message.contains(words) && !format!("{refused:?}").contains(TOKEN), "{refused}");
        assert!(refused.remedy.is_some());
    }
}
