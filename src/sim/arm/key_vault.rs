//! Vaults and user-assigned identities: what machines and secrets hang on.

use serde_json::{Value, json};

use super::{ArmError, id::ResourceId, provider::envelope};
use crate::sim::world::World;

pub fn vault(world: &World, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    let name = id.name().to_owned();
    let fits = (3..=24).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !fits {
        let message =
            format!("The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters.");
        return Err(ArmError::new(400, "VaultNameNotValid", &message));
    }
    let mut body = envelope(id, body);
    body["properties"]["vaultUri"] = json!(format!("https://{}.vault.azure.net/", name.to_ascii_lowercase()));
    body["properties"]["provisioningState"] = json!("RegisteringDns");
    world.state().secrets.entry(name.to_ascii_lowercase()).or_default();
    Ok(body)
}

/// principalId and clientId are made once and kept.
pub fn identity(world: &World, id: &ResourceId, body: Value) -> Value {
    let mut body = envelope(id, body);
    let state = world.state();
    let kept = state.resources.get(&id.key()).map(|r| r.body["properties"].clone()).unwrap_or_default();
    for name in ["principalId", "clientId"] {
        let value = if kept[name].is_string() { kept[name].clone() } else { json!(uuid::Uuid::new_v4().to_string()) };
        body["properties"][name] = value;
    }
    body["properties"]["tenantId"] = json!(state.account.tenant);
    body
}
