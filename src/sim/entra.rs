//! Entra ID: discovery, the token endpoint, and the check of bearer tokens for everybody else.

use std::sync::Arc;

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

pub use super::token::Claims;
use super::{
    account::Account,
    token::{self, TokenError},
    wire::{Request, Response},
    world::World,
};

/// Resources that each host takes tokens for, without the trailing slash.
const ARM: [&str; 2] = ["https://management.azure.com", "https://management.core.windows.net"];
const GRAPH: [&str; 2] = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];
const VAULT: [&str; 1] = ["https://vault.azure.net"];

/// Answers one request to `login.microsoftonline.com`.
pub fn handle(world: &Arc<World>, request: &Request) -> Response {
    let account = world.state().account.clone();
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => openid_configuration(&account, tenant),
        ("GET", ["common", "discovery", "instance"]) => instance_discovery(&account),
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => token_endpoint(&account, tenant, request),
        _ => Response::unknown(request),
    }
}

/// Checks the bearer token of a request to ARM, Graph or a vault, audience included.
/// Refusals as azure.md §2.4 has them.
pub fn bearer(world: &Arc<World>, request: &Request) -> Result<Claims, Response> {
    let account = world.state().account.clone();
    let refuse = |code: &str, message: &str| {
        let challenge = format!(
            "Bearer authorization_uri=\"https://login.microsoftonline.com/{}\", error=\"invalid_token\", error_description=\"{message}\"",
            account.tenant
        );
        Response::error(401, code, message).header("www-authenticate", challenge)
    };
    let invalid = "InvalidAuthenticationToken";
    let Some(given) = bearer_text(request) else {
        return Err(refuse(invalid, "Authentication failed. The 'Authorization' header is missing."));
    };
    let claims = token::verify(&account, given).map_err(|error| match error {
        TokenError::Expired => refuse("ExpiredAuthenticationToken", &error.to_string()),
        TokenError::Malformed | TokenError::Signature => refuse(invalid, &error.to_string()),
    })?;
    let allowed = audiences(&request.host);
    if !allowed.contains(&claims.audience.trim_end_matches('/')) {
        let message = format!(
            "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the allowed audiences '{}'.",
            claims.audience,
            allowed.join("','")
        );
        return Err(refuse("InvalidAuthenticationTokenAudience", &message));
    }
    Ok(claims)
}

/// The text after `Bearer `, if any.
pub fn bearer_text(request: &Request) -> Option<&str> {
    let value = request.headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn audiences(host: &str) -> &'static [&'static str] {
    match host {
        "graph.microsoft.com" => &GRAPH,
        "management.azure.com" => &ARM,
        _ => &VAULT,
    }
}

fn openid_configuration(account: &Account, tenant: &str) -> Response {
    if !knows(account, tenant) {
        return unknown_tenant(tenant);
    }
    let base = format!("https://login.microsoftonline.com/{}", account.tenant);
    Response::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "issuer": format!("{base}/v2.0"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        }),
    )
}

fn instance_discovery(account: &Account) -> Response {
    Response::json(
        200,
        &json!({
            "tenant_discovery_endpoint":
                format!("https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration", account.tenant),
            "api-version": "1.1",
            "metadata": [{
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": ["login.microsoftonline.com", "login.windows.net"],
            }],
        }),
    )
}

fn token_endpoint(account: &Account, tenant: &str, request: &Request) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
    if !knows(account, tenant) {
        return unknown_tenant(tenant);
    }
    if field("grant_type") != "client_credentials" {
        let message = format!("AADSTS70003: The app requested an unsupported grant type '{}'.", field("grant_type"));
        return refusal(400, "unsupported_grant_type", 70003, &message);
    }
    let client = field("client_id");
    if !client.eq_ignore_ascii_case(&account.client_id) {
        let message =
            format!("AADSTS700016: Application with identifier '{client}' was not found in the directory '{tenant}'.");
        return refusal(400, "unauthorized_client", 700_016, &message);
    }
    if field("client_secret") != account.client_secret {
        let message = format!(
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
        );
        return refusal(401, "invalid_client", 7_000_215, &message);
    }
    let Some(audience) = field("scope").strip_suffix("/.default").filter(|resource| !resource.is_empty()) else {
        let message = format!(
            "AADSTS1002012: The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
            field("scope")
        );
        return refusal(400, "invalid_scope", 1_002_012, &message);
    };
    let token = token::issue(account, &account.object_id, &account.client_id, audience, token::LIFETIME);
    Response::json(
        200,
        &json!({
            "token_type": "Bearer",
            "expires_in": token::LIFETIME,
            "ext_expires_in": token::LIFETIME,
            "access_token": token,
        }),
    )
    .header("cache-control", "no-store, no-cache")
}

fn knows(account: &Account, tenant: &str) -> bool {
    ["common", "organizations"].contains(&tenant) || tenant.eq_ignore_ascii_case(&account.tenant)
}

fn unknown_tenant(tenant: &str) -> Response {
    let message = format!(
        "AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    );
    refusal(400, "invalid_request", 90002, &message)
}

/// Entra's own error body, unlike everybody else's.
fn refusal(status: u16, error: &str, code: i64, message: &str) -> Response {
    let now = OffsetDateTime::now_utc();
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let stamp = now.format(&Rfc3339).unwrap_or_default();
    let body: Value = json!({
        "error": error,
        "error_description": format!("{message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"),
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace.to_string(),
        "correlation_id": correlation.to_string(),
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    Response::json(status, &body)
}
