//! ARM's token buckets for one subscription and principal (azure.md §2.2), in real time: that is what clients wait in.

use std::sync::Mutex;

use tokio::time::Instant;

use super::{wire::Response, world::World};

/// Bucket and refill a second: reads, writes, deletes.
const LIMITS: [(&str, f64, f64); 3] = [("reads", 250.0, 25.0), ("writes", 200.0, 10.0), ("deletes", 200.0, 10.0)];

/// Tokens left and when that was true.
#[derive(Default)]
pub struct Buckets(Mutex<[Option<(f64, Instant)>; 3]>);

/// Takes a token; says which header tells what is left, or answers 429.
pub fn take(world: &World, method: &str) -> Result<(&'static str, u32), Response> {
    const HEADERS: [&str; 3] = [
        "x-ms-ratelimit-remaining-subscription-reads",
        "x-ms-ratelimit-remaining-subscription-writes",
        "x-ms-ratelimit-remaining-subscription-deletes",
    ];
    let which = match method {
        "GET" | "HEAD" => 0,
        "DELETE" => 2,
        _ => 1,
    };
    let (name, most, refill) = LIMITS[which];
    let buckets = world.state().buckets.clone();
    let mut buckets = buckets.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let now = Instant::now();
    let (left, at) = buckets[which].unwrap_or((most, now));
    let left = (left + (now - at).as_secs_f64() * refill).min(most);
    if left < 1.0 {
        buckets[which] = Some((left, now));
        let message = format!(
            "Number of '{name}' requests for subscription exceeded. Please try again after '1' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information."
        );
        return Err(Response::error(429, "SubscriptionRequestsThrottled", &message).header("retry-after", "1"));
    }
    buckets[which] = Some((left - 1.0, now));
    // Truncation is what the header shows: whole requests.
    Ok((HEADERS[which], (left - 1.0) as u32))
}
