//! The gateway's config: read with a hash, patched by compare and set (RFC 7396).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::frame::Refusal;

const PATH: &str = "/home/openclaw/.openclaw/openclaw.json";
/// What the gateway shows instead of a secret.
pub const REDACTED: &str = "__OPENCLAW_REDACTED__";
const KNOWN: [&str; 19] = [
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
    "secrets",
    "auth",
];

pub struct Config {
    value: Value,
    salt: [u8; 16],
}

impl Config {
    /// What the bootstrap writes: the member's config under the gateway's own settings.
    pub fn new(member: Option<&Value>) -> Self {
        let mut value = member.filter(|v| v.is_object()).cloned().unwrap_or_else(|| json!({}));
        let auth = json!({"mode": "token", "token": REDACTED});
        merge(&mut value, &json!({"gateway": {"mode": "local", "port": 18789, "bind": "loopback", "auth": auth}}));
        Self { value, salt: rand::random() }
    }

    fn hash(&self) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(self.value.to_string()).finalize();
        format!("hmac-sha256:v1:{}", URL_SAFE_NO_PAD.encode(digest))
    }

    /// Answer of `config.get`, as recorded; source and parsed are the same here.
    pub fn get(&self) -> Value {
        let raw = self.text();
        json!({"path": PATH, "exists": true, "raw": raw, "parsed": self.value, "sourceConfig": self.value,
            "config": self.value, "valid": true, "hash": self.hash(), "issues": [], "warnings": [], "legacyIssues": []})
    }

    /// Answer of `config.patch` and payload of `config.changed`.
    pub fn patch(&mut self, params: &Value, now_ms: i64) -> Result<(Value, Value), Refusal> {
        let text = |name: &str| params.get(name).and_then(Value::as_str);
        let raw = text("raw")
            .ok_or_else(|| Refusal::invalid("invalid config.patch params: at /: must have required property 'raw'"))?;
        if text("baseHash") != Some(self.hash().as_str()) {
            return Err(Refusal::invalid("config changed since last load; re-run config.get and retry"));
        }
        let patch: Value = serde_json::from_str(raw).map_err(|e| Refusal::invalid(&format!("invalid raw: {e}")))?;
        check(&patch)?;
        self.lost(&patch, &params["replacePaths"])?;
        let mut changed = Vec::new();
        changes(&self.value, &patch, "", &mut changed);
        merge(&mut self.value, &patch);
        let hash = self.hash();
        let answer = json!({"ok": true, "path": PATH, "hash": hash, "config": self.value, "changedPaths": changed,
            "sentinel": {"persisted": true, "payload": {"kind": "config-patch", "status": "ok", "ts": now_ms,
                "stats": {"mode": "config.patch", "root": PATH, "requiresRestart": false}}}});
        Ok((answer, json!({"path": PATH, "hash": hash, "ts": now_ms})))
    }

    /// The file as the gateway keeps it.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.value).unwrap_or_default() + "\n"
    }

    /// The file was replaced; an invalid one is skipped.
    pub fn replace(&mut self, text: &[u8]) {
        if let Some(value) = serde_json::from_slice(text).ok().filter(|value| check(value).is_ok()) {
            self.value = value;
        }
    }

    /// Whether something stands at a dotted path.
    pub fn has(&self, path: &str) -> bool {
        self.value.pointer(&format!("/{}", path.replace('.', "/"))).is_some()
    }

    /// Entries go out of a list only where the caller says so.
    fn lost(&self, patch: &Value, named: &Value) -> Result<(), Refusal> {
        let mut paths = Vec::new();
        shrunk(&self.value, patch, "", &mut paths);
        paths.retain(|path| !named.as_array().into_iter().flatten().any(|named| named == path.as_str()));
        if paths.is_empty() {
            return Ok(());
        }
        let message = format!(
            "config.patch would remove entries from array path(s): {}. Pass replacePaths with the exact path(s) when \
             this is intentional, or use config.apply for full-config replacement.",
            paths.join(", ")
        );
        Err(Refusal::invalid(&message))
    }
}

/// The gateway's schema, as far as this one goes: its top level.
pub fn check(config: &Value) -> Result<(), Refusal> {
    let object = config.as_object().ok_or_else(|| Refusal::invalid("config.patch raw must be an object"))?;
    let Some(key) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) else { return Ok(()) };
    let issue = format!("Unrecognized key: \"{key}\"");
    let details = json!({"issues": [{"path": "", "message": issue}]});
    Err(Refusal::invalid(&format!("invalid config: <root>: {issue}")).with(details))
}

/// Dotted paths of the lists that a patch takes entries out of.
fn shrunk(old: &Value, patch: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(patch) = patch else { return };
    for (key, value) in patch {
        let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match (&old[key.as_str()], value) {
            (Value::Array(old), Value::Array(new)) if old.iter().all(|entry| new.contains(entry)) => {}
            (Value::Array(_), _) => found.push(at),
            (old, value) => shrunk(old, value, &at, found),
        }
    }
}

fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        into.clone_from(patch);
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in patch {
        match into.as_object_mut() {
            Some(object) if value.is_null() => {
                object.shift_remove(key);
            }
            Some(object) => merge(object.entry(key.clone()).or_insert(Value::Null), value),
            None => {}
        }
    }
}

/// Dotted paths of the leaves that `patch` makes different.
fn changes(old: &Value, patch: &Value, at: &str, found: &mut Vec<String>) {
    match patch {
        Value::Object(object) => {
            for (key, value) in object {
                let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                changes(&old[key.as_str()], value, &at, found);
            }
        }
        leaf if leaf != old => found.push(at.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_needs_the_current_hash_and_known_keys() {
        let mut config = Config::new(Some(&json!({"agents": {"defaults": {"a": 1}}, "gateway": {"port": 1}})));
        assert_eq!(config.get()["parsed"]["gateway"]["port"], 18789);
        let hash = config.get()["hash"].clone();
        let patch = json!({"raw": r#"{"agents":{"defaults":{"a":null,"b":2}}}"#, "baseHash": hash});
        let (answer, changed) = config.patch(&patch, 7).unwrap();
        assert_eq!(answer["changedPaths"], json!(["agents.defaults.a", "agents.defaults.b"]));
        assert_eq!((&answer["config"]["agents"]["defaults"], &changed["ts"]), (&json!({"b": 2}), &json!(7)));
        assert!(config.patch(&patch, 7).unwrap_err().message.contains("config changed since last load"));
        let odd = json!({"raw": r#"{"nonsense":1}"#, "baseHash": config.get()["hash"]});
        assert_eq!(
            config.patch(&odd, 7).unwrap_err().message,
            "invalid config: <root>: Unrecognized key: \"nonsense\""
        );
    }
}
