//! The one place where requests wait. Every waiting request is visible in the gauge.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use azure_core::http::headers::{HeaderName, Headers};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use super::{bucket::TokenBucket, limits::Limit};

/// What is left of the published limits, for the status bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ThrottleGauge {
    /// Reads left in the bucket, of `reads_max` (ARM: 250, refilled 25 a second).
    pub reads_left: u32,
    pub reads_max: u32,
    pub writes_left: u32,
    pub writes_max: u32,
    /// Requests sent since start.
    pub requests: u64,
    /// 429 answers since start.
    pub throttled: u64,
    /// Milliseconds until the next request may go out, when waiting.
    pub waiting_ms: u64,
}

/// Shared by every pipeline of a `Cloud`. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    state: Arc<Mutex<State>>,
    /// Counted by the transport, so that challenges and tokens count too.
    sent: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<Limit, TokenBucket>,
    /// Pauses a server asked for.
    paused: HashMap<Limit, Instant>,
    waiting: BTreeMap<u64, Instant>,
    next_ticket: u64,
    throttled: u64,
}

/// More one-machine buckets than this and the full ones are dropped.
const MANY_BUCKETS: usize = 4096;

impl State {
    fn bucket(&mut self, limit: &Limit, now: Instant) -> Option<&mut TokenBucket> {
        let (max, per_second) = limit.rate()?;
        if self.buckets.len() > MANY_BUCKETS {
            self.buckets.retain(|_, bucket| bucket.left(now) < bucket.max());
        }
        Some(self.buckets.entry(limit.clone()).or_insert_with(|| TokenBucket::full(max, per_second, now)))
    }
}

/// Takes a waiting request out of the gauge, also when it was dropped.
struct Waiting<'a> {
    throttle: &'a Throttle,
    ticket: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.throttle.lock().waiting.remove(&self.ticket);
    }
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request under these limits may go out. First come, first served.
    pub async fn admit(&self, limits: &[Limit]) {
        let now = Instant::now();
        let covered = {
            let mut state = self.lock();
            let waits = limits.iter().filter_map(|limit| state.bucket(limit, now).map(|b| b.reserve(now)));
            now + waits.fold(Duration::ZERO, Duration::max)
        };
        self.wait(|state| limits.iter().filter_map(|l| state.paused.get(l).copied()).fold(covered, Instant::max)).await;
    }

    /// A visible pause of one request, e.g. before it is sent again.
    pub async fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        self.wait(|_| until).await;
    }

    /// Sleeps until the moment that `until` names; asks again on waking, since a pause may have been added.
    async fn wait(&self, until: impl Fn(&State) -> Instant) {
        let mut waiting: Option<Waiting> = None;
        loop {
            let wake = {
                let mut state = self.lock();
                let wake = until(&state);
                if wake <= Instant::now() {
                    break;
                }
                let ticket = waiting.as_ref().map_or(state.next_ticket, |w| w.ticket);
                state.waiting.insert(ticket, wake);
                if waiting.is_none() {
                    state.next_ticket += 1;
                    waiting = Some(Waiting { throttle: self, ticket });
                }
                wake
            };
            sleep_until(wake).await;
        }
    }

    /// A 429: everything under the request's most specific limit pauses.
    pub fn throttled(&self, limits: &[Limit], pause: Duration) {
        let now = Instant::now();
        let mut state = self.lock();
        state.throttled += 1;
        if let Some(limit) = limits.last() {
            if let Some(bucket) = state.bucket(limit, now) {
                bucket.lower_to(0, now);
            }
            let until = state.paused.entry(limit.clone()).or_insert(now);
            *until = (*until).max(now + pause);
        }
    }

    /// Believes the server where it has counted more than claw (another claw may be at work).
    pub fn learn(&self, headers: &Headers) {
        let now = Instant::now();
        let mut state = self.lock();
        for (name, limit) in REMAINING {
            let left = headers.get_optional_str(&HeaderName::from_static(name)).and_then(|v| v.trim().parse().ok());
            if let (Some(left), Some(bucket)) = (left, state.bucket(&limit, now)) {
                bucket.lower_to(left, now);
            }
        }
        // `Microsoft.Compute/HighCostGet3Min;46`, several of them.
        let policies = headers.get_optional_str(&HeaderName::from_static("x-ms-ratelimit-remaining-resource"));
        for (policy, left) in policies.unwrap_or_default().split(',').filter_map(|p| p.split_once(';')) {
            let left = left.trim().parse();
            if let (true, Ok(left)) = (policy.contains("/HighCostGet"), left)
                && let Some(bucket) = state.bucket(&Limit::MachineLists, now)
            {
                bucket.lower_to(left, now);
            }
        }
    }

    /// To be called for every request that goes out.
    pub fn count(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub fn gauge(&self) -> ThrottleGauge {
        let now = Instant::now();
        let mut state = self.lock();
        let mut level = |limit| state.bucket(&limit, now).map_or((0, 0), |b| (b.left(now), b.max()));
        let (reads_left, reads_max) = level(Limit::Reads);
        let (writes_left, writes_max) = level(Limit::Writes);
        let next = state.waiting.values().min().map(|wake| wake.saturating_duration_since(now));
        ThrottleGauge {
            reads_left,
            reads_max,
            writes_left,
            writes_max,
            requests: self.sent.load(Ordering::Relaxed),
            throttled: state.throttled,
            waiting_ms: next.map_or(0, |d| d.as_millis().try_into().unwrap_or(u64::MAX)),
        }
    }
}

