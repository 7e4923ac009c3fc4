//! Is anybody using this machine, and may it be switched off? A verdict with its reasons in words.

mod hours;
#[cfg(test)]
mod hours_tests;
#[cfg(test)]
mod month;
pub mod nightly;
pub mod policy;
mod windows;
pub mod zone;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use policy::{IdleSettings, Jobs};

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
    /// When somebody last logged in or out at a terminal.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub last_login: Option<OffsetDateTime>,
    /// When the machine was last started or created: nobody is idle before they could begin.
    #[serde(with = "time::serde::rfc3339::option")]
    pub up_since: Option<OffsetDateTime>,
    /// How far the machine's clock is ahead of ours, in seconds; its times above are by its own clock.
    #[serde(default)]
    pub ahead_seconds: i64,
    /// The gateway's jobs that are switched on, with their next time.
    #[serde(default)]
    pub jobs: Vec<Job>,
}

/// A job of the gateway's own (`cron.list`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub due: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdleState {
    Idle,
    InUse,
    /// Nobody uses it, and the policy keeps it on all the same.
    Kept,
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
            Self::Kept => "kept on",
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

/// More than this is no clock that is off but one that shows something else.
const ODD_CLOCK: u64 = 24 * 3600;

/// Idle when no person did anything for as long as the policy says, unless the policy keeps the machine on.
/// `activity` is `None` when the machine could not be asked.
pub fn verdict(policy: &IdleSettings, activity: Option<&Activity>, now: OffsetDateTime) -> Verdict {
    let Some(activity) = activity else {
        return Verdict::unknown("the machine could not be asked");
    };
    if policy.unreadable {
        return Verdict::unknown("`idle` in team.json can't be read");
    }
    if activity.devices_connected > 0 || activity.logins > 0 {
        return Verdict::new(IdleState::InUse, present(activity));
    }
    if activity.ahead_seconds.unsigned_abs() > ODD_CLOCK {
        return Verdict::unknown("its clock is off by more than a day");
    }
    // All that follows is by our own clock.
    let ahead = Duration::seconds(activity.ahead_seconds);
    let there = now.saturating_add(ahead);
    let acts = [activity.last_interaction, activity.last_device_seen, activity.last_login];
    let Some(last) = acts.into_iter().flatten().chain(activity.up_since).max() else {
        return Verdict::unknown("neither a session nor the time of the last start is known");
    };
    // Without the time of the last start, an old session may belong to an earlier boot.
    if activity.up_since.is_none() {
        return Verdict::unknown("the time of the last start is not known");
    }
    let quiet = (there - last).max(Duration::ZERO);
    let limit = Duration::try_from(policy.after).unwrap_or(Duration::MAX);
    if quiet < limit {
        return Verdict::new(IdleState::InUse, recent(activity, last, quiet, limit - quiet));
    }
    if let Some(why) = kept(policy, activity, now) {
        return Verdict::new(IdleState::Kept, format!("on, though idle {}: {why}", in_words(quiet)));
    }
    let ours = |at: OffsetDateTime| at.saturating_sub(ahead);
    let session = match activity.last_interaction {
        Some(at) => format!("no session since {}", policy.time_zone.clock(ours(at), now)),
        None => "no session yet".to_owned(),
    };
    let job = next_job(activity, now).map(|job| format!("; next job {}", policy.time_zone.clock(job.due, now)));
    let job = job.unwrap_or_default();
    Verdict::new(IdleState::Idle, format!("idle {}: {session}, no device connected, no login{job}", in_words(quiet)))
}

/// The job that is due first. One that is due already may run this moment.
fn next_job(activity: &Activity, now: OffsetDateTime) -> Option<Job> {
    // A machine may name any time there is.
    let ahead = Duration::seconds(activity.ahead_seconds);
    let ours = |job: &Job| Job { due: job.due.saturating_sub(ahead), ..job.clone() };
    let recent = now - Duration::minutes(15);
    activity.jobs.iter().map(ours).filter(|job| job.due > recent).min_by_key(|job| job.due)
}

