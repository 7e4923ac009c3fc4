//! Token buckets: ARM's (azure.md §2.2) and compute's (§2.3). They fill in real time, in which clients wait.

use serde_json::json;
use tokio::time::Instant;

use super::{call::Call, error::ArmError, memory::Bucket};

/// A published limit.
#[derive(Clone, Copy)]
struct Limit {
    name: &'static str,
    most: f64,
    /// Tokens a second.
    refill: f64,
}

impl Limit {
    const fn a_second(name: &'static str, most: f64, refill: f64) -> Self {
        Self { name, most, refill }
    }

    const fn a_minute(name: &'static str, most: f64, refill: f64) -> Self {
        Self { name, most, refill: refill / 60.0 }
    }
}

const READS: Limit = Limit::a_second("read", 250.0, 25.0);
const WRITES: Limit = Limit::a_second("write", 200.0, 10.0);
const DELETES: Limit = Limit::a_second("delete", 200.0, 10.0);

/// Takes a token of every limit that counts the request. The headers say what is left.
pub fn take(call: &Call) -> Result<Vec<(&'static str, String)>, ArmError> {
    let arm = match call.method.as_str() {
        "GET" | "HEAD" => READS,
        "DELETE" => DELETES,
        _ => WRITES,
    };
    let key = format!("{} {} {}", arm.name, call.target.subscription, call.caller.object_id);
    let left = spend(call, &key, arm).map_err(|seconds| subscription_throttled(call, arm, seconds))?;
    let header = match arm.name {
        "read" => "x-ms-ratelimit-remaining-subscription-reads",
        "write" => "x-ms-ratelimit-remaining-subscription-writes",
        _ => "x-ms-ratelimit-remaining-subscription-deletes",
    };
    let mut headers = vec![(header, left.to_string())];
    for (limit, of) in compute_limits(call) {
        let left = spend(call, &format!("{} {of}", limit.name), limit).map_err(|s| compute_throttled(limit, s))?;
        headers.push(("x-ms-ratelimit-remaining-resource", format!("Microsoft.Compute/{};{left}", limit.name)));
    }
    Ok(headers)
}

/// Compute's limits for a request, each with what it is counted for.
fn compute_limits(call: &Call) -> Vec<(Limit, String)> {
    let pattern = call.target.pattern();
    let Some(path) = pattern.strip_prefix("microsoft.compute/") else { return Vec::new() };
    let (one, subscription) = (call.target.key(), call.target.subscription.to_ascii_lowercase());
    let both = |a, b| vec![(a, one.clone()), (b, subscription.clone())];
    match (call.method.as_str(), path) {
        ("GET", "virtualmachines") => {
            vec![(Limit::a_minute("HighCostGetSubscriptionMaximum", 900.0, 300.0), subscription)]
        }
        ("GET", p) if p.starts_with("virtualmachines/") => both(
            Limit::a_minute("LowCostGetResource", 36.0, 12.0),
            Limit::a_minute("LowCostGetSubscriptionMaximum", 24_000.0, 8_000.0),
        ),
        ("GET", "virtualmachinescalesets/*") => vec![(Limit::a_minute("VMScaleSetGetResource", 36.0, 12.0), one)],
        ("GET", "locations/*/operations/*") => both(
            Limit::a_minute("GetOperationResource", 45.0, 15.0),
            Limit::a_minute("GetOperationSubscriptionMaximum", 15_000.0, 5_000.0),
        ),
        ("PUT", "virtualmachines/*") => both(
            Limit::a_minute("PutVMResource", 12.0, 4.0),
            Limit::a_minute("PutVMSubscriptionMaximum", 1_500.0, 500.0),
        ),
        ("DELETE", "virtualmachines/*") | ("POST", "virtualmachines/*/deallocate") => both(
            Limit::a_minute("DeleteVMResource", 12.0, 4.0),
            Limit::a_minute("DeleteVMSubscriptionMaximum", 1_500.0, 500.0),
        ),
        ("POST" | "PUT" | "PATCH", p) if p.starts_with("virtualmachines/") => both(
            Limit::a_minute("UpdateVMResource", 12.0, 4.0),
            Limit::a_minute("UpdateVMSubscriptionMaximum", 1_500.0, 500.0),
        ),
        ("PUT" | "PATCH" | "DELETE", "virtualmachinescalesets/*") => {
            vec![(Limit::a_minute("VMScaleSetWriteResource", 12.0, 4.0), one)]
        }
        _ => Vec::new(),
    }
}

/// Whole tokens left, or whole seconds until there is one.
fn spend(call: &Call, key: &str, limit: Limit) -> Result<u64, u64> {
    let now = Instant::now();
    let mut state = call.world.state();
    let bucket = state.arm.buckets.entry(key.to_owned()).or_insert(Bucket { tokens: limit.most, at: now });
    let grown = (now - bucket.at).as_secs_f64() * limit.refill;
    *bucket = Bucket { tokens: (bucket.tokens + grown).min(limit.most), at: now };
    if bucket.tokens < 1.0 {
        return Err(((1.0 - bucket.tokens) / limit.refill).ceil().max(1.0) as u64);
    }
    bucket.tokens -= 1.0;
    Ok(bucket.tokens as u64)
}

fn subscription_throttled(call: &Call, limit: Limit, seconds: u64) -> ArmError {
    let message = format!(
        "Number of '{}' requests for subscription '{}' actor '{}' exceeded. Please try again after '{seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.",
        limit.name, call.target.subscription, call.caller.object_id
    );
    ArmError { retry_after: Some(seconds), ..ArmError::new(429, "SubscriptionRequestsThrottled", message) }
}

fn compute_throttled(limit: Limit, seconds: u64) -> ArmError {
    let message = "The server rejected the request because too many requests have been received for this subscription.";
    let policy = json!({"operationGroup": limit.name, "allowedRequestCount": limit.most, "measuredRequestCount": limit.most + 1.0});
    ArmError {
        details: vec![json!({"code": "TooManyRequests", "target": limit.name, "message": policy.to_string()})],
        is_bare: true,
        retry_after: Some(seconds),
        ..ArmError::new(429, "OperationNotAllowed", message)
    }
}
