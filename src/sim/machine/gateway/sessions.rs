//! Sessions and jobs of a gateway: a person's, and one of its own cron that must not pass for a person.

use serde_json::{Value, json};

use crate::sim::scenario::JobScript;

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

/// Answer of `cron.list`: one page, since nobody has more jobs than that.
pub fn jobs(scripts: &[JobScript], since_ms: i64) -> Value {
    let due = |script: &JobScript| since_ms + i64::try_from(script.due.as_millis()).unwrap_or(i64::MAX / 2);
    let jobs: Vec<Value> = scripts
        .iter()
        .enumerate()
        .map(|(n, script)| {
            json!({"id": format!("job-{n}"), "name": script.name, "enabled": true,
                "schedule": {"kind": "cron", "expr": "0 3 * * *"}, "sessionTarget": "isolated", "wakeMode": "now",
                "payload": {"kind": "agentTurn"}, "state": {"nextRunAtMs": due(script)}})
        })
        .collect();
    json!({"total": jobs.len(), "offset": 0, "limit": 50, "hasMore": false, "nextOffset": null, "jobs": jobs})
}
