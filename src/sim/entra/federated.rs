//! Workload identity: a token of somebody else's instead of a secret. The embedded cloud is that somebody too, as a
//! Kubernetes cluster or GitHub would be, and lays the token into its folder.

use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Form, refusal::refusal};
use crate::sim::{account::Account, token, wire::Response};

/// The one federated credential of the service principal.
pub const ISSUER: &str = "https://issuer.embedded.example";
pub const SUBJECT: &str = "system:serviceaccount:claw:operator";
/// What Entra wants in `aud`, in every cloud unless the credential says otherwise.
pub const AUDIENCE: &str = "api://AzureADTokenExchange";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// As long as the certificate authority of a run.
pub const LIFETIME: i64 = 7 * 24 * 3600;

/// A token of the issuer, good for `seconds` from now.
pub fn assertion(account: &Account, issuer: &str, subject: &str, audience: &str, seconds: i64) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let claims = json!({
        "iss": issuer, "sub": subject, "aud": [audience],
        "iat": now.min(now + seconds), "nbf": now.min(now + seconds), "exp": now + seconds,
    });
    token::sign(account, &claims)
}

/// Whether the form's `client_assertion` proves who the client is (Entra's refusals by number).
pub(super) fn check(account: &Account, form: &Form) -> Result<(), Response> {
    if form.field("client_assertion_type") != ASSERTION_TYPE {
        return Err(refused(50027, "JWT token is invalid or malformed: client_assertion_type is not jwt-bearer."));
    }
    let claims = match token::claims(account, form.field("client_assertion")) {
        Ok(claims) => claims,
        Err(token::TokenError::Signature) => {
            return Err(refused(700_027, "Client assertion failed signature validation."));
        }
        Err(_) => return Err(refused(50027, "JWT token is invalid or malformed.")),
    };
    let at = |name: &str| OffsetDateTime::from_unix_timestamp(claims[name].as_i64().unwrap_or(0)).ok();
    let now = OffsetDateTime::now_utc();
    let (from, until) = (at("nbf"), at("exp"));
    if from.is_none_or(|from| now < from - Duration::minutes(5)) || until.is_none_or(|until| until <= now) {
        let text = |at: Option<OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
        let message = format!(
            "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}.",
            text(Some(now)),
            text(from),
            text(until)
        );
        return Err(refused(700_024, &message));
    }
    // Subjects are compared with their case.
    let audience = claims["aud"].as_str().or(claims["aud"][0].as_str()).unwrap_or_default();
    let (issuer, subject) = (claims["iss"].as_str().unwrap_or_default(), claims["sub"].as_str().unwrap_or_default());
    for (code, what, shown, expected) in [
        (700_211, "issuer", issuer, ISSUER),
        (700_213, "subject", subject, SUBJECT),
        (700_212, "audience", audience, AUDIENCE),
    ] {
        if shown != expected {
            let message = format!(
                "No matching federated identity record found for presented assertion {what} '{shown}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
            );
            return Err(refused(code, &message));
        }
    }
    Ok(())
}

fn refused(code: i64, message: &str) -> Response {
    refusal(401, "invalid_client", code, &format!("AADSTS{code}: {message}"))
}
