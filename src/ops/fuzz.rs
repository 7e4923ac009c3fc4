//! What gateways and logs say, as bytes (`crate::fuzz`).

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{gateway, seam::Follower, text};
use crate::fleet::{
    gateway_log,
    idle::{self, Activity, policy::IdleSettings},
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
    for ahead_seconds in [0, 86_400, -86_400, i64::MAX, i64::MIN] {
        let activity = Activity {
            last_interaction: entries.iter().filter_map(|e| gateway::time_of(e.get("lastInteractionAt"))).max(),
            last_device_seen: paired.iter().filter_map(|device| device.last_seen).max(),
            last_login: None,
            devices_connected: 0,
            logins: 0,
            up_since: Some(NOW - Duration::days(1)),
            ahead_seconds,
            jobs: jobs.clone(),
        };
        let verdict = idle::verdict(&IdleSettings::default(), Some(&activity), NOW);
        if verdict.reason.is_empty() {
            return Err("a verdict without a reason".into());
        }
    }
    drop(people);
    Ok(())
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
