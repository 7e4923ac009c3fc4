//! How a machine fetches its secrets: with its identities, by the roles they really hold.

use super::hardware::Hardware;

/// Key Vault Secrets User.
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";

/// Whether both secrets can be read now; else why not, in the bootstrap's words. Values are only looked at.
pub fn fetch(hardware: &Hardware) -> Result<(), String> {
    let data = &hardware.custom_data;
    let vault = data.setting("CLAW_VAULT");
    let suffix = Some(data.setting("CLAW_VAULT_SUFFIX")).filter(|s| !s.is_empty()).unwrap_or("vault.azure.net");
    if suffix != hardware.world.scenario.cloud.hosts().vault {
        return Err(format!("vault {vault} does not answer"));
    }
    let client = data.setting("CLAW_IDENTITY_CLIENT_ID");
    let identity = hardware.spec.user_identities.iter().find(|(id, _)| id.eq_ignore_ascii_case(client));
    let Some((_, fleet)) = identity else {
        return Err(format!("vault {vault}: this VM has no identity with the client ID {client}"));
    };
    let shared = data.setting("CLAW_SHARED_SECRET");
    if !may_read(hardware, fleet, vault, shared) {
        return Err(format!("vault {vault}: access not granted yet"));
    }
    if !exists(hardware, vault, shared) {
        return Err(format!("vault {vault} has no secret {shared} yet: claw secrets push"));
    }
    let own = data.setting("CLAW_MEMBER_SECRET");
    if exists(hardware, vault, own) && !may_read(hardware, &hardware.spec.system_principal, vault, own) {
        return Err(format!("vault {vault}: access not granted yet"));
    }
    Ok(())
}

/// Which versions it fetches now.
pub fn versions(hardware: &Hardware) -> Vec<String> {
    let data = &hardware.custom_data;
    let state = hardware.world.state();
    let stored = state.secrets.get(&data.setting("CLAW_VAULT").to_ascii_lowercase());
    let names = ["CLAW_SHARED_SECRET", "CLAW_MEMBER_SECRET"].map(|name| data.setting(name).to_ascii_lowercase());
    names.iter().filter_map(|name| Some(stored?.get(name)?.version.clone())).collect()
}

fn exists(hardware: &Hardware, vault: &str, name: &str) -> bool {
    let state = hardware.world.state();
    let secrets = state.secrets.get(&vault.to_ascii_lowercase());
    secrets.is_some_and(|secrets| secrets.contains_key(&name.to_ascii_lowercase()))
}

fn may_read(hardware: &Hardware, principal: &str, vault: &str, name: &str) -> bool {
    let id = {
        let state = hardware.world.state();
        let mut vaults = state.resources.values().filter(|r| r.kind == "microsoft.keyvault/vaults");
        let named = |id: &str| id.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(vault));
        vaults.find(|r| named(&r.id)).map(|r| r.id.clone())
    };
    id.is_some_and(|id| hardware.world.allowed(principal, &[SECRETS_USER], &format!("{id}/secrets/{name}")))
}
