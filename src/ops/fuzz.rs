//! What gateways and logs say, as bytes (`crate::fuzz`).

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{gateway, seam::Follower, text};
use crate::fleet::{
    gateway_log,
    idle::{self, Activity, IdleState, policy::IdleSettings},
    stage::{Marker, Progress},
    verify::{self, Heard},
};

/// 2026-11-21, when no other time is at hand.
const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

/// Lists of devices, people, jobs and sessions, and what the checks of a machine say.
pub fn gateway(data: &[u8]) -> Result<(), String> {
    let said = String::from_utf8_lossy(data);
    let heard = Heard { stdout: &said, sent: NOW, received: NOW, name: "alice", version: "2026.9.6" };
    let _ = verify::findings(&heard);
    let Ok(answer) = serde_json::from_slice::<Value>(data) else { return Ok(()) };
    let entries = ["pending", "paired", "requests", "jobs", "sessions"].iter();
    let entries: Vec<Value> =
        entries.filter_map(|name| answer.get(*name)?.as_array().cloned()).flatten().chain([answer.clone()]).collect();
    for request in entries.iter().filter_map(|value| gateway::request("claw-alice", value)) {
        let _ = (request.asks_for(), request.added().len(), request.expires_at() - NOW);
    }
    let (paired, people, jobs) = gateway::read_any(&entries);
    let sessions = Value::from_iter([("sessions", Value::from(entries.clone()))]);
    for ahead_seconds in [0, 3_600, 86_400, -86_400, i64::MAX, i64::MIN] {
        // Half an answer is none.
        let Ok(last_interaction) = super::idle::last_interaction(&sessions) else { break };
        let activity = Activity {
            last_interaction,
            last_device_seen: paired.iter().filter_map(|device| device.last_seen).max(),
            last_login: None,
            devices_connected: paired.iter().filter(|device| device.connected).count(),
            logins: 0,
            up_since: Some(NOW - Duration::days(1)),
            ahead_seconds,
            jobs: jobs.clone(),
        };
        let verdict = idle::verdict(&IdleSettings::default(), Some(&activity), NOW);
        if verdict.reason.is_empty() {
            return Err("a verdict without a reason".into());
        }
        if verdict.state == IdleState::Idle && !entries.iter().all(|entry| is_old(entry, ahead_seconds)) {
            return Err(format!("{} though {answer}", verdict.reason));
        }
    }
    drop(people);
    Ok(())
}

/// Whether nothing in an entry of a list can be a sign that somebody was there of late: what it says is known, and old.
fn is_old(entry: &Value, ahead_seconds: i64) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_nothing = |name: &str| entry.get(name).is_none_or(Value::is_null);
    let there = i128::from(NOW.unix_timestamp()) + i128::from(ahead_seconds);
    let after = i128::from(IdleSettings::default().after.as_secs());
    let was = |name: &str| {
        let ms = entry.get(name).and_then(Value::as_i64);
        is_nothing(name) || ms.is_some_and(|ms| there * 1000 - i128::from(ms) >= after * 1000)
    };
    let is_gone = is_nothing("connected") || entry.get("connected") == Some(&Value::Bool(false));
    let device = text("deviceId").is_empty() || (is_gone && was("lastSeenAtMs"));
    device && (text("key").contains(":cron:") || was("lastInteractionAt"))
}

/// A console's text, and the lines of a file that goes on from there.
pub fn log(console: &str, file: &[String]) -> Result<(), String> {
    let mut follower = Follower::default();
    let half = (0..=console.len() / 2).rev().find(|at| console.is_char_boundary(*at)).unwrap_or_default();
    let _ = follower.console_lines(&console[..half]);
    let _ = follower.console_lines(console);
    let mut progress = Progress::default();
    for line in file {
        let _ = (follower.is_new(line), gateway_log::readable(line));
        if let Some(marker) = Marker::parse(line) {
            progress.push(marker);
        }
        let shown = text::harmless(line);
        if shown.chars().any(char::is_control) {
            return Err(format!("it could steer a terminal: {shown:?}"));
        }
        let value = Value::from(line.as_str());
        if serde_json::from_str::<Value>(&text::harmless_json(&value.to_string())).ok() != Some(value) {
            return Err(format!("JSON says something else than {line:?}"));
        }
    }
    let (eta, fraction) = (progress.eta(NOW), progress.fraction(NOW));
    let is_known = (0.0..=1.0).contains(&fraction) && eta.is_none_or(|eta| eta >= Duration::ZERO);
    if !is_known || progress.markers.len() > 24 {
        return Err(format!("{fraction} done, {eta:?} left, {} markers", progress.markers.len()));
    }
    Ok(())
}
