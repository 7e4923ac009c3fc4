//! Time zones by their IANA names, with the rules that came with the program.

use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A zone such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = TimeZone::get(&name).ok();
        found.map(Self).ok_or_else(|| format!("`{name}` is no time zone"))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.iana_name().unwrap_or("UTC").to_owned()
    }
}

impl Zone {
    /// The local time there.
    pub fn at(&self, moment: OffsetDateTime) -> Zoned {
        let seconds = moment.unix_timestamp();
        Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.0.clone())
    }

    /// When a clock there shows this; a time that a change of clocks leaves out is the one after it, and one beyond
    /// the end of the calendar is the calendar's end.
    pub fn moment(&self, shown: DateTime) -> OffsetDateTime {
        moment(shown, self.0.to_ambiguous_zoned(shown).compatible())
    }

    /// The same, the earlier one where a change of clocks leaves two to choose from.
    pub fn first(&self, shown: DateTime) -> OffsetDateTime {
        moment(shown, self.0.to_ambiguous_zoned(shown).earlier())
    }

    /// The same, the later one.
    pub fn last(&self, shown: DateTime) -> OffsetDateTime {
        moment(shown, self.0.to_ambiguous_zoned(shown).later())
    }

    /// `09:14 CET`, with the day in front when it is not the one of `now`.
    pub fn clock(&self, moment: OffsetDateTime, now: OffsetDateTime) -> String {
        let (there, today) = (self.at(moment), self.at(now).date());
        let format = if there.date() == today { "%H:%M %Z" } else { "%a %Y-%m-%d %H:%M %Z" };
        there.strftime(format).to_string()
    }
}

fn moment(shown: DateTime, zoned: Result<Zoned, jiff::Error>) -> OffsetDateTime {
    let end = if shown.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    let seconds = zoned.map_or(end, |zoned| zoned.timestamp()).as_second();
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
