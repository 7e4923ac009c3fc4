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
#[derive(Clone, Debug)]
pub enum Injected {
    /// This answer, and nothing is done.
    Answer(Response),
    /// The connection is cut, and nothing is done.
    Cut,
    /// No answer ever, and nothing is done.
    Silence,
    /// All is done, and then the answer is lost or spoilt.
    After(Spoil),
    /// Somebody else answers.
    Impostor,
    /// The connection goes well for a while, and then ends so.
    Later(Spoil),
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    Cut,
    Silence,
    /// Cut in the middle of the body.
    Torn,
    Truncated,
    Malformed,
    ServerError,
}

/// The scenario's faults, each with the number of matching requests so far.
pub struct Faults(Mutex<Vec<(Fault, usize)>>);

impl Faults {
    /// Those that strike an operation are left out here.
    pub fn new(faults: &[Fault]) -> Self {
        let struck = faults.iter().filter(|fault| !fault.kind.is_of_operation());
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
    injected(fault.kind, fault.retry_after, line)
}

/// A fault of this kind, as it meets a request given as `METHOD host path`.
pub fn injected(kind: FaultKind, retry_after: Option<u32>, line: &str) -> Injected {
    let is_throttled = matches!(kind, FaultKind::ArmThrottled | FaultKind::ComputeThrottled);
    let response = match kind {
        FaultKind::Drop | FaultKind::SshReset => return Injected::Cut,
        FaultKind::AllocationFailed | FaultKind::OperationFailed => return Injected::Cut,
        FaultKind::Hang | FaultKind::SshHang => return Injected::Silence,
        FaultKind::SshCut => return Injected::Later(Spoil::Cut),
        FaultKind::SshStall => return Injected::Later(Spoil::Silence),
        FaultKind::WrongHostKey => return Injected::Impostor,
        FaultKind::DropAfter | FaultKind::SshFlood => return Injected::After(Spoil::Cut),
        FaultKind::HangAfter => return Injected::After(Spoil::Silence),
        FaultKind::Torn => return Injected::After(Spoil::Torn),
        FaultKind::Truncated => return Injected::After(Spoil::Truncated),
        FaultKind::Malformed => return Injected::After(Spoil::Malformed),
        FaultKind::ServerErrorAfter => return Injected::After(Spoil::ServerError),
        _ if is_throttled && is_for_graph(line) => throttled("00000000-0000-0000-0000-000000000000"),
        FaultKind::ArmThrottled => arm_throttled(retry_after),
        FaultKind::ComputeThrottled => compute_throttled(),
        FaultKind::Forbidden => Response::error(
            403,
            "AuthorizationFailed",
            "The client does not have authorization to perform this action.",
        ),
        FaultKind::ServerError => server_error(),
        FaultKind::BadGateway => page(502, "502 Bad Gateway"),
        FaultKind::Unavailable => {
            Response::error(503, "ServerUnavailable", "The service is unavailable. Try again later.")
        }
        FaultKind::WrongType => page(200, "Welcome to our guest network"),
        FaultKind::ExpiredToken => expired(),
        FaultKind::Vanished => Response::error(404, "NotFound", "The entity was not found."),
        FaultKind::QuotaExceeded => Response::error(
            409,
            "QuotaExceeded",
            "Operation could not be completed as it results in exceeding approved Total Regional Cores quota.",
        ),
        FaultKind::SkuNotAvailable => Response::error(
            409,
            "SkuNotAvailable",
            "The requested VM size for resource is currently not available in the location.",
        ),
    };
    Injected::Answer(match retry_after {
        Some(seconds) => response.header("retry-after", seconds.to_string()),
        None => response,
    })
}

/// What a spoilt answer looks like; `None` for one that never comes.
pub fn spoilt(spoil: Spoil, mut answer: Response) -> Option<Response> {
    let half = answer.body.len() / 2;
    match spoil {
        Spoil::Cut | Spoil::Silence => return None,
        Spoil::Torn => {}
        Spoil::Truncated => answer.body.truncate(half),
        Spoil::Malformed => answer.body = "{\"value\": [}\u{1b}[2J".into(),
        Spoil::ServerError => return Some(server_error()),
    }
    Some(answer)
}

fn server_error() -> Response {
    Response::error(500, "InternalServerError", "Encountered internal server error. Diagnostic information: …")
}

/// What a gateway or a portal says in the service's place.
fn page(status: u16, title: &str) -> Response {
    let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    Response { status, headers: vec![("content-type".into(), "text/html".into())], body: body.into() }
}

/// azure.md §2.4.
fn expired() -> Response {
    let message = "The access token expiry UTC time is earlier than current UTC time.";
    let challenge = "Bearer authorization_uri=\"https://login.microsoftonline.com/common\", error=\"invalid_token\"";
    Response::error(401, "ExpiredAuthenticationToken", message).header("www-authenticate", challenge)
}

fn is_for_graph(line: &str) -> bool {
    let host = line.split(' ').nth(1);
    CloudName::ALL.iter().any(|cloud| host == Some(cloud.hosts().graph))
}

/// azure.md §2.2.
fn arm_throttled(retry_after: Option<u32>) -> Response {
    let seconds = retry_after.unwrap_or(10);
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
            other => unreachable!("a throttled request is answered: {other:?}"),
        };
        assert_eq!(body(FaultKind::ArmThrottled)["error"]["code"], "SubscriptionRequestsThrottled");
        let compute = body(FaultKind::ComputeThrottled);
        assert_eq!(compute["code"], "OperationNotAllowed");
        assert!(compute.get("error").is_none());
    }
}
