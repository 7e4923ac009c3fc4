//! A program or a call whose answer is lost, though all was done: what a caller sees that was cut off right after it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The one that is lost next, by its name, e.g. `cp` or `config.patch`.
#[derive(Default)]
pub struct Silence(Mutex<Option<String>>);

impl Silence {
    fn next(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of the next one with this name is lost.
    pub fn of(&self, name: &str) {
        *self.next() = Some(name.to_owned());
    }

    /// What waits to be lost; empty once it was.
    pub fn awaited(&self) -> String {
        self.next().clone().unwrap_or_default()
    }

    /// Whether it is one of these words that is lost, which it is once.
    pub fn takes<'a>(&self, mut words: impl Iterator<Item = &'a str>) -> bool {
        let mut next = self.next();
        let is_hit = next.as_ref().is_some_and(|name| words.any(|word| word == name));
        if is_hit {
            *next = None;
        }
        is_hit
    }
}
