//! All logs of the fleet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    line::Line,
    pattern::Filter,
    ring::{LIMIT, Ring},
};
use crate::ops::event::LogSource;

/// Bytes kept of all logs together.
pub const TOTAL: usize = 64 * 1024 * 1024;
/// What a log is left with, however many there are.
const LEAST: usize = 4 * 1024;

/// One log: whose, which, and what the machine was asked to leave out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Feed {
    pub machine: String,
    pub source: LogSource,
    /// Only lines with this text come from the machine.
    pub only: Option<String>,
}

impl Feed {
    pub fn of(machine: &str, source: LogSource) -> Self {
        Self { machine: machine.to_owned(), source, only: None }
    }
}

/// What a log brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    Line(String),
    /// claw's own word, e.g. about a lost connection.
    Note(String),
}

/// What came of one log, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    pub feed: Feed,
    pub said: Vec<Said>,
    /// Lines before these that had to go on their way: more came than can be kept.
    pub lost: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Store {
    rings: BTreeMap<Feed, Ring>,
    filter: Filter,
    next: u64,
}

impl Store {
    pub fn take(&mut self, arrived: Arrived, now: OffsetDateTime) {
        if arrived.lost > 0 {
            self.rings.entry(arrived.feed.clone()).or_default().lost(arrived.lost);
        }
        for said in arrived.said {
            self.push(&arrived.feed, said, now);
        }
    }

    pub fn push(&mut self, feed: &Feed, said: Said, now: OffsetDateTime) {
        match said {
            Said::Line(text) => self.add(feed, Line::new(text, now)),
            Said::Note(text) => self.add(feed, Line::note(&text, now)),
        }
    }

    fn add(&mut self, feed: &Feed, mut line: Line) {
        line.number = self.next;
        self.next += 1;
        let limit = self.limit();
        if let Some(ring) = self.rings.get_mut(feed) {
            return ring.push(line, &self.filter, limit);
        }
        let (before, ring) = (limit, self.rings.entry(feed.clone()).or_default());
        ring.push(line, &self.filter, limit);
        // One more log: each has a little less room.
        let limit = self.limit();
        if limit < before {
            self.rings.values_mut().for_each(|ring| ring.trim(limit));
        }
    }

    /// Bytes for each log, so that all of them stay within `TOTAL`.
    fn limit(&self) -> usize {
        (TOTAL / self.rings.len().max(1)).clamp(LEAST, LIMIT)
    }

    /// Forgets a log: it is about to be read from its start again.
    pub fn forget(&mut self, feed: &Feed) {
        self.rings.remove(feed);
    }

    /// Forgets what machines left out for another filter than this.
    pub fn forget_others(&mut self, only: Option<&str>) {
        self.rings.retain(|feed, _| feed.only.is_none() || feed.only.as_deref() == only);
    }

    pub fn ring(&self, feed: &Feed) -> Option<&Ring> {
        self.rings.get(feed)
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    pub fn set_filter(&mut self, filter: Filter) {
        if filter != self.filter {
            self.filter = filter;
            self.rings.values_mut().for_each(|ring| ring.refilter(&self.filter));
        }
    }

    /// Bytes held now.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.rings.values().map(Ring::bytes).sum()
    }
}
