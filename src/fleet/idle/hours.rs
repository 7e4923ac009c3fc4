//! Times of a day as team.json has them: working hours, and the daily stop.

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// `HH:MM`, as the schema has it.
fn clock(text: &str) -> Option<Time> {
    let digits = |at: std::ops::Range<usize>| {
        let part = text.get(at)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i8>().ok())?
    };
    let (hour, minute) = (digits(0..2)?, digits(3..5)?);
    let is_whole = text.len() == 5 && text.as_bytes().get(2) == Some(&b':');
    Time::new(hour, minute, 0, 0).ok().filter(|_| is_whole)
}

fn written(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

/// `shutdownAt` of team.json: a time such as `19:00`, or `never`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ShutdownAt {
    #[default]
    Never,
    At(Time),
}

impl TryFrom<String> for ShutdownAt {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        clock(&text).map(Self::At).ok_or_else(|| format!("`{text}` is no time"))
    }
}

impl From<ShutdownAt> for String {
    fn from(at: ShutdownAt) -> Self {
        match at {
            ShutdownAt::Never => "never".to_owned(),
            ShutdownAt::At(time) => written(time),
        }
    }
}

/// From one time of a day to a later one, or to one of the next day: a night's begin says whose day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: Time,
    to: Time,
}

impl Hours {
    /// Where they begin on a day, as clocks show it.
    pub fn begin(self, day: Date) -> DateTime {
        day.to_datetime(self.from)
    }

    /// Where the hours that begin on a day end.
    pub fn end(self, day: Date) -> DateTime {
        // The calendar's last day has none after it.
        let last = if self.to > self.from { day } else { day.tomorrow().unwrap_or(day) };
        last.to_datetime(self.to)
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // A day's end is the next day's begin.
        let end = |part: &str| if part == "24:00" { Some(Time::MIN) } else { clock(part) };
        let (from, to) = text.split_once('-').unwrap_or((&text, ""));
        match (clock(from.trim_end_matches(' ')), end(to.trim_start_matches(' '))) {
            (Some(from), Some(to)) => Ok(Self { from, to }),
            _ => Err(format!("`{text}` are no hours")),
        }
    }
}

impl From<Hours> for String {
    fn from(Hours { from, to }: Hours) -> Self {
        let to = if to == Time::MIN { "24:00".to_owned() } else { written(to) };
        format!("{}-{to}", written(from))
    }
}
