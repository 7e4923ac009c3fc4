//! Methods of the gateway that claw's loop calls.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{super::Machine, devices, now_ms};

/// Top-level keys of OpenClaw's config that this gateway takes.
const KNOWN: [&str; 17] = [
    "gateway",
    "agents",
    "models",
    "channels",
    "logging",
    "discovery",
    "update",
    "meta",
    "tools",
    "session",
    "cron",
    "env",
    "skills",
    "plugins",
    "messages",
    "commands",
    "ui",
];

fn refused(message: &str) -> Value {
    json!({"code": "INVALID_REQUEST", "message": message})
}

/// The scope a method needs, if claw might lack it.
fn needed(method: &str) -> &'static str {
    match method {
        "config.patch" | "gateway.suspend.prepare" | "gateway.suspend.resume" => "operator.admin",
        m if m.starts_with("device.pair.") => "operator.pairing",
        _ => "operator.read",
    }
}

pub fn call(machine: &Machine, scopes: &[String], method: &str, params: &Value) -> Result<Value, Value> {
    let scope = needed(method);
    if !scopes.iter().any(|s| s == scope) {
        let details = json!({"code": "MISSING_SCOPE", "missingScope": scope, "requiredScopes": [scope]});
        return Err(json!({"code": "FORBIDDEN", "message": format!("missing scope: {scope}"), "details": details}));
    }
    match method {
        "health" => Ok(json!({"ok": true, "ts": now_ms(), "durationMs": 8, "channels": {}, "agents": []})),
        "device.pair.list" => Ok(devices::list(machine)),
        "device.pair.approve" => devices::decide(machine, params, true),
        "device.pair.reject" => devices::decide(machine, params, false),
        "sessions.list" => Ok(sessions(machine)),
        "config.get" => {
            let config = machine.gateway.state().config.clone();
            Ok(json!({"path": "/home/openclaw/.openclaw/openclaw.json", "exists": true, "raw": config.to_string(),
                "parsed": config, "sourceConfig": config, "hash": hash(&config), "valid": true}))
        }
        "config.patch" => patch(machine, params),
        "gateway.suspend.prepare" => {
            let busy = machine.gateway.state().busy;
            Ok(json!({"status": if busy { "busy" } else { "ready" }, "suspensionId": uuid::Uuid::new_v4().to_string(),
                "expiresAtMs": now_ms() + 120_000, "activeCount": u8::from(busy), "blockers": [], "writeCustody": [],
                "requestId": params["requestId"]}))
        }
        "gateway.suspend.resume" => Ok(json!({"ok": true})),
        other => Err(refused(&format!("unknown method: {other}"))),
    }
}

/// A cron session is always fresh: whoever takes it for a person never finds a machine idle.
fn sessions(machine: &Machine) -> Value {
    let mut sessions =
        vec![json!({"key": "agent:main:cron:heartbeat", "lastInteractionAt": now_ms(), "updatedAt": now_ms()})];
    if let Some(last) = machine.gateway.state().last_interaction {
        sessions.push(json!({"key": "agent:main:main", "lastInteractionAt": last, "updatedAt": now_ms()}));
    }
    json!({"ts": now_ms(), "path": "(multiple)", "count": sessions.len(), "totalCount": sessions.len(),
        "limitApplied": 100, "nextOffset": null, "hasMore": false, "sessions": sessions})
}

fn hash(config: &Value) -> String {
    let digest = Sha256::digest(config.to_string().as_bytes());
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest);
    format!("hmac-sha256:v1:{text}")
}

fn patch(machine: &Machine, params: &Value) -> Result<Value, Value> {
    let patch: Value = serde_json::from_str(params["raw"].as_str().unwrap_or_default())
        .map_err(|e| refused(&format!("invalid config: {e}")))?;
    let config = {
        let mut state = machine.gateway.state();
        if params["baseHash"] != json!(hash(&state.config)) {
            return Err(refused("config changed since last load; re-run config.get and retry"));
        }
        if let Some(unknown) = patch.as_object().and_then(|p| p.keys().find(|k| !KNOWN.contains(&k.as_str()))) {
            let message = format!("Unrecognized key: \"{unknown}\"");
            let mut error = refused(&format!("invalid config: {message}"));
            error["details"] = json!({"issues": [{"path": "", "message": message}]});
            return Err(error);
        }
        merge(&mut state.config, &patch);
        state.config.clone()
    };
    let hash = hash(&config);
    let path = "/home/openclaw/.openclaw/openclaw.json";
    machine.gateway.push("config.changed", json!({"path": path, "hash": hash, "ts": now_ms()}));
    Ok(json!({"ok": true, "path": path, "hash": hash, "config": config, "changedPaths": []}))
}

/// RFC 7396.
pub fn merge(base: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = json!({});
    }
    for (name, value) in fields {
        match (value.is_null(), base.as_object_mut()) {
            (true, Some(base)) => drop(base.shift_remove(name)),
            (false, _) => merge(&mut base[name.as_str()], value),
            _ => {}
        }
    }
}
