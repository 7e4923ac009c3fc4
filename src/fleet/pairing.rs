//! Devices that ask to be paired with a machine's gateway.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A pending device of a gateway (`device.pair.list` → `pending[]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingRequest {
    pub machine: String,
    pub request_id: String,
    pub device_id: String,
    pub display_name: String,
    pub platform: String,
    pub role: String,
    pub scopes: Vec<String>,
    /// What this device may do already; empty for a new one.
    #[serde(default)]
    pub had: Vec<String>,
    pub remote_ip: String,
    /// The device was paired before and asks again.
    pub is_repair: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
}

impl PairingRequest {
    /// When it can't be approved any more. Whatever time the machine said, this is one.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.requested_at.saturating_add(PENDING_LIFETIME)
    }

    /// Scopes that approving adds to what the device had.
    pub fn added(&self) -> Vec<&str> {
        self.scopes.iter().filter(|s| !self.had.contains(s)).map(String::as_str).collect()
    }

    /// The scopes asked for, without the `operator.` that all share; what a known device did not have is marked `+`.
    pub fn asks_for(&self) -> String {
        let added = self.added();
        let shown = self.scopes.iter().map(|scope| {
            let short = scope.trim_start_matches("operator.");
            let is_new = !self.had.is_empty() && added.contains(&scope.as_str());
            if is_new { format!("+{short}") } else { short.to_owned() }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

/// A paired device (`paired[]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairedDevice {
    pub machine: String,
    pub device_id: String,
    pub label: String,
    /// Of its tokens that hold.
    pub scopes: Vec<String>,
    /// Roles whose tokens hold; none once all are revoked.
    #[serde(default)]
    pub roles: Vec<String>,
    pub connected: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen: Option<OffsetDateTime>,
}

/// A pending request expires this long after the device's last try.
pub const PENDING_LIFETIME: time::Duration = time::Duration::minutes(5);

/// Somebody who wants to talk to a machine's agent through a chat channel (`channels.pairing.list` → `requests[]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRequest {
    pub machine: String,
    pub request_id: String,
    /// E.g. `telegram`.
    pub channel: String,
    pub account_id: String,
    pub sender_id: String,
    /// What the channel knows of them beside the id, e.g. `username`. They choose it themselves: the id is who they are.
    #[serde(default)]
    pub sender_metadata: BTreeMap<String, String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub requested_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

impl ChannelRequest {
    /// The id, and what they call themselves.
    pub fn who(&self) -> String {
        let names: Vec<&str> = self.sender_metadata.values().map(String::as_str).collect();
        if names.is_empty() { self.sender_id.clone() } else { format!("{} ({})", self.sender_id, names.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_known_device_gains_is_marked() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let mut request = PairingRequest {
            machine: "m".into(),
            request_id: "r".into(),
            device_id: "d".into(),
            display_name: "phone".into(),
            platform: "ios".into(),
            role: "operator".into(),
            scopes: words(&["operator.read", "operator.admin"]),
            had: words(&["operator.read"]),
            remote_ip: String::new(),
            is_repair: true,
            requested_at: OffsetDateTime::UNIX_EPOCH,
        };
        assert_eq!((request.added(), request.asks_for()), (vec!["operator.admin"], "read +admin".to_owned()));
        request.had.clear();
        assert_eq!(request.asks_for(), "read admin");
    }
}
