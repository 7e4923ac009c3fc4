//! Entra ID: discovery, the token endpoint, and the check of bearer tokens for everybody else.

mod client;
mod device_code;
mod discovery;
pub mod federated;
pub mod memory;
mod refusal;
mod ssh_authority;
mod ssh_cert;
mod user;

use std::sync::Arc;

pub use super::token::Claims;
use super::{
    cloud_name::Hosts,
    met::OUTLIVED,
    token::{self, TokenError},
    wire::{Request, Response},
    world::World,
};
pub use ssh_cert::authority_line;

/// Graph as a resource, by its application id.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Answers one request to `login.microsoftonline.com`, or what Entra is called in another cloud.
pub fn handle(world: &Arc<World>, request: &Request) -> Response {
    let account = world.state().account.clone();
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            discovery::openid_configuration(&account, tenant)
        }
        ("GET", ["common", "discovery", "instance"]) => discovery::instance_discovery(&account),
        ("GET", ["common", realm, user]) if realm.eq_ignore_ascii_case("userrealm") => {
            discovery::user_realm(&account, user)
        }
        ("POST", [tenant, "oauth2", "v2.0", endpoint @ ("token" | "devicecode")]) => {
            if !discovery::knows(&account, tenant) {
                return refusal::unknown_tenant(tenant);
            }
            let form = Form::read(request);
            match *endpoint {
                "token" => token_endpoint(world, tenant, &form),
                _ => device_code::begin(world, tenant, &form),
            }
        }
        _ => Response::unknown(request),
    }
}

/// The fields of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(request: &Request) -> Self {
        Self(url::form_urlencoded::parse(&request.body).into_owned().collect())
    }

    /// Empty when absent.
    fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }
}

fn token_endpoint(world: &World, tenant: &str, form: &Form) -> Response {
    let answer = match form.field("grant_type") {
        "client_credentials" => client::credentials(&world.state().account.clone(), tenant, form),
        "password" => user::password(world, tenant, form),
        "refresh_token" => user::refresh(world, tenant, form),
        "urn:ietf:params:oauth:grant-type:device_code" => device_code::poll(world, tenant, form),
        other => {
            let message = format!("AADSTS70003: The app requested an unsupported grant type '{other}'.");
            refusal::refusal(400, "unsupported_grant_type", 70003, &message)
        }
    };
    answer.header("cache-control", "no-store, no-cache")
}

/// Checks the bearer token of a request to ARM, Graph or a vault, audience included.
/// Refusals as azure.md §2.4 has them.
pub fn bearer(world: &Arc<World>, request: &Request) -> Result<Claims, Response> {
    let account = world.state().account.clone();
    let refuse = |code: &str, message: &str| {
        let challenge = format!(
            "Bearer authorization_uri=\"{}\", error=\"invalid_token\", error_description=\"{message}\"",
            account.cloud.hosts().authority(&account.tenant)
        );
        Response::error(401, code, message).header("www-authenticate", challenge)
    };
    let invalid = "InvalidAuthenticationToken";
    let Some(given) = bearer_text(request) else {
        return Err(refuse(invalid, "Authentication failed. The 'Authorization' header is missing."));
    };
    let verified = token::verify(&account, given).and_then(|claims| match has_outlived(world, given) {
        true => Err(TokenError::Expired),
        false => Ok(claims),
    });
    let claims = verified.map_err(|error| match error {
        TokenError::Expired => refuse("ExpiredAuthenticationToken", &error.to_string()),
        TokenError::Malformed | TokenError::Signature => refuse(invalid, &error.to_string()),
    })?;
    let allowed = audiences(account.cloud.hosts(), &request.host);
    if !allowed.iter().any(|allowed| allowed == claims.audience.trim_end_matches('/')) {
        let message = format!(
            "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the allowed audiences '{}'.",
            claims.audience,
            allowed.join("','")
        );
        return Err(refuse("InvalidAuthenticationTokenAudience", &message));
    }
    match user::challenge(world, &claims, given) {
        Some(challenge) => Err(challenge),
        None => Ok(claims),
    }
}

/// Whether the scenario lets a token run out that its bearer believes to be good.
fn has_outlived(world: &World, token: &str) -> bool {
    let Some(lifetime) = world.scenario.timings.token_lifetime else { return false };
    let (now, mut state) = (world.clock.now(), world.state());
    let first = *state.entra.used.entry(token.to_owned()).or_insert(now);
    let is_over = now - first > lifetime;
    if is_over {
        state.meet(OUTLIVED);
    }
    is_over
}

/// The text after `Bearer `, if any.
pub fn bearer_text(request: &Request) -> Option<&str> {
    let value = request.headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Resources that a host takes tokens for, without the trailing slash.
fn audiences(own: &Hosts, host: &str) -> Vec<String> {
    match host {
        _ if host == own.graph => vec![format!("https://{host}"), GRAPH.to_owned()],
        _ if host == own.arm => vec![format!("https://{host}"), own.arm_audience.to_owned()],
        _ => vec![format!("https://{}", own.vault)],
    }
}
