//! Microsoft.DevTestLab/schedules: a VM is deallocated every day at its time (azure.md §9).

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    Answer, ArmError, Call, Caller, Reply, routes,
    store::{self, envelope, group_is_writable, insert},
    target::Target,
};
use crate::sim::world::World;

pub const KIND: &str = "microsoft.devtestlab/schedules";
/// The zones that this cloud knows, by Windows' names.
const ZONES: [(&str, &str); 6] = [
    ("UTC", "Etc/UTC"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("GMT Standard Time", "Europe/London"),
    ("Eastern Standard Time", "America/New_York"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("India Standard Time", "Asia/Kolkata"),
];
/// How often the clock is looked at, in its own time.
const TICK: Duration = Duration::from_secs(30);

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", KIND) => store::list(call),
        ("GET", "microsoft.devtestlab/schedules/*") => store::get(call),
        ("PUT", "microsoft.devtestlab/schedules/*") => put(call),
        ("DELETE", "microsoft.devtestlab/schedules/*") => {
            let gone = call.world.state().resources.remove(&call.target.key());
            Ok(Reply::empty(if gone.is_some() { 200 } else { 204 }))
        }
        _ => Err(call.unknown()),
    }
}

fn put(call: &Call) -> Answer {
    let asked = &call.body["properties"];
    let wrong = |message: &str| Err(ArmError::bad("InvalidScheduleRequest", message));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let machine = text(&asked["targetResourceId"]).to_ascii_lowercase();
    let name = machine.rsplit('/').next().unwrap_or_default().to_owned();
    if !call.target.name().eq_ignore_ascii_case(&format!("shutdown-computevm-{name}")) {
        return wrong("The schedule of a virtual machine must be named shutdown-computevm-{vmName}.");
    }
    if asked["taskType"] != "ComputeVmShutdownTask" || minutes(&asked["dailyRecurrence"]["time"]).is_none() {
        return wrong("The task type or the time of the schedule is not valid.");
    }
    if !ZONES.iter().any(|(windows, _)| *windows == text(&asked["timeZoneId"])) {
        return wrong("The time zone is not valid: it must be one of Windows' names.");
    }
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    if !state.resources.contains_key(&machine) {
        return wrong("The target resource of the schedule does not exist.");
    }
    let is_new = !state.resources.contains_key(&call.target.key());
    let mut body = envelope(&call.target, &call.body);
    body["properties"]["provisioningState"] = json!("Succeeded");
    insert(&mut state, &call.target, body.clone());
    Ok(Reply::json(if is_new { 201 } else { 200 }, &body))
}

/// `1930` as minutes of the day.
fn minutes(time: &Value) -> Option<i64> {
    let time = time.as_str().filter(|t| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit()))?;
    let (hour, minute): (i64, i64) = (time[..2].parse().ok()?, time[2..].parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Stops VMs when their time comes; runs as long as it is polled.
pub async fn run(world: &Arc<World>) {
    let mut last = world.clock.now();
    loop {
        tokio::time::sleep(world.clock.real(TICK).max(Duration::from_millis(20))).await;
        let now = world.clock.now();
        for machine in due(world, last, now) {
            let call = stop(world, &machine);
            // One that is busy or gone is left alone until tomorrow.
            let _ = call.map(|call| routes::dispatch(&call));
        }
        last = now;
    }
}

fn due(world: &World, last: OffsetDateTime, now: OffsetDateTime) -> Vec<String> {
    let state = world.state();
    let schedules = state.resources.values().filter(|r| r.kind == KIND && r.body["properties"]["status"] == "Enabled");
    let due = schedules.filter(|r| strikes(&r.body["properties"], last, now).unwrap_or(false));
    due.filter_map(|r| Some(r.body["properties"]["targetResourceId"].as_str()?.to_owned())).collect()
}

/// Whether a clock there showed the time after `last`, until `now`.
fn strikes(schedule: &Value, last: OffsetDateTime, now: OffsetDateTime) -> Option<bool> {
    let wanted = minutes(&schedule["dailyRecurrence"]["time"])?;
    let (_, iana) = ZONES.iter().find(|(windows, _)| schedule["timeZoneId"] == *windows)?;
    let zone = TimeZone::get(iana).ok()?;
    let there = Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone);
    let shown = i64::from(there.hour()) * 3600 + i64::from(there.minute()) * 60 + i64::from(there.second());
    let since = (shown - wanted * 60).rem_euclid(86_400);
    Some(since < (now.unix_timestamp() - last.unix_timestamp()))
}

/// Azure does it by itself, so nobody's rights are asked for.
fn stop(world: &Arc<World>, machine: &str) -> Option<Call> {
    Some(Call {
        world: world.clone(),
        caller: Caller { object_id: String::new(), app_id: String::new() },
        method: "POST".into(),
        target: Target::parse(&format!("{machine}/deallocate"))?,
        query: vec![("api-version".into(), "2024-07-01".into())],
        body: Value::Null,
        if_match: None,
        if_none_match: None,
        is_struck: false,
    })
}
