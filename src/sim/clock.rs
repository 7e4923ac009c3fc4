//! The embedded cloud's clock: real time at its start, then `speed` times as fast.

use time::OffsetDateTime;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: OffsetDateTime,
    instant: tokio::time::Instant,
    speed: f64,
}

impl Clock {
    pub fn new(speed: f64) -> Self {
        Self { started: OffsetDateTime::now_utc(), instant: tokio::time::Instant::now(), speed }
    }

    pub fn now(&self) -> OffsetDateTime {
        self.started + self.instant.elapsed().mul_f64(self.speed)
    }

    /// Waits for a virtual duration.
    pub async fn sleep(&self, virtual_time: std::time::Duration) {
        tokio::time::sleep(self.real(virtual_time)).await;
    }

    /// How long a virtual duration takes in real time.
    pub fn real(&self, virtual_time: std::time::Duration) -> std::time::Duration {
        virtual_time.div_f64(self.speed)
    }
}
