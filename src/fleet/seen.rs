//! Values that know when they were seen.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// A value together with the moment it was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen<T> {
    pub value: T,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl<T> Seen<T> {
    pub fn new(value: T, at: OffsetDateTime) -> Self {
        Self { value, at }
    }

    /// How old the value is at `now`; never negative, so a clock that stepped back shows "just now".
    pub fn age(&self, now: OffsetDateTime) -> Duration {
        (now - self.at).max(Duration::ZERO)
    }
}
