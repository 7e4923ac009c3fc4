use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Client, Rig, exec, ready};

const SCENARIO: &str = r#"
[timings]
stage = "0s"
[machines.claw-alice]
last_interaction = "3h"
pairings = [{ after = "10s", device = "Phone", platform = "ios", scopes = ["operator.read"], remote_ip = "203.0.113.1" }]
"#;

struct Talk {
    socket: WebSocketStream<russh::ChannelStream<russh::client::Msg>>,
    events: Vec<Value>,
    calls: usize,
}

impl Talk {
    async fn open(client: &Client) -> Self {
        let channel = client.channel_open_direct_tcpip("127.0.0.1", 18789, "127.0.0.1", 1).await.unwrap();
        let (socket, _) =
            tokio_tungstenite::client_async("ws://127.0.0.1:18789/", channel.into_stream()).await.unwrap();
        let mut talk = Self { socket, events: Vec::new(), calls: 0 };
        assert_eq!(talk.event("connect.challenge").await.get("seq"), None);
        talk
    }

    async fn frame(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.next().await.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    async fn event(&mut self, name: &str) -> Value {
        loop {
            if let Some(at) = self.events.iter().position(|e| e["event"] == name) {
                return self.events.remove(at);
            }
            let frame = self.frame().await;
            self.events.push(frame);
        }
    }

    /// Payload, or error.
    async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.calls += 1;
        let id = self.calls.to_string();
        let request = json!({"type": "req", "id": id, "method": method, "params": params});
        self.socket.send(Message::text(request.to_string())).await.unwrap();
        loop {
            let mut frame = self.frame().await;
            if frame["id"] == id.as_str() {
                return if frame["ok"] == true { Ok(frame["payload"].take()) } else { Err(frame["error"].take()) };
            }
            self.events.push(frame);
        }
    }

    async fn connect(&mut self, token: &str, scopes: &[&str]) -> Result<Value, Value> {
        let params = json!({"minProtocol": 4, "maxProtocol": 4, "client": {"id": "cli", "mode": "cli"},
            "role": "operator", "scopes": scopes, "auth": {"token": token}});
        self.call("connect", params).await
    }
}

async fn connected(rig: &Rig, scopes: &[&str]) -> Talk {
    let client = rig.login().await;
    let (token, ..) = exec(&client, "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token").await;
    let mut talk = Talk::open(&client).await;
    let hello = talk.connect(&token, scopes).await.unwrap();
    assert_eq!((&hello["type"], &hello["protocol"]), (&json!("hello-ok"), &json!(4)));
    talk
}

#[tokio::test]
async fn a_device_asks_is_approved_and_all_are_told() {
    let rig = ready(SCENARIO).await;
    let mut talk = connected(&rig, &["operator.read", "operator.pairing"]).await;
    let pending = loop {
        let list = talk.call("device.pair.list", json!({})).await.unwrap();
        if let Some(first) = list["pending"].get(0) {
            break first.clone();
        }
    };
    assert_eq!((&pending["displayName"], &pending["remoteIp"]), (&json!("Phone"), &json!("203.0.113.1")));
    let id = json!({"requestId": pending["requestId"]});
    let approved = talk.call("device.pair.approve", id.clone()).await.unwrap();
    assert_eq!(approved["requestId"], pending["requestId"]);
    assert_eq!(talk.event("device.pair.resolved").await["payload"]["decision"], "approved");
    let list = talk.call("device.pair.list", json!({})).await.unwrap();
    assert_eq!((&list["pending"], &list["paired"][0]["deviceId"]), (&json!([]), &pending["deviceId"]));
    assert_eq!(talk.call("device.pair.reject", id).await.unwrap_err()["message"], "unknown requestId");
}

#[tokio::test]
async fn a_request_is_pushed_and_can_be_rejected() {
    let rig = ready(&SCENARIO.replace("10s", "500s")).await;
    let mut talk = connected(&rig, &["operator.pairing"]).await;
    let asked = talk.event("device.pair.requested").await;
    let id = json!({"requestId": asked["payload"]["requestId"]});
    talk.call("device.pair.reject", id).await.unwrap();
    assert_eq!(talk.event("device.pair.resolved").await["payload"]["decision"], "rejected");
}

