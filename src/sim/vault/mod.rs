//! Key Vault's data plane at `{vault}.vault.azure.net` (or another cloud's suffix): the challenge, RBAC, and secrets.

mod access;
mod answers;
mod deleted;
mod secrets;

use std::sync::Arc;

use answers::error;

use super::{
    cloud_name::CloudName,
    wire::{Request, Response},
    world::{State, World},
};

/// Versions of the API that are served; the SDK sends the dated one.
const API_VERSIONS: [&str; 7] = ["7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"];

/// A vault that exists, with what its resource says.
struct Vault {
    name: String,
    cloud: CloudName,
    /// As first written.
    id: String,
    location: String,
    tenant: String,
    rbac: bool,
    is_public: bool,
    retention_days: i64,
    purge_protection: bool,
}

impl Vault {
    fn find(state: &State, host: &str) -> Option<Self> {
        let cloud = state.account.cloud;
        let (name, suffix) = host.split_once('.')?;
        let name = Some(name).filter(|_| suffix == cloud.hosts().vault)?.to_ascii_lowercase();
        let suffix = format!("/providers/microsoft.keyvault/vaults/{name}");
        let (_, resource) = state.resources.iter().find(|(id, _)| id.ends_with(&suffix))?;
        let properties = &resource.body["properties"];
        let tenant = properties["tenantId"].as_str().unwrap_or(&state.account.tenant).to_owned();
        Some(Self {
            id: resource.id.clone(),
            location: resource.body["location"].as_str().unwrap_or_default().to_owned(),
            tenant,
            rbac: properties["enableRbacAuthorization"].as_bool().unwrap_or(false),
            is_public: !properties["publicNetworkAccess"]
                .as_str()
                .is_some_and(|is| is.eq_ignore_ascii_case("Disabled")),
            retention_days: properties["softDeleteRetentionInDays"].as_i64().unwrap_or(90),
            purge_protection: properties["enablePurgeProtection"].as_bool().unwrap_or(false),
            name,
            cloud,
        })
    }

    /// `https://…/secrets/name`, with whatever follows.
    fn url(&self, path: &str) -> String {
        format!("https://{}.{}/{path}", self.name, self.cloud.hosts().vault)
    }
}

/// Answers one request to a vault.
pub fn handle(world: &Arc<World>, request: &Request) -> Response {
    let Some(vault) = Vault::find(&world.state(), &request.host) else { return Response::unknown(request) };
    let claims = match access::caller(world, &vault, request) {
        Ok(claims) => claims,
        Err(refusal) => return named(refusal, &vault),
    };
    let answer = match request.query("api-version") {
        None => error(400, "BadParameter", "api-version must be specified"),
        Some(version) if !API_VERSIONS.contains(&version) => {
            error(400, "BadParameter", &format!("The specified version ({version}) is not recognized."))
        }
        Some(_) => route(world, &vault, &claims, request),
    };
    named(answer, &vault)
}

fn route(world: &World, vault: &Vault, claims: &super::entra::Claims, request: &Request) -> Response {
    let may = |action: access::Action, name: &str| access::check(world, vault, claims, action, name);
    let segments = request.segments();
    let handled = match (request.method.as_str(), segments.as_slice()) {
        ("PUT", ["secrets", name]) => {
            may(access::Action::Set, name).map(|()| secrets::set(world, vault, name, &request.body))
        }
        ("GET", ["secrets"]) => may(access::Action::List, "").map(|()| secrets::list(world, vault, request)),
        ("GET", ["secrets", name, "versions"]) => {
            may(access::Action::List, name).map(|()| secrets::versions(world, vault, name, request))
        }
        ("GET", ["secrets", name]) => may(access::Action::Get, name).map(|()| secrets::get(world, vault, name, None)),
        ("GET", ["secrets", name, version]) => {
            may(access::Action::Get, name).map(|()| secrets::get(world, vault, name, Some(version)))
        }
        ("DELETE", ["secrets", name]) => {
            may(access::Action::Delete, name).map(|()| deleted::delete(world, vault, name))
        }
        ("GET", ["deletedsecrets", name]) => may(access::Action::List, name).map(|()| deleted::get(world, vault, name)),
        ("POST", ["deletedsecrets", name, "recover"]) => {
            may(access::Action::Recover, name).map(|()| deleted::recover(world, vault, name))
        }
        ("DELETE", ["deletedsecrets", name]) => {
            may(access::Action::Purge, name).map(|()| deleted::purge(world, vault, name))
        }
        _ => Ok(Response::unknown(request)),
    };
    handled.unwrap_or_else(|refusal| refusal)
}

fn named(response: Response, vault: &Vault) -> Response {
    response
        .header("x-ms-keyvault-region", vault.location.clone())
        .header("x-ms-keyvault-service-version", "1.9.2411.1")
        .header("x-ms-keyvault-network-info", "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;")
}
