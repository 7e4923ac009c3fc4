//! How quickly a machine answers over SSH.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Measured ones that are kept.
const KEPT: usize = 15;

/// One connection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTrips {
    /// From the first byte of SSH to the end of authentication.
    pub connected: Duration,
    /// Of the last channel's opening: a question and its answer, which sshd gives without another program.
    pub last: Duration,
    /// Of the last 15.
    pub median: Duration,
}

/// What was measured on one connection.
pub struct Trips {
    connected: Duration,
    seen: Mutex<VecDeque<Duration>>,
}

impl Trips {
    pub fn new(connected: Duration) -> Self {
        Self { connected, seen: Mutex::default() }
    }

    pub fn add(&self, trip: Duration) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push_back(trip);
        let over = seen.len().saturating_sub(KEPT);
        seen.drain(..over);
    }

    /// `None` before the first one.
    pub fn summary(&self) -> Option<RoundTrips> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *seen.back()?;
        let mut sorted: Vec<Duration> = seen.iter().copied().collect();
        sorted.sort();
        let median = *sorted.get(sorted.len() / 2)?;
        Some(RoundTrips { connected: self.connected, last, median })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_the_newest() {
        let trips = Trips::new(Duration::from_millis(90));
        assert_eq!(trips.summary(), None);
        for ms in [900, 900, 900].into_iter().chain(1..=15) {
            trips.add(Duration::from_millis(ms));
        }
        let [connected, last, median] = [90, 15, 8].map(Duration::from_millis);
        assert_eq!(trips.summary(), Some(RoundTrips { connected, last, median }));
    }
}
