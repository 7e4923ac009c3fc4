//! Panics, also those of tasks that nobody awaits: where panics unwind they break their seed, where they abort they
//! are told with it first.

use std::{
    cell::RefCell,
    panic::{PanicHookInfo, set_hook, take_hook},
    sync::{Arc, Mutex, Once, PoisonError},
};

use crate::commands::Shared;

/// One seed's day, as far as a panic has to know it.
#[derive(Clone)]
pub struct Day {
    pub seed: u64,
    pub record: Shared,
    words: Arc<Mutex<Vec<String>>>,
}

thread_local! {
    /// The day that this thread lives through, or works for.
    static TODAY: RefCell<Option<Day>> = const { RefCell::new(None) };
}

/// How to live through a seed's day again.
pub fn again(seed: u64) -> String {
    format!("again: CLAW_SEED={seed} cargo test --test seeds")
}

impl Day {
    pub fn new(seed: u64, record: Shared) -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = take_hook();
            set_hook(Box::new(move |panic| match TODAY.try_with(|today| today.borrow().clone()) {
                Ok(Some(today)) => today.hear(panic),
                _ => before(panic),
            }));
        });
        Self { seed, record, words: Arc::default() }
    }

    /// From here on this thread's panics are this day's.
    pub fn begin(&self) {
        TODAY.set(Some(self.clone()));
    }

    /// What panicked in it, if anything did.
    pub fn end(self) -> Option<String> {
        TODAY.set(None);
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
        (!words.is_empty()).then(|| self.tell(&format!("something panicked: {words}")))
    }

    fn hear(&self, panic: &PanicHookInfo<'_>) {
        let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let said = format!("{} at {at}", panic.payload_as_str().unwrap_or("no words"));
        if cfg!(panic = "abort") {
            eprintln!("{}", self.told(&format!("something panicked: {said}")));
        }
        self.words.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }

    /// For where nobody sums up the days any more.
    pub fn told(&self, words: &str) -> String {
        format!("seed {}: {}\n{}", self.seed, self.tell(words), again(self.seed))
    }

    fn tell(&self, words: &str) -> String {
        // Whoever panicked or hangs may hold the record.
        let story = match self.record.try_lock() {
            Ok(record) => record.story.join("\n  "),
            Err(std::sync::TryLockError::Poisoned(record)) => record.into_inner().story.join("\n  "),
            Err(std::sync::TryLockError::WouldBlock) => "its story can't be read".to_owned(),
        };
        format!("{words}\n  {story}")
    }
}