/// Response headers that say what is left, with the bucket they speak of.
const REMAINING: [(&str, Limit); 4] = [
    ("x-ms-ratelimit-remaining-subscription-reads", Limit::Reads),
    ("x-ms-ratelimit-remaining-subscription-writes", Limit::Writes),
    ("x-ms-ratelimit-remaining-subscription-deletes", Limit::Deletes),
    ("x-ms-user-quota-remaining", Limit::Queries),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn reads_beyond_the_burst_flow_at_the_refill_rate() {
        let throttle = Throttle::default();
        let start = Instant::now();
        for _ in 0..250 {
            throttle.admit(&[Limit::Reads]).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..50 {
            throttle.admit(&[Limit::Reads]).await;
        }
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_secs(2) && elapsed < Duration::from_millis(2100), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_those_already_waiting_and_shows_in_the_gauge() {
        let throttle = Throttle::default();
        throttle.throttled(&[Limit::Writes], Duration::from_secs(10));
        let start = Instant::now();
        let waiting = throttle.clone();
        let task = tokio::spawn(async move { waiting.admit(&[Limit::Writes]).await });
        tokio::task::yield_now().await;
        assert_eq!(throttle.gauge().waiting_ms, 10_000);
        throttle.throttled(&[Limit::Writes], Duration::from_secs(25));
        task.await.unwrap();
        assert!(start.elapsed() >= Duration::from_secs(25));
        let gauge = throttle.gauge();
        assert_eq!((gauge.throttled, gauge.waiting_ms), (2, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_waiter_leaves_the_gauge() {
        let throttle = Throttle::default();
        throttle.throttled(&[Limit::Reads], Duration::from_secs(60));
        let limits = [Limit::Reads];
        let admit = throttle.admit(&limits);
        assert!(tokio::time::timeout(Duration::from_secs(1), admit).await.is_err());
        assert_eq!(throttle.gauge().waiting_ms, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn headers_lower_the_buckets() {
        let throttle = Throttle::default();
        let mut headers = Headers::new();
        headers.insert("x-ms-ratelimit-remaining-subscription-reads", "12");
        headers.insert(
            "x-ms-ratelimit-remaining-resource",
            "Microsoft.Compute/HighCostGet3Min;46, Microsoft.Compute/HighCostGet30Min;0",
        );
        throttle.learn(&headers);
        assert_eq!(throttle.gauge().reads_left, 12);
        let start = Instant::now();
        throttle.admit(&[Limit::Reads, Limit::MachineLists]).await;
        assert!(start.elapsed() >= Duration::from_millis(200));
    }
}
