//! Graph's error body (azure.md §5).

use serde_json::{Value, json};
use time::{OffsetDateTime, macros::format_description};

use crate::sim::wire::Response;

pub fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &body(code, message))
}

pub fn body(code: &str, message: &str) -> Value {
    let date = OffsetDateTime::now_utc()
        .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"))
        .unwrap_or_default();
    let id = uuid::Uuid::new_v4().to_string();
    json!({"error": {
        "code": code,
        "message": message,
        "innerError": {"date": date, "request-id": id, "client-request-id": id},
    }})
}

/// 404 of an object that is not there, or that a filter by type hides.
pub fn not_found(key: &str) -> Response {
    let message =
        format!("Resource '{key}' does not exist or one of its queried reference-property objects are not present.");
    error(404, "Request_ResourceNotFound", &message)
}

/// 429 of a caller (`scope`: application and tenant) who has spent their resource units.
pub fn throttled(scope: &str) -> Response {
    let mut body = body("TooManyRequests", "Too many requests.");
    body["error"]["innerError"]["code"] = json!("429");
    body["error"]["innerError"]["status"] = json!("429");
    Response::json(429, &body)
        .header("x-ms-throttle-scope", format!("Tenant_Application/ReadWrite/{scope}"))
        .header("x-ms-throttle-information", "ResourceUnitLimitExceeded")
        .header("x-ms-throttle-limit-percentage", "1.0")
}
