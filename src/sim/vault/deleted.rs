//! Soft deletion: deleted secrets can be recovered until they are purged.

use super::{
    Vault,
    answers::{self, error_with_inner, not_found},
};
use crate::sim::{secret_store::DeletedSecret, wire::Response, world::World};

/// `DELETE /secrets/{name}`. The name stays taken; for a moment nothing at all can be done with it.
pub fn delete(world: &World, vault: &Vault, name: &str) -> Response {
    let key = name.to_ascii_lowercase();
    let now = world.clock.now();
    let mut state = world.state();
    let Some(versions) = state.vaults.get_mut(&vault.name).and_then(|store| store.versions.remove(&key)) else {
        return not_found(name);
    };
    if let Some(current) = state.secrets.get_mut(&vault.name) {
        current.remove(&key);
    }
    let deleted = DeletedSecret { versions, deleted: now, deleting_until: now + world.scenario.timings.other };
    let answer = answers::deleted_bundle(vault, name, &deleted);
    state.vaults.entry(vault.name.clone()).or_default().deleted.insert(key, deleted);
    answer
}

/// `GET /deletedsecrets/{name}`: 404 while the deletion is still under way.
pub fn get(world: &World, vault: &Vault, name: &str) -> Response {
    let now = world.clock.now();
    let state = world.state();
    let deleted = state.vaults.get(&vault.name).and_then(|store| store.deleted.get(&name.to_ascii_lowercase()));
    match deleted {
        Some(deleted) if deleted.deleting_until <= now => answers::deleted_bundle(vault, name, deleted),
        _ => not_found(name),
    }
}

/// `POST /deletedsecrets/{name}/recover`.
pub fn recover(world: &World, vault: &Vault, name: &str) -> Response {
    let key = name.to_ascii_lowercase();
    let now = world.clock.now();
    let mut state = world.state();
    let Some(store) = state.vaults.get_mut(&vault.name) else { return not_found(name) };
    match store.deleted.get(&key) {
        None => return not_found(name),
        Some(deleted) if now < deleted.deleting_until => return being_deleted(name),
        Some(_) => {}
    }
    let versions = store.deleted.remove(&key).map(|deleted| deleted.versions).unwrap_or_default();
    let Some(last) = versions.last().cloned() else { return not_found(name) };
    store.versions.insert(key.clone(), versions);
    state.secrets.entry(vault.name.clone()).or_default().insert(key, last.secret.clone());
    let id = format!("secrets/{name}/{}", last.secret.version);
    Response::json(200, &serde_json::Value::Object(answers::metadata(vault, &id, &last)))
}

/// `DELETE /deletedsecrets/{name}`.
pub fn purge(world: &World, vault: &Vault, name: &str) -> Response {
    let key = name.to_ascii_lowercase();
    let now = world.clock.now();
    let mut state = world.state();
    let deleted = state.vaults.get_mut(&vault.name).map(|store| &mut store.deleted);
    match deleted.as_ref().and_then(|deleted| deleted.get(&key)) {
        None => not_found(name),
        Some(entry) if now < entry.deleting_until => being_deleted(name),
        Some(_) if vault.purge_protection => error_with_inner(
            403,
            "Forbidden",
            "Operation \"purge\" is not allowed because purge protection is enabled for this vault.",
            "PurgeProtectionEnabled",
        ),
        Some(_) => {
            deleted.and_then(|deleted| deleted.remove(&key));
            Response::empty(204)
        }
    }
}

fn being_deleted(name: &str) -> Response {
    let message = format!("Secret {name} is currently being deleted.");
    error_with_inner(409, "Conflict", &message, "ObjectIsBeingDeleted")
}
