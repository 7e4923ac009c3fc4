//! `assets/care/verify.sh`, answered from the machine's state; the answers' form was recorded from OpenClaw 2026.9.6.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use time::OffsetDateTime;

use super::Output;
use crate::sim::machine::{
    disk::{GATEWAY_USER, SETUP_LOG, TOKEN},
    hardware::Hardware,
};

pub fn run(hardware: &Hardware) -> Output {
    let up = hardware.is_gateway_up();
    let log = hardware.disk.read(SETUP_LOG, GATEWAY_USER).map(|file| file.bytes).unwrap_or_default();
    let log = String::from_utf8_lossy(&log).into_owned();
    let stage = log.lines().rfind(|line| line.starts_with("claw-stage ")).unwrap_or_default();
    let done = |stage: &str| hardware.progress().done.iter().any(|d| d == stage);
    let (node, openclaw) = (done("node"), done("openclaw"));
    let version = hardware.gateway.version();
    let now = OffsetDateTime::now_utc();
    let mut said = Said::default();
    said.add("clock", 0, &format!("{}.{:09}", now.unix_timestamp(), now.nanosecond()));
    said.add("time-sync", 0, "yes");
    said.json("cloud-init", 0, &json!({"errors": [], "extended_status": "done", "status": "done"}));
    said.add("bootstrap", 0, stage);
    let state = if up { "active\nSubState=running" } else { "inactive\nSubState=dead" };
    said.add("service", 0, &format!("NRestarts=0\nActiveState={state}"));
    let listens = "LISTEN 0 511 127.0.0.1:18789 0.0.0.0:*\nLISTEN 0 511 [::1]:18789 [::]:*";
    said.add("listen", 0, if up { listens } else { "" });
    said.add(
        "disk",
        0,
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 30298176 5062172 25219620 17% /",
    );
    said.add("node", if node { 0 } else { 127 }, if node { "v24.21.0" } else { "" });
    let of_openclaw = |code: u32| if openclaw { code } else { 127 };
    said.add(
        "openclaw",
        of_openclaw(0),
        &if openclaw { format!("OpenClaw {version} (eb377ac)") } else { String::new() },
    );
    if openclaw {
        let closed = json!({"type": "gateway_transport_error", "kind": "closed", "message": "gateway closed"});
        let health = if up { hardware.gateway.health() } else { json!({"ok": false, "error": closed}) };
        said.json("health", u32::from(!up), &health);
        said.json("security", 0, &security());
        said.json(
            "secrets",
            0,
            &json!({"version": 1, "status": "clean",
            "resolution": {"refsChecked": 1, "skippedExecRefs": 0, "resolvabilityComplete": true},
            "summary": {"plaintextCount": 0, "unresolvedRefCount": 0, "shadowedRefCount": 0}, "findings": []}),
        );
        said.json(
            "update",
            0,
            &json!({"update": {"registry": {"latestVersion": version, "tag": "latest"}},
            "availability": {"available": false, "latestVersion": null}}),
        );
    } else {
        for check in ["health", "security", "secrets", "update"] {
            said.add(check, 127, "");
        }
    }
    let has_secrets = hardware.disk.read(TOKEN, GATEWAY_USER).is_ok();
    said.add("plaintext", if has_secrets { 0 } else { 3 }, "");
    said.add("packages", 0, "");
    said.add("end", 0, "");
    Output::ok(said.0)
}

#[derive(Default)]
struct Said(String);

impl Said {
    fn add(&mut self, check: &str, code: u32, out: &str) {
        self.0 += &json!({"check": check, "code": code, "out": STANDARD.encode(out)}).to_string();
        self.0.push('\n');
    }

    fn json(&mut self, check: &str, code: u32, out: &serde_json::Value) {
        self.add(check, code, &out.to_string());
    }
}

/// A gateway behind nothing, whose token is a SecretRef.
fn security() -> serde_json::Value {
    json!({"summary": {"critical": 0, "warn": 2, "info": 0}, "findings": [
        {"checkId": "gateway.trusted_proxies_missing", "severity": "warn", "title": "Reverse proxy headers are not trusted",
            "detail": "gateway.bind is loopback and gateway.trustedProxies is empty."},
        {"checkId": "gateway.probe_failed", "severity": "warn", "title": "Gateway probe failed (deep)",
            "detail": "missing scope: operator.read"},
    ], "secretDiagnostics": []})
}
