//! Who may do what in a vault: the 401 challenge, then RBAC at the vault or at one secret.

use std::sync::Arc;

use super::{Vault, answers::error_with_inner};
use crate::sim::{
    entra::{self, Claims},
    wire::{Request, Response},
    world::World,
};

const SECRETS_OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
const ADMINISTRATOR: &str = "00482a5a-887f-4fb3-b363-3b7fe8e74483";
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Get,
    Set,
    List,
    Delete,
    Recover,
    Purge,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            Self::Set => "Microsoft.KeyVault/vaults/secrets/setSecret/action",
            Self::List => "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
            Self::Delete => "Microsoft.KeyVault/vaults/secrets/delete",
            Self::Recover => "Microsoft.KeyVault/vaults/secrets/recover/action",
            Self::Purge => "Microsoft.KeyVault/vaults/secrets/purge/action",
        }
    }

    /// Being Owner of a vault opens none of its secrets.
    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Get => &[SECRETS_OFFICER, ADMINISTRATOR, SECRETS_USER],
            _ => &[SECRETS_OFFICER, ADMINISTRATOR],
        }
    }
}

/// The caller, or the challenge that says where tokens come from (azure.md §7).
pub fn caller(world: &Arc<World>, vault: &Vault, request: &Request) -> Result<Claims, Response> {
    let refused = |message: &str| {
        let hosts = vault.cloud.hosts();
        let (authority, resource) = (hosts.authority(&vault.tenant), hosts.vault);
        let challenge = format!("Bearer authorization=\"{authority}\", resource=\"https://{resource}\"");
        Response::error(401, "Unauthorized", message).header("www-authenticate", challenge)
    };
    if entra::bearer_text(request).is_none() {
        return Err(refused("AKV10000: Request is missing a Bearer or PoP token."));
    }
    entra::bearer(world, request).map_err(|refusal| {
        let body: serde_json::Value = serde_json::from_slice(&refusal.body).unwrap_or_default();
        let why = body["error"]["message"].as_str().unwrap_or_default();
        refused(&format!("AKV10022: Invalid token. {why}"))
    })
}

/// Whether the caller holds a role for the action at the secret or above. An empty name is the vault itself.
pub fn check(world: &World, vault: &Vault, claims: &Claims, action: Action, secret: &str) -> Result<(), Response> {
    if !vault.is_public {
        let message = "Public network access is disabled and request is not from a trusted service nor via an approved private link.";
        return Err(error_with_inner(403, "Forbidden", message, "ForbiddenByConnection"));
    }
    let scope = if secret.is_empty() { vault.id.clone() } else { format!("{}/secrets/{secret}", vault.id) };
    if !vault.rbac {
        let message = format!(
            "The user, group or application 'appid={};oid={};iss=https://{}/{}/' does not have secrets permission on key vault '{};location={}'.",
            claims.app_id,
            claims.object_id,
            vault.cloud.hosts().issuer,
            claims.tenant,
            vault.name,
            vault.location
        );
        return Err(error_with_inner(403, "Forbidden", &message, "AccessDenied"));
    }
    if world.allowed(&claims.object_id, action.roles(), &scope) {
        return Ok(());
    }
    world.refused(&claims.object_id, action.roles(), &scope);
    let message = format!(
        "Caller is not authorized to perform action on resource.\r\n\
         If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n\
         Caller: appid={};oid={};iss=https://{}/{}/\r\n\
         Action: '{}'\r\n\
         Resource: '{}'\r\n\
         Assignment: (not found)\r\n\
         DenyAssignmentId: null\r\n\
         DecisionReason: null \r\n\
         Vault: {};location={}\r\n",
        claims.app_id,
        claims.object_id,
        vault.cloud.hosts().issuer,
        claims.tenant,
        action.name(),
        scope.to_ascii_lowercase(),
        vault.name,
        vault.location
    );
    Err(error_with_inner(403, "Forbidden", &message, "ForbiddenByRbac"))
}
