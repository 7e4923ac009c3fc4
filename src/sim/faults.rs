//! Faults of a scenario, applied before a request reaches its service.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::{
    cloud_name::CloudName,
    graph::error::throttled,
    scenario::{Fault, FaultKind},
    wire::Response,
};

/// What a fault does to a request.
pub enum Injected {
    Answer(Response),
    Cut,
}

/// The scenario's faults, each with the number of matching requests so far.
pub struct Faults(Mutex<Vec<(Fault, usize)>>);

impl Faults {
    /// `AllocationFailed` is left out: it strikes a VM's operation, not a request.
    pub fn new(faults: &[Fault]) -> Self {
        let struck = faults.iter().filter(|fault| fault.kind != FaultKind::AllocationFailed);
        Self(Mutex::new(struck.map(|fault| (fault.clone(), 0)).collect()))
    }

    /// Counts a request, given as `METHOD host path`, and says what hits it, if anything.
    pub fn take(&self, line: &str) -> Option<Injected> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hit = None;
        for (fault, seen) in faults.iter_mut().filter(|(fault, _)| line.contains(&fault.on)) {
            let number = *seen;
            *seen += 1;
            if hit.is_none() && (fault.nth..fault.nth.saturating_add(fault.times)).contains(&number) {
                hit = Some(inject(fault, line));
            }
        }
        hit
    }
}

fn inject(fault: &Fault, line: &str) -> Injected {
    let is_throttled = matches!(fault.kind, FaultKind::ArmThrottled | FaultKind::ComputeThrottled);
    let response = match fault.kind {
        FaultKind::Drop | FaultKind::AllocationFailed => return Injected::Cut,
        _ if is_throttled && is_for_graph(line) => throttled("00000000-0000-0000-0000-000000000000"),
        FaultKind::ArmThrottled => arm_throttled(fault),
        FaultKind::ComputeThrottled => compute_throttled(),
        FaultKind::Forbidden => Response::error(
            403,
            "AuthorizationFailed",
            "The client does not have authorization to perform this action.",
        ),
        FaultKind::ServerError => {
            Response::error(500, "InternalServerError", "Encountered internal server error. Diagnostic information: …")
        }
    };
    Injected::Answer(match fault.retry_after {
        Some(seconds) => response.header("retry-after", seconds.to_string()),
        None => response,
    })
}

fn is_for_graph(line: &str) -> bool {
    let host = line.split(' ').nth(1);
    CloudName::ALL.iter().any(|cloud| host == Some(cloud.hosts().graph))
}

/// azure.md §2.2.
fn arm_throttled(fault: &Fault) -> Response {
    let seconds = fault.retry_after.unwrap_or(10);
    let message = format!(
        "Number of 'read' requests for subscription '00000000-0000-0000-0000-000000000000' actor '00000000-0000-0000-0000-000000000000' exceeded. Please try again after '{seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information."
    );
    Response::error(429, "SubscriptionRequestsThrottled", &message)
        .header("x-ms-ratelimit-remaining-subscription-reads", "0")
}

/// azure.md §2.3: no `error` around it, and the header comes once for each policy.
fn compute_throttled() -> Response {
    let policy = json!({
        "operationGroup": "HighCostGet30Min",
        "startTime": "2018-06-29T19:54:21.0914017+00:00",
        "endTime": "2018-06-29T20:14:21.0914017+00:00",
        "allowedRequestCount": 800,
        "measuredRequestCount": 1238,
    });
    let body = json!({
        "code": "OperationNotAllowed",
        "message": "The server rejected the request because too many requests have been received for this subscription.",
        "details": [{"code": "TooManyRequests", "target": "HighCostGet30Min", "message": policy.to_string()}],
    });
    Response::json(429, &body)
        .header("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/HighCostGet3Min;46")
        .header("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/HighCostGet30Min;0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind) -> Fault {
        Fault { on: "/a".into(), nth: 1, times: 2, kind, retry_after: Some(7) }
    }

    #[test]
    fn only_the_named_requests_are_hit() {
        let faults = Faults::new(&[fault(FaultKind::ServerError)]);
        let hits: Vec<bool> =
            ["GET h /a", "GET h /b", "GET h /a", "GET h /a", "GET h /a"].map(|line| faults.take(line).is_some()).into();
        assert_eq!(hits, [false, false, true, true, false]);
    }

    #[test]
    fn both_shapes_of_429() {
        let body = |kind| match inject(&fault(kind), "GET h /a") {
            Injected::Answer(response) => {
                assert_eq!(response.status, 429);
                assert!(response.headers.contains(&("retry-after".into(), "7".into())));
                serde_json::from_slice::<serde_json::Value>(&response.body).unwrap()
            }
            Injected::Cut => unreachable!("a throttled request is answered"),
        };
        assert_eq!(body(FaultKind::ArmThrottled)["error"]["code"], "SubscriptionRequestsThrottled");
        let compute = body(FaultKind::ComputeThrottled);
        assert_eq!(compute["code"], "OperationNotAllowed");
        assert!(compute.get("error").is_none());
    }
}