/// Why the policy keeps a machine on that nobody uses.
fn kept(policy: &IdleSettings, activity: &Activity, now: OffsetDateTime) -> Option<String> {
    let clock = |at| policy.time_zone.clock(at, now);
    if let Some(until) = policy.awake_until(now) {
        return Some(format!("kept awake until {}", clock(until)));
    }
    if let Some(until) = policy.working_until(now) {
        return Some(format!("working hours until {}", clock(until)));
    }
    let job = next_job(activity, now).filter(|_| policy.jobs == Jobs::Keep)?;
    (job.due < policy.wanted_again(now)).then(|| format!("its job {} is due at {}", job.name, clock(job.due)))
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
    } else if Some(last) == activity.last_login {
        "last login ended"
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

    fn policy(json: &str) -> IdleSettings {
        serde_json::from_str(json).unwrap()
    }

    fn verdict(activity: Option<&Activity>, now: OffsetDateTime) -> Verdict {
        super::verdict(&IdleSettings::default(), activity, now)
    }

    fn up(hours: i64) -> Activity {
        Activity { up_since: Some(NOW - Duration::hours(hours)), ..Activity::default() }
    }

    #[test]
    fn the_reasons_are_words() {
        let activity = Activity { last_interaction: Some(datetime!(2026-11-21 09:14 UTC)), ..up(9) };
        let verdict = verdict(Some(&activity), NOW);
        assert_eq!(verdict.state, IdleState::Idle);
        assert_eq!(verdict.reason, "idle 3 h 12 min: no session since 09:14 UTC, no device connected, no login");
    }

    #[test]
    fn unknown_is_never_idle() {
        assert_eq!(verdict(None, NOW).state, IdleState::Unknown);
        assert_eq!(verdict(Some(&Activity::default()), NOW).state, IdleState::Unknown);
        let no_start = Activity { last_interaction: Some(NOW - Duration::hours(9)), ..Activity::default() };
        assert_eq!(verdict(Some(&no_start), NOW).state, IdleState::Unknown);
    }

    #[test]
    fn presence_and_a_recent_start_count_as_use() {
        for activity in [
            Activity { devices_connected: 1, ..up(9) },
            Activity { logins: 2, ..up(9) },
            Activity { last_device_seen: Some(NOW - Duration::minutes(5)), ..up(9) },
            up(1),
        ] {
            assert_eq!(verdict(Some(&activity), NOW).state, IdleState::InUse, "{activity:?}");
        }
        assert_eq!(verdict(Some(&up(3)), NOW).state, IdleState::Idle);
    }

    #[test]
    fn a_clock_that_stepped_back_makes_nobody_idle() {
        let future = Activity { last_interaction: Some(NOW + Duration::hours(5)), ..up(9) };
        assert_eq!(verdict(Some(&future), NOW).state, IdleState::InUse);
    }

    #[test]
    fn what_keeps_an_idle_machine_on_is_said() {
        let job = |due| vec![Job { name: "digest".into(), due }];
        let sunday = datetime!(2026-11-22 12:26 UTC);
        let nine = |now| Activity { up_since: Some(now - Duration::hours(9)), ..Activity::default() };
        let with = |jobs| Activity { jobs, ..nine(NOW) };
        let berlin =
            r#"{"timeZone": "Europe/Berlin", "workingHours": "08:00-18:00", "daysOff": ["sun", "2026-12-25"]}"#;
        for (json, activity, now, says) in [
            (berlin, nine(NOW), NOW, "on, though idle 9 h 0 min: working hours until 18:00 CET"),
            (berlin, nine(sunday), sunday, "idle 9 h 0 min: no session yet, no device connected, no login"),
            (
                r#"{"keepAwakeUntil": "2026-11-23T08:00"}"#,
                nine(NOW),
                NOW,
                "on, though idle 9 h 0 min: kept awake until Mon 2026-11-23 08:00 UTC",
            ),
            (
                "{}",
                with(job(datetime!(2026-11-22 03:00 UTC))),
                NOW,
                "its job digest is due at Sun 2026-11-22 03:00 UTC",
            ),
            ("{}", with(job(datetime!(2026-11-23 15:00 UTC))), NOW, "no login; next job Mon 2026-11-23 15:00 UTC"),
            (r#"{"jobs": "ignore"}"#, with(job(datetime!(2026-11-21 13:00 UTC))), NOW, "no login; next job 13:00 UTC"),
        ] {
            let verdict = super::verdict(&policy(json), Some(&activity), now);
            assert!(verdict.reason.ends_with(says), "{json}: {}", verdict.reason);
        }
    }

    #[test]
    fn a_machine_whose_clock_is_behind_is_judged_by_ours() {
        let behind = Activity { last_interaction: Some(NOW - Duration::hours(3)), ahead_seconds: -3 * 3600, ..up(20) };
        assert_eq!(verdict(Some(&behind), NOW).state, IdleState::InUse);
        let odd = Activity { ahead_seconds: 90_000, ..up(20) };
        assert_eq!(verdict(Some(&odd), NOW).state, IdleState::Unknown);
    }
}