#[tokio::test]
async fn config_is_patched_by_its_hash() {
    let rig = ready(SCENARIO).await;
    let mut talk = connected(&rig, &["operator.read", "operator.admin"]).await;
    let config = talk.call("config.get", json!({})).await.unwrap();
    assert_eq!(config["parsed"]["agents"]["defaults"]["model"], "m");
    assert_eq!(config["sourceConfig"]["gateway"]["auth"]["token"], "__OPENCLAW_REDACTED__");
    let patch = json!({"raw": r#"{"logging":{"level":"debug"}}"#, "baseHash": config["hash"]});
    assert_eq!(talk.call("config.patch", patch.clone()).await.unwrap()["changedPaths"], json!(["logging.level"]));
    talk.event("config.changed").await;
    let stale = talk.call("config.patch", patch).await.unwrap_err();
    assert_eq!(stale["message"], "config changed since last load; re-run config.get and retry");
}

#[tokio::test]
async fn who_lacks_token_or_scope_is_refused_as_recorded() {
    let rig = ready(SCENARIO).await;
    let mut wrong = Talk::open(&rig.login().await).await;
    assert_eq!(wrong.connect("nope", &["operator.admin"]).await.unwrap_err()["code"], "INVALID_REQUEST");
    let mut talk = connected(&rig, &["operator.read"]).await;
    let refused = talk.call("config.patch", json!({})).await.unwrap_err();
    assert_eq!((&refused["code"], &refused["message"]), (&json!("FORBIDDEN"), &json!("missing scope: operator.admin")));
    assert_eq!(refused["details"]["requiredScopes"], json!(["operator.admin"]));
    let pairing = talk.call("device.pair.list", json!({})).await.unwrap_err();
    assert_eq!(pairing["details"]["missingScope"], "operator.pairing");
    assert_eq!(talk.call("no.such", json!({})).await.unwrap_err()["message"], "unknown method: no.such");
    assert_eq!(talk.call("health", json!({})).await.unwrap()["ok"], true);
}

#[tokio::test]
async fn its_sessions_fit_the_real_clock_and_it_can_be_suspended() {
    let rig = ready(SCENARIO).await;
    let mut talk = connected(&rig, &["operator.read", "operator.admin"]).await;
    let list = talk.call("sessions.list", json!({})).await.unwrap();
    let by_key = |key: &str| list["sessions"].as_array().unwrap().iter().find(|s| s["key"] == key).unwrap().clone();
    let now = time::OffsetDateTime::now_utc().unix_timestamp() * 1000;
    let ago = |key: &str| now - by_key(key)["lastInteractionAt"].as_i64().unwrap();
    assert!((10_700_000..10_900_000).contains(&ago("agent:main:main")));
    assert!(ago("agent:main:cron:x") < 60_000 && list["hasMore"] == false);
    let lease = talk.call("gateway.suspend.prepare", json!({"requestId": "r"})).await.unwrap();
    assert_eq!(lease["status"], "ready");
    let id = json!({"suspensionId": lease["suspensionId"]});
    talk.call("gateway.suspend.resume", id.clone()).await.unwrap();
    assert!(talk.call("gateway.suspend.resume", id).await.is_err());
}

#[tokio::test]
async fn a_busy_one_is_not_suspended_and_no_other_port_opens() {
    let rig = ready("[timings]\nstage = \"0s\"\n[every_machine]\nbusy = true\n").await;
    let mut talk = connected(&rig, &["operator.admin"]).await;
    let lease = talk.call("gateway.suspend.prepare", json!({"requestId": "r"})).await.unwrap();
    assert_eq!(lease["status"], "busy");
    let client = rig.login().await;
    assert!(client.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 1).await.is_err());
    assert!(client.channel_open_direct_tcpip("169.254.169.254", 18789, "127.0.0.1", 1).await.is_err());
    rig.machine.power_off();
}
