//! Devices that ask to be paired with a machine's gateway.

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
    pub remote_ip: String,
    /// The device was paired before and asks again.
    pub is_repair: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
}

/// A paired device (`paired[]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairedDevice {
    pub machine: String,
    pub device_id: String,
    pub label: String,
    pub scopes: Vec<String>,
    pub connected: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen: Option<OffsetDateTime>,
}

/// A pending request expires this long after the device's last try.
pub const PENDING_LIFETIME: time::Duration = time::Duration::minutes(5);
