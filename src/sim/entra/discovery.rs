//! What clients ask before they sign in: endpoints, clouds, how a user's domain signs in.

use serde_json::json;

use super::refusal::unknown_tenant;
use crate::sim::{account::Account, wire::Response};

/// Whether a tenant's name in a path means the embedded one.
pub fn knows(account: &Account, tenant: &str) -> bool {
    ["common", "organizations"].contains(&tenant) || tenant.eq_ignore_ascii_case(&account.tenant)
}

pub fn openid_configuration(account: &Account, tenant: &str) -> Response {
    if !knows(account, tenant) {
        return unknown_tenant(tenant);
    }
    let hosts = account.cloud.hosts();
    let base = hosts.authority(&account.tenant);
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
            "grant_types_supported": ["authorization_code", "refresh_token", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": hosts.instance,
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": hosts.graph,
        }),
    )
}

pub fn instance_discovery(account: &Account) -> Response {
    let hosts = account.cloud.hosts();
    Response::json(
        200,
        &json!({
            "tenant_discovery_endpoint":
                format!("{}/v2.0/.well-known/openid-configuration", hosts.authority(&account.tenant)),
            "api-version": "1.1",
            "metadata": [{
                "preferred_network": hosts.entra[0],
                "preferred_cache": hosts.entra[1],
                "aliases": hosts.entra,
            }],
        }),
    )
}

/// How a user's domain signs in: with Entra itself, never with a federation server (MSAL asks before a password).
pub fn user_realm(account: &Account, user: &str) -> Response {
    let instance = account.cloud.hosts().instance;
    let domain = user.rsplit_once('@').map_or("", |(_, domain)| domain);
    if domain.is_empty() {
        return Response::json(200, &json!({"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": instance}));
    }
    Response::json(
        200,
        &json!({
            "ver": "1.0",
            "account_type": "Managed",
            "domain_name": domain,
            "cloud_instance_name": instance,
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        }),
    )
}
