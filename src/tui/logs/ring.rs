//! Lines of one log, bounded in bytes.

use std::collections::VecDeque;

use super::{line::Line, pattern::Filter};

/// Bytes kept of one log, the lists' own included.
pub const LIMIT: usize = 256 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    /// Places of the lines that the filter lets through, counted from the log's first line ever.
    shown: VecDeque<u64>,
}

impl Ring {
    /// Takes a line in, and lets the oldest go until all fit into `limit` bytes.
    pub fn push(&mut self, line: Line, filter: &Filter, limit: usize) {
        if filter.shows(&line) {
            self.shown.push_back(self.dropped + self.lines.len() as u64);
        }
        self.bytes += line.weight();
        self.lines.push_back(line);
        self.trim(limit);
    }

    pub fn trim(&mut self, limit: usize) {
        while self.bytes > limit {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes -= gone.weight();
            if self.shown.front() == Some(&self.dropped) {
                self.shown.pop_front();
            }
            self.dropped += 1;
        }
    }

    pub fn refilter(&mut self, filter: &Filter) {
        let places = (self.dropped..).zip(&self.lines).filter(|(_, line)| filter.shows(line));
        self.shown = places.map(|(place, _)| place).collect();
    }

    /// Lines lost before they came here.
    pub fn lost(&mut self, count: u64) {
        self.shown.iter_mut().for_each(|place| *place += count);
        self.dropped += count;
    }

    /// Lines kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lines that had to go since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Lines that the filter lets through.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// One of the shown lines, counted from the oldest.
    pub fn get(&self, n: usize) -> Option<&Line> {
        let place = self.shown.get(n)?.checked_sub(self.dropped)?;
        self.lines.get(usize::try_from(place).ok()?)
    }

    /// How many of the shown lines have at most this number.
    pub fn up_to(&self, number: u64) -> usize {
        let line = |place: &u64| self.lines.get(usize::try_from(place - self.dropped).unwrap_or(usize::MAX));
        self.shown.partition_point(|place| line(place).is_some_and(|line| line.number <= number))
    }

    /// The shown lines, oldest first.
    #[cfg(test)]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Line> {
        (0..self.shown.len()).filter_map(|n| self.get(n))
    }
}
