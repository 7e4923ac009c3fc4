//! A token bucket, as ARM and the compute provider count requests.

use std::time::Duration;

use tokio::time::Instant;

/// Holds at most `max` tokens and gains `per_second`. May go below zero: a debt is a place in the queue.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    max: f64,
    per_second: f64,
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    pub fn full(max: u32, per_second: f64, now: Instant) -> Self {
        Self { max: f64::from(max), per_second, tokens: f64::from(max), at: now }
    }

    fn refill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.max);
        self.at = now;
    }

    /// Takes one token, on credit if there is none, and says how long until it is covered.
    pub fn reserve(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.per_second) }
    }

    /// The server says that only this much is left; it is believed when that is less than was thought.
    pub fn lower_to(&mut self, left: u32, now: Instant) {
        self.refill(now);
        self.tokens = self.tokens.min(f64::from(left));
    }

    pub fn left(&mut self, now: Instant) -> u32 {
        self.refill(now);
        self.tokens.max(0.0) as u32
    }

    pub fn max(&self) -> u32 {
        self.max as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_debt_is_paid_at_the_published_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::full(2, 10.0, start);
        assert_eq!(bucket.reserve(start), Duration::ZERO);
        assert_eq!(bucket.reserve(start), Duration::ZERO);
        assert_eq!(bucket.reserve(start), Duration::from_millis(100));
        assert_eq!(bucket.reserve(start), Duration::from_millis(200));
        assert_eq!(bucket.left(start + Duration::from_millis(300)), 1);
        assert_eq!(bucket.left(start + Duration::from_secs(60)), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_can_only_lower_it() {
        let now = Instant::now();
        let mut bucket = TokenBucket::full(250, 25.0, now);
        bucket.lower_to(40, now);
        assert_eq!(bucket.left(now), 40);
        bucket.lower_to(11_999, now);
        assert_eq!(bucket.left(now), 40);
    }
}
