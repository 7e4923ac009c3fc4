//! Sessions of a gateway: a person's, and one of its own cron that must not pass for a person.

use serde_json::{Value, json};

/// `last_ms`: when a person last said something; `None`: never.
pub fn list(last_ms: Option<i64>, now_ms: i64) -> Value {
    let cron = now_ms - 20_000;
    let mut sessions = vec![json!({"key": "agent:main:cron:x", "kind": "cron", "agentId": "main",
        "updatedAt": cron, "lastInteractionAt": cron})];
    if let Some(last) = last_ms {
        sessions.push(json!({"key": "agent:main:main", "kind": "direct", "agentId": "main",
            "updatedAt": last, "lastInteractionAt": last}));
    }
    let count = sessions.len();
    json!({"ts": now_ms, "path": "(multiple)", "count": count, "totalCount": count, "limitApplied": 100,
        "nextOffset": null, "hasMore": false, "owners": [], "sessions": sessions})
}
