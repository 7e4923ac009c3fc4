//! What the gateway says, read tolerantly (recorded from OpenClaw 2026.9.6).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{OpsError, Session};
use crate::{
    fleet::{
        idle::Job,
        instance::Instance,
        pairing::{ChannelRequest, PairedDevice, PairingRequest},
    },
    remote::Gateway,
};

/// How long one machine may keep an operation over the whole fleet waiting.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// A gateway with more pages of jobs than this is going in circles.
const MOST_PAGES: usize = 100;

/// Of what a person on a channel says of themselves: entries, and characters of each.
const MOST_METADATA: usize = 8;
const LONGEST_METADATA: usize = 64;

/// Connects to a machine's gateway.
pub async fn connect(session: &Session, instance: &Instance) -> Result<Gateway, OpsError> {
    let target = session.target(instance)?;
    let connecting = session.remote().gateway(&target);
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(gateway) => Ok(gateway?),
        Err(_) => Err(OpsError::failed(format!("the gateway of {} does not answer", instance.name))),
    }
}

/// Milliseconds since 1970, as the gateway counts.
pub fn time_of(ms: Option<&Value>) -> Option<OffsetDateTime> {
    let ms = ms?.as_i64()?;
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(ms))
}

/// The same where nothing and a time that can't be read are not the same.
pub fn read_time(ms: Option<&Value>) -> Result<Option<OffsetDateTime>, OpsError> {
    match ms {
        None | Some(Value::Null) => Ok(None),
        some => time_of(some).map(Some).ok_or_else(|| OpsError::failed("its gateway tells a time that can't be read")),
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// One entry of `pending[]`, or the payload of `device.pair.requested`. Without an id it is no request.
pub fn request(machine: &str, value: &Value) -> Option<PairingRequest> {
    let request_id = text(value, "requestId");
    (!request_id.is_empty()).then(|| PairingRequest {
        machine: machine.to_owned(),
        request_id,
        device_id: text(value, "deviceId"),
        display_name: text(value, "displayName"),
        platform: text(value, "platform"),
        role: text(value, "role"),
        scopes: strings(value.get("scopes")),
        had: Vec::new(),
        remote_ip: text(value, "remoteIp"),
        is_repair: value.get("isRepair").and_then(Value::as_bool).unwrap_or_default(),
        requested_at: time_of(value.get("ts")).unwrap_or(OffsetDateTime::UNIX_EPOCH),
    })
}

/// `None` for what has no device ID. A revoked token stays in the list, with the time of it. Where nobody can read
/// whether or when it was there, it counts as there: its machine must not look idle.
fn paired(machine: &str, value: &Value) -> Option<PairedDevice> {
    let label = [text(value, "operatorLabel"), text(value, "displayName")].into_iter().find(|l| !l.is_empty());
    let device_id = text(value, "deviceId");
    let tokens = value.get("tokens").and_then(Value::as_array).into_iter().flatten();
    let hold: Vec<_> = tokens.filter(|token| token.get("revokedAtMs").is_none_or(Value::is_null)).collect();
    let mut scopes: Vec<String> = hold.iter().flat_map(|token| strings(token.get("scopes"))).collect();
    scopes.sort();
    scopes.dedup();
    (!device_id.is_empty()).then(|| PairedDevice {
        machine: machine.to_owned(),
        label: label.unwrap_or_else(|| device_id.chars().take(12).collect()),
        device_id,
        scopes,
        roles: hold.iter().map(|token| text(token, "role")).collect(),
        connected: !matches!(value.get("connected"), None | Some(Value::Null | Value::Bool(false)))
            || read_time(value.get("lastSeenAtMs")).is_err(),
        last_seen: time_of(value.get("lastSeenAtMs")),
    })
}

/// All devices of a machine; requests that have expired at `now` are left out.
pub async fn devices(
    gateway: &Gateway,
    machine: &str,
    now: OffsetDateTime,
) -> Result<(Vec<PairingRequest>, Vec<PairedDevice>), OpsError> {
    let answer = gateway.call("device.pair.list", json!({})).await?;
    let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let paired: Vec<_> = list("paired").iter().filter_map(|v| paired(machine, v)).collect();
    let mut pending: Vec<_> = list("pending").iter().filter_map(|v| request(machine, v)).collect();
    pending.retain(|p| p.expires_at() > now);
    pending.sort_by_key(|p| p.requested_at);
    for request in &mut pending {
        let known = paired.iter().find(|d| d.device_id == request.device_id);
        request.had = known.map(|d| d.scopes.clone()).unwrap_or_default();
    }
    Ok((pending, paired))
}

/// The jobs that are switched on, with their next time, by the gateway's clock.
pub async fn jobs(gateway: &Gateway) -> Result<Vec<Job>, OpsError> {
    let (mut jobs, mut offset) = (Vec::new(), json!(null));
    for _ in 0..MOST_PAGES {
        let asked = if offset.is_null() { json!({}) } else { json!({"offset": offset}) };
        let answer = gateway.call("cron.list", asked).await?;
        let page = answer.get("jobs").and_then(Value::as_array);
        let page = page.ok_or_else(|| OpsError::failed("its gateway lists no jobs"))?;
        jobs.extend(page.iter().filter_map(job));
        if answer.get("hasMore").and_then(Value::as_bool) != Some(true) {
            return Ok(jobs);
        }
        offset = answer.get("nextOffset").cloned().unwrap_or_default();
    }
    Err(OpsError::failed("its gateway's list of jobs has no end"))
}

/// For `ops::fuzz`: each entry as everything that it could be.
pub(super) fn read_any(entries: &[Value]) -> (Vec<PairedDevice>, Vec<ChannelRequest>, Vec<Job>) {
    let each = || entries.iter();
    let paired = each().filter_map(|entry| paired("claw-alice", entry)).collect();
    let people = each().filter_map(|entry| channel_request("claw-alice", entry)).collect();
    (paired, people, each().filter_map(job).collect())
}

fn job(value: &Value) -> Option<Job> {
    let due = time_of(value.get("state")?.get("nextRunAtMs"))?;
    let is_on = value.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    is_on.then(|| Job { name: text(value, "name"), due })
}

/// Who asks to talk to the machine's agent through its channels; expired requests are left out.
pub async fn channel_requests(
    gateway: &Gateway,
    machine: &str,
    now: OffsetDateTime,
) -> Result<Vec<ChannelRequest>, OpsError> {
    let answer = gateway.call("channels.pairing.list", json!({})).await?;
    let list = answer.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut requests: Vec<_> = list.iter().filter_map(|v| channel_request(machine, v)).collect();
    requests.retain(|r| r.expires_at.is_none_or(|at| at > now));
    Ok(requests)
}

/// What a person says of themselves can be of any length.
fn metadata(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let value: String = value.as_str()?.chars().take(LONGEST_METADATA).collect();
        Some((name.chars().take(LONGEST_METADATA).collect(), value))
    });
    entries.take(MOST_METADATA).collect()
}

