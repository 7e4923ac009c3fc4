//! Entra's refusals: a body of their own, with an AADSTS number.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::sim::wire::Response;

/// A number with the text and the OAuth error that go with it (azure.md §6.2; Entra `reference-error-codes`).
const KNOWN: &[(i64, &str, &str)] = &[
    (50034, "invalid_grant", "The user account does not exist in the directory."),
    (
        50053,
        "invalid_grant",
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ),
    (50057, "invalid_grant", "The user account is disabled."),
    (
        50076,
        "interaction_required",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
    ),
    (
        50079,
        "interaction_required",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource.",
    ),
    (50126, "invalid_grant", "Error validating credentials due to invalid username or password."),
    (
        50173,
        "invalid_grant",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
    ),
    (53000, "interaction_required", "Your device is required to be managed to access this resource."),
    (
        53003,
        "interaction_required",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    (
        65001,
        "invalid_grant",
        "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
    ),
    (
        70043,
        "invalid_grant",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    (700082, "invalid_grant", "The refresh token has expired due to inactivity."),
];

/// A refusal of a grant by its number.
pub fn numbered(code: i64) -> Response {
    let (error, text) = KNOWN
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or(("invalid_grant", "The request was refused."), |(_, error, text)| (*error, *text));
    let mut body = body(error, code, &format!("AADSTS{code}: {text}"));
    if error == "interaction_required" {
        body["suberror"] = json!("basic_action");
        // Conditional access tells what it asks for; a public client hands it on to the next sign-in.
        body["claims"] = json!("{\"access_token\":{\"capolids\":{\"essential\":true,\"values\":[\"embedded\"]}}}");
    }
    Response::json(400, &body)
}

/// Any other refusal.
pub fn refusal(status: u16, error: &str, code: i64, message: &str) -> Response {
    Response::json(status, &body(error, code, message))
}

fn body(error: &str, code: i64, message: &str) -> Value {
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let stamp = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    json!({
        "error": error,
        // Entra parts these with CRLF; clients that can't read an escape are found out here.
        "error_description":
            format!("{message} Trace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {stamp}"),
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace.to_string(),
        "correlation_id": correlation.to_string(),
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    })
}

/// A tenant that is not the embedded one.
pub fn unknown_tenant(tenant: &str) -> Response {
    let message = format!(
        "AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    );
    refusal(400, "invalid_request", 90002, &message)
}

/// An application that the tenant does not know.
pub fn unknown_client(client: &str, tenant: &str) -> Response {
    let message =
        format!("AADSTS700016: Application with identifier '{client}' was not found in the directory '{tenant}'.");
    refusal(400, "unauthorized_client", 700_016, &message)
}
