//! How well claw itself gets on: requests over time, and what went wrong of late. Bounded.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
};

use time::{Duration, OffsetDateTime};

use crate::ops::event::{Gauge, RoundTrip};

/// One bar of the picture.
pub const BAR: Duration = Duration::seconds(10);
/// Bars kept: ten minutes.
const BARS: usize = 60;
/// What went wrong, the newest.
const PROBLEMS: usize = 100;

/// Machines shown with how quickly they answer.
const SLOWEST: usize = 10;

/// Requests within [`BAR`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    pub since: OffsetDateTime,
    pub requests: u64,
    pub throttled: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub at: OffsetDateTime,
    pub operation: String,
    pub message: String,
}

#[derive(Clone, Debug, Default)]
pub struct Health {
    bars: VecDeque<Bar>,
    troubles: VecDeque<Trouble>,
    trips: BTreeMap<String, RoundTrip>,
}

impl Health {
    /// How quickly machines answered.
    pub fn answered(&mut self, machines: BTreeMap<String, RoundTrip>) {
        self.trips.extend(machines);
    }

    /// Those that answer most slowly, the slowest first.
    pub fn slowest(&self) -> Vec<(&str, RoundTrip)> {
        let mut all: Vec<_> = self.trips.iter().map(|(machine, trip)| (machine.as_str(), *trip)).collect();
        all.sort_by_key(|(machine, trip)| (Reverse(trip.median_us), *machine));
        all.truncate(SLOWEST);
        all
    }

    /// How many machines that is known of.
    pub fn known(&self) -> usize {
        self.trips.len()
    }

    /// What was counted since the last time.
    pub fn count(&mut self, before: &Gauge, gauge: &Gauge, now: OffsetDateTime) {
        self.go_on(now);
        if let Some(bar) = self.bars.back_mut() {
            bar.requests += gauge.requests.saturating_sub(before.requests);
            bar.throttled += gauge.throttled.saturating_sub(before.throttled);
        }
    }

    /// New bars up to now; a clock that went back or far ahead begins anew.
    pub fn go_on(&mut self, now: OffsetDateTime) {
        let last = self.bars.back().map(|b| b.since);
        let far = |since| now < since || now - since > BAR * i32::try_from(BARS).unwrap_or(i32::MAX);
        if last.is_none_or(far) {
            self.bars.clear();
            self.bars.push_back(Bar { since: now, requests: 0, throttled: 0 });
        }
        while let Some(next) = self.bars.back().map(|b| b.since + BAR).filter(|next| *next <= now) {
            self.bars.push_back(Bar { since: next, requests: 0, throttled: 0 });
        }
        let over = self.bars.len().saturating_sub(BARS);
        self.bars.drain(..over);
    }

    pub fn trouble(&mut self, operation: &str, message: &str, now: OffsetDateTime) {
        self.troubles.push_back(Trouble { at: now, operation: operation.to_owned(), message: message.to_owned() });
        let over = self.troubles.len().saturating_sub(PROBLEMS);
        self.troubles.drain(..over);
    }

    /// Oldest first.
    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.bars.iter()
    }

    /// Newest first.
    pub fn troubles(&self) -> impl DoubleEndedIterator<Item = &Trouble> {
        self.troubles.iter().rev()
    }

    /// Requests in the last minute.
    pub fn a_minute(&self) -> u64 {
        self.bars.iter().rev().take(6).map(|b| b.requests).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauge(requests: u64) -> Gauge {
        Gauge { requests, ..Gauge::default() }
    }

    #[test]
    fn requests_are_counted_by_time_and_everything_is_bounded() {
        let (mut health, mut now, mut before) = (Health::default(), OffsetDateTime::UNIX_EPOCH, gauge(0));
        for n in 1..=2000 {
            let after = gauge(n * 3);
            health.count(&before, &after, now);
            health.trouble("watch", "no answer", now);
            (before, now) = (after, now + Duration::seconds(1));
        }
        assert_eq!((health.bars().count(), health.a_minute(), health.troubles().count()), (BARS, 180, PROBLEMS));
        assert!(health.bars().take(BARS - 1).all(|b| b.requests == 30));
        health.go_on(now - Duration::hours(1));
        assert_eq!(health.bars().count(), 1, "a clock that went back");
    }
}