fn channel_request(machine: &str, value: &Value) -> Option<ChannelRequest> {
    let time = |name: &str| OffsetDateTime::parse(&text(value, name), &Rfc3339).ok();
    let request_id = text(value, "requestId");
    (!request_id.is_empty()).then(|| ChannelRequest {
        machine: machine.to_owned(),
        request_id,
        channel: text(value, "channel"),
        account_id: text(value, "accountId"),
        sender_id: text(value, "senderId"),
        sender_metadata: metadata(&value["metadata"]),
        requested_at: time("createdAt"),
        expires_at: time("expiresAt"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_request_is_read() {
        let value = json!({"requestId":"a8c2","deviceId":"6bc6","displayName":"Bob's MacBook","platform":"macos","role":"operator",
            "scopes":["operator.read","operator.write"],"remoteIp":"203.0.113.11","isRepair":false,"ts":1_795_224_647_442_i64,"new":1});
        let request = request("claw-bob", &value).unwrap();
        assert_eq!(request.scopes, ["operator.read", "operator.write"]);
        assert_eq!(request.requested_at.unix_timestamp(), 1_795_224_647);
    }

    #[test]
    fn nonsense_is_no_request_and_no_panic() {
        for value in [json!(null), json!([]), json!({"requestId": 7}), json!({"requestId": ""})] {
            assert_eq!(request("m", &value), None);
        }
        assert_eq!(time_of(Some(&json!(i64::MAX))), None);
        assert_eq!(paired("m", &json!({"deviceId": 1, "tokens": 7})), None);
        assert_eq!(channel_request("m", &json!({"requestId": []})), None);
    }

    #[test]
    fn only_tokens_that_hold_count() {
        let token = |role: &str, scope: &str| json!({"role": role, "scopes": [scope], "createdAtMs": 1});
        let mut device = json!({"deviceId":"3cb7120a13c6","displayName":"Phone","scopes":["operator.read"],
            "tokens":[token("operator","operator.read"), token("node","node.run")]});
        let before = paired("m", &device).unwrap();
        assert_eq!((before.scopes, before.roles.len()), (vec!["node.run".to_owned(), "operator.read".to_owned()], 2));
        device["tokens"][0]["revokedAtMs"] = json!(2);
        assert_eq!(paired("m", &device).unwrap().roles, ["node"]);
    }
}
