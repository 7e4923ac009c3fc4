//! Is anybody using this machine? A verdict with its reasons in words.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

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

impl IdleState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::InUse => "in use",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub state: IdleState,
    /// E.g. "idle 3 h 12 min: no session since 09:14, no device connected, no login".
    pub reason: String,
}

impl Verdict {
    fn new(state: IdleState, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }

    pub fn off() -> Self {
        Self::new(IdleState::Off, "off: not running")
    }

    /// The machine could not be asked; `why` says what went wrong.
    pub fn unknown(why: &str) -> Self {
        Self::new(IdleState::Unknown, format!("unknown: {why}"))
    }
}

/// A duration as people say it: `3 h 12 min`, `4 min`, `20 s`.
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.whole_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

fn clock(at: OffsetDateTime) -> String {
    format!("{:02}:{:02} UTC", at.hour(), at.minute())
}

/// Idle when no person did anything for `after`. `activity` is `None` when the machine could not be asked.
pub fn verdict(after: std::time::Duration, activity: Option<&Activity>, now: OffsetDateTime) -> Verdict {
    let Some(activity) = activity else {
        return Verdict::unknown("the machine could not be asked");
    };
    if activity.devices_connected > 0 || activity.logins > 0 {
        return Verdict::new(IdleState::InUse, present(activity));
    }
    let acts = [activity.last_interaction, activity.last_device_seen];
    let Some(last) = acts.into_iter().flatten().chain(activity.up_since).max() else {
        return Verdict::unknown("neither a session nor the time of the last start is known");
    };
    // Without the time of the last start, an old session may belong to an earlier boot.
    if activity.up_since.is_none() {
        return Verdict::unknown("the time of the last start is not known");
    }
    let quiet = (now - last).max(Duration::ZERO);
    let limit = Duration::try_from(after).unwrap_or(Duration::MAX);
    if quiet < limit {
        return Verdict::new(IdleState::InUse, recent(activity, last, quiet, limit - quiet));
    }
    let session = match activity.last_interaction {
        Some(at) => format!("no session since {}", clock(at)),
        None => "no session yet".to_owned(),
    };
    Verdict::new(IdleState::Idle, format!("idle {}: {session}, no device connected, no login", in_words(quiet)))
}

fn present(activity: &Activity) -> String {
    let mut reasons = Vec::new();
    match activity.devices_connected {
        0 => {}
        1 => reasons.push("a device is connected".to_owned()),
        n => reasons.push(format!("{n} devices are connected")),
    }
    match activity.logins {
        0 => {}
        1 => reasons.push("somebody is logged in".to_owned()),
        n => reasons.push(format!("{n} people are logged in")),
    }
    format!("in use: {}", reasons.join(", "))
}

fn recent(activity: &Activity, last: OffsetDateTime, quiet: Duration, left: Duration) -> String {
    let what = if Some(last) == activity.last_interaction {
        "last session"
    } else if Some(last) == activity.last_device_seen {
        "a device was seen"
    } else {
        "started"
    };
    format!("in use: {what} {} ago, idle in {}", in_words(quiet), in_words(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:26 UTC);
    const AFTER: std::time::Duration = std::time::Duration::from_secs(7_200);

    fn up(hours: i64) -> Activity {
        Activity { up_since: Some(NOW - Duration::hours(hours)), ..Activity::default() }
    }

    #[test]
    fn the_reasons_are_words() {
        let activity = Activity { last_interaction: Some(datetime!(2026-11-21 09:14 UTC)), ..up(9) };
        let verdict = verdict(AFTER, Some(&activity), NOW);
        assert_eq!(verdict.state, IdleState::Idle);
        assert_eq!(verdict.reason, "idle 3 h 12 min: no session since 09:14 UTC, no device connected, no login");
    }

    #[test]
    fn unknown_is_never_idle() {
        assert_eq!(verdict(AFTER, None, NOW).state, IdleState::Unknown);
        assert_eq!(verdict(AFTER, Some(&Activity::default()), NOW).state, IdleState::Unknown);
        let no_start = Activity { last_interaction: Some(NOW - Duration::hours(9)), ..Activity::default() };
        assert_eq!(verdict(AFTER, Some(&no_start), NOW).state, IdleState::Unknown);
    }

    #[test]
    fn presence_and_a_recent_start_count_as_use() {
        for activity in [
            Activity { devices_connected: 1, ..up(9) },
            Activity { logins: 2, ..up(9) },
            Activity { last_device_seen: Some(NOW - Duration::minutes(5)), ..up(9) },
            up(1),
        ] {
            assert_eq!(verdict(AFTER, Some(&activity), NOW).state, IdleState::InUse, "{activity:?}");
        }
        assert_eq!(verdict(AFTER, Some(&up(3)), NOW).state, IdleState::Idle);
    }

    #[test]
    fn a_clock_that_stepped_back_makes_nobody_idle() {
        let future = Activity { last_interaction: Some(NOW + Duration::hours(5)), ..up(9) };
        assert_eq!(verdict(AFTER, Some(&future), NOW).state, IdleState::InUse);
    }
}
