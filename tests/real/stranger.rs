//! A chat channel of the real Ubuntu's: somebody writes to its bot, and claw lets them in.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    cloud::{Answer, Cloud},
    ubuntu::Ubuntu,
};

/// Starts a stand-in for Telegram's service on the machine, to whose bot a stranger writes; the channel's config.
pub fn writes(cloud: &Cloud) -> Value {
    let script = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/telegram.py")).unwrap();
    let start =
        "sudo tee /root/telegram.py >/dev/null && sudo systemd-run -q --unit telegram python3 /root/telegram.py 8443";
    let started = cloud.command(&["ssh", "alice", "--", start]).stdin(script).output().unwrap();
    Answer::new(&["ssh"], started).exits(0);
    let token = json!({"source": "file", "provider": "claw-keys", "id": "/TELEGRAM_BOT_TOKEN"});
    json!({"telegram": {"botToken": token, "apiRoot": "http://127.0.0.1:8443", "dmPolicy": "pairing"}})
}

/// Somebody writes to the machine's bot, OpenClaw makes a pending pairing of it, and claw settles it.
pub fn is_let_in(ubuntu: &Ubuntu) {
    let cloud = &ubuntu.cloud;
    let patience = Instant::now() + Duration::from_secs(240);
    let request = loop {
        let inbox = cloud.claw(&["devices", "channels", "--json"]).exits(0).json();
        if let Some(request) = inbox["requests"].as_array().unwrap().first() {
            break request.clone();
        }
        assert!(Instant::now() < patience, "nobody asks: {inbox}");
    };
    assert_eq!((&request["channel"], &request["sender_id"]), (&json!("telegram"), &json!("4242001")), "{request}");
    let its_own = || ubuntu.on_machine("openclaw pairing list telegram --json | jq -c '[.requests[].id]'");
    assert_eq!(its_own().trim(), r#"["4242001"]"#);
    cloud.claw(&["devices", "channels", "approve", request["request_id"].as_str().unwrap()]).exits(0);
    assert_eq!(its_own().trim(), "[]");
}
