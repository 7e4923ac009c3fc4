//! Log lines on their way to the window: any number may come, a bounded number waits, and no key waits for them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use super::logs::{Arrived, Feed, Said};

/// Bytes that wait; beyond that the oldest go, counted.
pub const WAITING: usize = 16 * 1024 * 1024;
/// What a waiting line costs besides its text.
const OVERHEAD: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Intake(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<(Arc<Feed>, Said)>,
    bytes: usize,
    lost: HashMap<Arc<Feed>, u64>,
}

fn weight(said: &Said) -> usize {
    let (Said::Line(text) | Said::Note(text)) = said;
    text.len() + OVERHEAD
}

impl Intake {
    pub fn push(&self, feed: &Arc<Feed>, said: Said) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes += weight(&said);
        waiting.lines.push_back((Arc::clone(feed), said));
        while waiting.bytes > WAITING {
            let Some((feed, gone)) = waiting.lines.pop_front() else { break };
            waiting.bytes -= weight(&gone);
            *waiting.lost.entry(feed).or_default() += 1;
        }
        drop(waiting);
        self.0.bell.notify_one();
    }

    /// Ends when something came since the last `take`.
    pub async fn ready(&self) {
        self.0.bell.notified().await;
    }

    /// All that waits, in the order in which it came; neighbours of one log together.
    pub fn take(&self) -> Vec<Arrived> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { lines, lost, .. } = std::mem::take(&mut *waiting);
        drop(waiting);
        let gone = lost.into_iter().map(|(feed, lost)| Arrived { feed: (*feed).clone(), said: Vec::new(), lost });
        let mut all: Vec<Arrived> = gone.collect();
        let lost = all.len();
        for (feed, said) in lines {
            match all.get_mut(lost..).and_then(<[Arrived]>::last_mut).filter(|last| last.feed == *feed) {
                Some(last) => last.said.push(said),
                None => all.push(Arrived { feed: (*feed).clone(), said: vec![said], lost: 0 }),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::event::LogSource;

    #[test]
    fn the_order_stays_and_what_is_too_much_is_counted() {
        let intake = Intake::default();
        let [a, b] = ["a", "b"].map(|m| Arc::new(Feed::of(m, LogSource::Gateway)));
        for (feed, text) in [(&a, "1"), (&a, "2"), (&b, "3"), (&a, "4")] {
            intake.push(feed, Said::Line(text.into()));
        }
        let lines: Vec<usize> = intake.take().iter().map(|arrived| arrived.said.len()).collect();
        assert_eq!(lines, [2, 1, 1]);
        assert_eq!(intake.take(), []);
        let long = "x".repeat(1024 * 1024);
        for _ in 0..40 {
            intake.push(&a, Said::Line(long.clone()));
        }
        let arrived = intake.take();
        let (lost, kept): (u64, usize) = arrived.iter().fold((0, 0), |(l, k), a| (l + a.lost, k + a.said.len()));
        assert_eq!((lost, kept), (25, 15));
    }
}
