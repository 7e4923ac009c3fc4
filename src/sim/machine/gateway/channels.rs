//! People who write to an agent through a chat channel and are not known yet.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::frame::{Params, Refusal};
use crate::sim::scenario::ChannelScript;

/// `CHANNEL_PAIRING_PENDING_TTL_MS` of the real one.
const LIFETIME_MS: i64 = 3_600_000;
const ACCOUNT: &str = "default";

#[derive(Default)]
pub struct Channels {
    /// Channels that are set up; each has one account.
    known: Vec<String>,
    requests: Vec<(i64, Value)>,
}

fn at(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    time.ok().and_then(|t| t.format(&Rfc3339).ok()).unwrap_or_default()
}

impl Channels {
    /// Somebody writes for the first time.
    pub fn ask(&mut self, script: &ChannelScript, now: i64) {
        if !self.known.contains(&script.channel) {
            self.known.push(script.channel.clone());
        }
        let mut request = json!({"requestId": uuid::Uuid::new_v4().to_string(), "channel": script.channel,
            "channelLabel": script.channel, "accountId": ACCOUNT, "senderId": script.sender, "senderLabel": "userId",
            "createdAt": at(now), "lastSeenAt": at(now), "expiresAt": at(now + LIFETIME_MS), "notifySupported": true});
        // Left out where there is none, as OpenClaw does.
        if !script.metadata.is_empty() {
            request["metadata"] = json!(script.metadata);
        }
        self.requests.push((now, request));
    }

    /// Answer of `channels.pairing.list`.
    pub fn list(&mut self, params: &Value, now: i64) -> Result<Value, Refusal> {
        self.requests.retain(|(asked, _)| asked + LIFETIME_MS > now);
        let only = params["channel"].as_str();
        if let Some(channel) = only.filter(|c| !self.known.iter().any(|k| k == c)) {
            return Err(Refusal::invalid(&format!("Error: unknown pairing channel: {channel}")));
        }
        let shown = |channel: &str| only.is_none_or(|only| only == channel);
        let accounts = self.known.iter().filter(|c| shown(c));
        let accounts = accounts.map(|c| json!({"channel": c, "accountId": ACCOUNT, "notifySupported": true}));
        let requests = self.requests.iter().map(|(_, request)| request);
        let requests: Vec<_> = requests.filter(|r| r["channel"].as_str().is_some_and(shown)).collect();
        Ok(json!({"accounts": accounts.collect::<Vec<_>>(), "requests": requests, "commandOwnerConfigured": false,
            "limits": {"pendingPerAccount": 3, "ttlMs": LIFETIME_MS}}))
    }

    /// Answer of `channels.pairing.approve` or `dismiss`.
    pub fn decide(&mut self, method: &str, params: &Value, now: i64) -> Result<Value, Refusal> {
        self.requests.retain(|(asked, _)| asked + LIFETIME_MS > now);
        let text = |name: &str| params.text(method, name);
        let (channel, account, id) = (text("channel")?, text("accountId")?, text("requestId")?);
        if account != ACCOUNT || !self.known.iter().any(|known| known == channel) {
            let message = format!("channel account does not use DM pairing: {channel}:{account}");
            return Err(Refusal::invalid(&message));
        }
        let at = self.requests.iter().position(|(_, r)| r["requestId"] == id && r["channel"] == channel);
        let at = at.ok_or_else(|| Refusal::invalid("pending DM access request no longer exists"))?;
        let (_, request) = self.requests.remove(at);
        let mut answer = json!({"requestId": id, "senderId": request["senderId"]});
        if method == "channels.pairing.approve" {
            answer["notification"] = json!("not-requested");
            answer["commandOwnerBootstrap"] = json!("not-requested");
        }
        Ok(answer)
    }
}
