//! A real OpenClaw through a real OpenSSH server: its WebSocket, and its command line where no ports are forwarded.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{
    real_gateway::OpenClaw,
    sshd::{Sshd, error},
};
use crate::remote::{Gateway, GatewayError};

/// Stands in for `sudo -n -u openclaw`: the tests' own user is the gateway's, and its files lie elsewhere.
const SUDO: &str = r#"#!/bin/sh
shift 3
for word; do
  shift
  case $word in
    /run/openclaw/secrets/gateway-token) word=$HOME/token ;;
    /home/openclaw/.openclaw/*) word=$OPENCLAW_STATE_DIR/${word#/home/openclaw/.openclaw/} ;;
  esac
  set -- "$@" "$word"
done
case $1 in
  env) shift; while case $1 in *=*) true ;; *) false ;; esac; do shift; done ;;
esac
exec "$@"
"#;

/// An sshd whose sessions find the gateway's command line and `sudo`.
pub fn sshd(gateway: &OpenClaw, more: &str) -> Option<Sshd> {
    Sshd::configured("ed25519", |dir| {
        let bin = dir.join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::write(bin.join("sudo"), SUDO).unwrap();
        std::fs::set_permissions(bin.join("sudo"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let set = |(name, value): (String, String)| match name.as_str() {
            "PATH" => format!(" PATH={}:{value}", bin.display()),
            _ => format!(" {name}={value}"),
        };
        format!("SetEnv{}\n{more}", gateway.environment().into_iter().map(set).collect::<String>())
    })
}

async fn list(gateway: &Gateway) -> Value {
    gateway.call("device.pair.list", json!({})).await.unwrap()
}

fn message(refused: Result<Value, GatewayError>) -> String {
    let Err(GatewayError::Refused { message, .. }) = refused else { panic!("{refused:?}") };
    message
}

/// Everything that is done to a device, the same over either way.
async fn through_its_life(openclaw: &OpenClaw, gateway: &Gateway) {
    let (read, more) = ("operator.read,operator.write", "operator.read,operator.write,operator.admin");
    let asked = openclaw.knock("phone", read);
    assert_eq!((&asked["ok"], &asked["reason"]), (&json!(false), &json!("not-paired")), "{asked}");
    let refused = openclaw.knock("stranger", read);

    let pending = list(gateway).await["pending"].clone();
    let request = pending.as_array().unwrap().iter().find(|p| p["requestId"] == asked["requestId"]).unwrap();
    assert_eq!((&request["deviceId"], &request["displayName"]), (&asked["deviceId"], &json!("phone")));
    assert_eq!(
        (&request["scopes"], &request["isRepair"]),
        (&json!(["operator.read", "operator.write"]), &json!(false))
    );
    assert!(request["ts"].is_i64(), "{request}");

    let answer = gateway.call("device.pair.approve", json!({"requestId": asked["requestId"]})).await.unwrap();
    assert_eq!(answer["requestId"], asked["requestId"], "exactly the one that was asked for");
    assert_eq!(openclaw.knock("phone", read)["ok"], true);
    let again = gateway.call("device.pair.approve", json!({"requestId": asked["requestId"]})).await;
    assert!(!message(again).is_empty());

    let rejected = gateway.call("device.pair.reject", json!({"requestId": refused["requestId"]})).await.unwrap();
    assert_eq!(rejected["deviceId"], refused["deviceId"]);
    let again = gateway.call("device.pair.reject", json!({"requestId": refused["requestId"]})).await;
    assert_eq!(message(again), "unknown requestId");

    let (device, label) = (&asked["deviceId"], "Ann's \"pad\" $(id)");
    let renamed = gateway.call("device.pair.rename", json!({"deviceId": device, "label": label})).await.unwrap();
    assert_eq!(renamed["label"], label);
    let role = json!({"deviceId": device, "role": "operator"});
    let rotated = gateway.call("device.token.rotate", role.clone()).await.unwrap();
    assert_eq!((&rotated["deviceId"], rotated.get("token")), (device, None), "the token is the device's alone");
    let paired = list(gateway).await["paired"][0].clone();
    assert_eq!((&paired["deviceId"], &paired["operatorLabel"]), (device, &json!(label)), "{paired}");

    let upgrade = openclaw.knock("phone", more);
    assert_eq!(upgrade["reason"], "scope-upgrade", "{upgrade}");
    let asks = list(gateway).await["pending"][0].clone();
    assert_eq!((&asks["requestId"], &asks["isRepair"]), (&upgrade["requestId"], &json!(true)));
    gateway.call("device.pair.reject", json!({"requestId": upgrade["requestId"]})).await.unwrap();

    gateway.call("device.token.revoke", role).await.unwrap();
    let paired = list(gateway).await["paired"][0].clone();
    assert!(paired["tokens"][0]["revokedAtMs"].is_i64(), "{paired}");
    assert_eq!(openclaw.knock("phone", read)["reason"], "role-upgrade", "revoked, it has to ask again");
    gateway.call("device.pair.remove", json!({"deviceId": device})).await.unwrap();
    let again = gateway.call("device.pair.remove", json!({"deviceId": device})).await;
    assert_eq!(message(again), "unknown deviceId");
    assert_eq!(list(gateway).await["paired"], json!([]));

    let channels = gateway.call("channels.pairing.list", json!({})).await.unwrap();
    assert_eq!((&channels["accounts"], &channels["requests"]), (&json!([]), &json!([])), "{channels}");
    assert_eq!(gateway.call("health", json!({})).await.unwrap()["ok"], true);
}

#[tokio::test]
async fn devices_over_the_websocket_of_a_real_gateway() {
    let Some(mut openclaw) = OpenClaw::start() else { return };
    let Some(sshd) = sshd(&openclaw, "") else { return };
    let remote = sshd.remote().with_gateway_port(openclaw.port);
    let gateway = remote.gateway(&sshd.target()).await.unwrap();
    assert!(gateway.pushes());
    let mut events = gateway.events();
    let asked = openclaw.knock("watch", "operator.read");
    let pushed = loop {
        let event = events.recv().await.unwrap();
        if event.event == "device.pair.requested" {
            break event.payload;
        }
    };
    assert_eq!(pushed["requestId"], asked["requestId"]);
    gateway.call("device.pair.reject", json!({"requestId": asked["requestId"]})).await.unwrap();
    through_its_life(&openclaw, &gateway).await;

    openclaw.stop();
    gateway.closed().await;
    assert!(gateway.call("health", json!({})).await.is_err());
    let down = error(remote.gateway(&sshd.target()).await);
    assert!(down.message.contains("nothing answers") && down.remedy.is_some(), "{down}");
}

#[tokio::test]
async fn devices_by_the_command_line_where_no_ports_are_forwarded() {
    let Some(mut openclaw) = OpenClaw::start() else { return };
    let Some(sshd) = sshd(&openclaw, "AllowTcpForwarding no\n") else { return };
    let gateway = sshd.remote().gateway(&sshd.target()).await.unwrap();
    assert!(!gateway.pushes());
    through_its_life(&openclaw, &gateway).await;

    openclaw.stop();
    let down = gateway.call("health", json!({})).await;
    assert!(matches!(down, Err(GatewayError::Closed { .. })), "{down:?}");
}
