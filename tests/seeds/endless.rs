//! Days that never end, though no time passes in them: a task that wakes itself stops the virtual clock.

use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use crate::panics::Day;

/// A day takes a second or two of real time.
const PATIENCE: Duration = Duration::from_secs(600);

/// Until it is dropped: ends the process with the day's story when that takes too long.
#[expect(clippy::disallowed_methods, reason = "the day's own thread can't be ended")]
pub fn watch(day: &Day) -> Sender<()> {
    let (ended, watched) = channel();
    let day = day.clone();
    thread::spawn(move || {
        if watched.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            eprintln!("{}", day.told("it does not end"));
            std::process::exit(1);
        }
    });
    ended
}
