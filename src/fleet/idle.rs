//! Is anybody using this machine? A verdict with its reasons in words.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What is known of a person's use of a machine. Heartbeats and cron jobs are not in here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The gateway's latest `lastInteractionAt` outside cron sessions.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_interaction: Option<OffsetDateTime>,
    /// Paired devices connected right now.
    pub devices_connected: usize,
    /// Latest `lastSeenAtMs` of a paired device.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_device_seen: Option<OffsetDateTime>,
    /// People logged in over SSH right now (claw's own sessions excluded).
    pub logins: usize,
    /// When the machine was last started or created: nobody is idle before they could begin.
    #[serde(with = "time::serde::rfc3339::option")]
    pub up_since: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdleState {
    Idle,
    InUse,
    /// Not running: nothing to decide.
    Off,
    /// The machine could not be asked; never a reason to stop it.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub state: IdleState,
    /// E.g. "idle 3 h 12 min: no session since 09:14, no device connected, no login".
    pub reason: String,
}

/// `activity` is `None` when the machine could not be asked.
pub fn verdict(_after: std::time::Duration, _activity: Option<&Activity>, _now: OffsetDateTime) -> Verdict {
    todo!()
}
