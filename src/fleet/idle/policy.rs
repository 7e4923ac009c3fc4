//! When a machine that nobody uses may be switched off.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use super::hours::{Hours, ShutdownAt};
use super::zone::Zone;

/// The `idle` block of team.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IdleSettings {
    /// Without activity for this long, a machine counts as idle. Written like `2h` or `90min`.
    #[serde(with = "humantime_serde")]
    pub after: Duration,
    /// In which the times below are meant; UTC unless said otherwise.
    pub time_zone: Zone,
    /// Machines stay on in these, on every day that is not off. Written like `08:00-18:00`, or `22:00-06:00`.
    pub working_hours: Option<Hours>,
    /// Weekdays (`sat`) and dates (`2026-12-24`) without working hours.
    pub days_off: Vec<DayOff>,
    /// Nothing is switched off before this time, e.g. `2026-12-01T18:00`.
    #[serde(deserialize_with = "local_time")]
    pub keep_awake_until: Option<DateTime>,
    /// What a job of the gateway does that falls due while the machine would be off.
    pub jobs: Jobs,
    /// When Azure itself stops machines every day, whoever uses them.
    pub shutdown_at: ShutdownAt,
    /// The block could not be read, so nobody knows what it was meant to keep on: nothing is switched off then.
    #[serde(skip)]
    pub unreadable: bool,
}

impl Default for IdleSettings {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(2 * 3600),
            time_zone: Zone::default(),
            working_hours: None,
            days_off: Vec::new(),
            keep_awake_until: None,
            jobs: Jobs::default(),
            shutdown_at: ShutdownAt::default(),
            unreadable: false,
        }
    }
}

/// A time as clocks show it in `timeZone`. One with an offset would be read without it.
fn local_time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<DateTime>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    let is_elsewhere = text.get(10..).is_some_and(|rest| rest.contains(['+', '-', '[']));
    let time = text.parse().ok().filter(|_| !is_elsewhere);
    time.map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time without an offset, meant in `timeZone`")))
}

/// `idle` of one member: what it names goes before the team's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IdleOverride {
    #[serde(with = "humantime_serde")]
    pub after: Option<Duration>,
    pub time_zone: Option<Zone>,
    pub working_hours: Option<Hours>,
    pub days_off: Option<Vec<DayOff>>,
    #[serde(deserialize_with = "local_time")]
    pub keep_awake_until: Option<DateTime>,
    pub jobs: Option<Jobs>,
    pub shutdown_at: Option<ShutdownAt>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Jobs {
    /// It keeps the machine on.
    #[default]
    Keep,
    /// It waits until somebody starts the machine.
    Ignore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DayOff {
    Every(Weekday),
    On(Date),
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl TryFrom<String> for DayOff {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let weekday = WEEKDAYS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        match (weekday, text.parse()) {
            (Some((_, day)), _) => Ok(Self::Every(*day)),
            (None, Ok(date)) => Ok(Self::On(date)),
            _ => Err(format!("`{text}` is no day")),
        }
    }
}

impl From<DayOff> for String {
    fn from(day: DayOff) -> Self {
        match day {
            DayOff::On(date) => date.to_string(),
            DayOff::Every(day) => {
                WEEKDAYS.iter().find(|(_, d)| *d == day).map_or_else(String::new, |(name, _)| (*name).to_owned())
            }
        }
    }
}

impl IdleSettings {
    /// The team's policy as it holds for one member.
    pub fn with(&self, own: &IdleOverride) -> Self {
        let own = own.clone();
        Self {
            after: own.after.unwrap_or(self.after),
            time_zone: own.time_zone.unwrap_or_else(|| self.time_zone.clone()),
            working_hours: own.working_hours.or(self.working_hours),
            days_off: own.days_off.unwrap_or_else(|| self.days_off.clone()),
            keep_awake_until: own.keep_awake_until.or(self.keep_awake_until),
            jobs: own.jobs.unwrap_or(self.jobs),
            shutdown_at: own.shutdown_at.unwrap_or(self.shutdown_at),
            unreadable: self.unreadable,
        }
    }

    /// The end of the keep-awake time, when that is to come.
    pub fn awake_until(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.keep_awake_until.map(|until| self.time_zone.last(until)).filter(|until| *until > now)
    }

    /// The end of the working hours that `now` is in: today's, or those that began yesterday.
    pub fn working_until(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let hours = self.working_hours?;
        let today = self.time_zone.at(now).date();
        let days = [today.yesterday().ok(), Some(today)].into_iter().flatten().filter(|day| self.works_on(*day));
        // Where clocks change, hours last rather longer than shorter.
        let spans = days.map(|day| (self.time_zone.first(hours.begin(day)), self.time_zone.last(hours.end(day))));
        spans.filter(|(from, to)| *from <= now && now < *to).map(|(_, to)| to).max()
    }

    /// Until when a machine that goes off now is taken to stay off: the next working hours, in which its member is
    /// expected to start it, or a day from now, and the hours that a day may be longer than another.
    pub fn wanted_again(&self, now: OffsetDateTime) -> OffsetDateTime {
        let today = self.time_zone.at(now).date();
        let days = std::iter::successors(Some(today), |day| day.tomorrow().ok()).take(15);
        let starts = self.working_hours.into_iter().flat_map(|hours| {
            let days = days.clone().filter(|day| self.works_on(*day));
            days.map(move |day| self.time_zone.moment(hours.begin(day)))
        });
        starts.into_iter().find(|start| *start > now).unwrap_or(now + time::Duration::hours(26))
    }

    fn works_on(&self, day: Date) -> bool {
        !self.days_off.iter().any(|off| match off {
            DayOff::Every(weekday) => *weekday == day.weekday(),
            DayOff::On(date) => *date == day,
        })
    }
}
