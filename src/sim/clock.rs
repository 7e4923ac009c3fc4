//! The embedded cloud's clock: real time at its start, then `speed` times as fast.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use time::OffsetDateTime;

/// Somebody sets the clock.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    /// Virtual time from the start.
    #[serde(with = "humantime_serde")]
    pub after: Duration,
    /// Seconds; backwards when negative.
    pub by: i64,
}

#[derive(Clone, Debug)]
pub struct Clock {
    started: OffsetDateTime,
    instant: tokio::time::Instant,
    speed: f64,
    jumps: Arc<[Jump]>,
}

impl Clock {
    pub fn new(speed: f64, jumps: &[Jump]) -> Self {
        Self { started: OffsetDateTime::now_utc(), instant: tokio::time::Instant::now(), speed, jumps: jumps.into() }
    }

    pub fn now(&self) -> OffsetDateTime {
        let jumped = self.jumped().map(|jump| jump.by).sum();
        self.started + self.elapsed() + time::Duration::seconds(jumped)
    }

    /// Virtual time since the start.
    fn elapsed(&self) -> Duration {
        self.instant.elapsed().mul_f64(self.speed)
    }

    /// The jumps so far.
    pub fn jumped(&self) -> impl Iterator<Item = &Jump> {
        let elapsed = self.elapsed();
        self.jumps.iter().filter(move |jump| jump.after <= elapsed)
    }

    /// Waits for a virtual duration.
    pub async fn sleep(&self, virtual_time: Duration) {
        tokio::time::sleep(self.real(virtual_time)).await;
    }

    /// How long a virtual duration takes in real time.
    pub fn real(&self, virtual_time: Duration) -> Duration {
        virtual_time.div_f64(self.speed)
    }
}
