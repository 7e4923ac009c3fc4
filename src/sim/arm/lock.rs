//! Management locks: what must not be deleted (azure.md §1.5).

use serde_json::json;

use super::{
    Answer, Call, Reply,
    error::ArmError,
    store::{envelope, insert, page},
};

const KIND: &str = "microsoft.authorization/locks";

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", "microsoft.authorization/locks") => {
            let all = locks(call, &call.target.scope).into_iter().map(|(_, body)| body).collect();
            Ok(page(call, all, 500))
        }
        ("GET", "microsoft.authorization/locks/*") => match found(call) {
            Some(body) => Ok(Reply::json(200, &body)),
            None => Err(call.not_found()),
        },
        ("PUT", "microsoft.authorization/locks/*") => {
            let level = call.body["properties"]["level"].as_str().unwrap_or_default();
            if !matches!(level, "CanNotDelete" | "ReadOnly") {
                return Err(ArmError::bad("InvalidLockLevel", format!("The lock level '{level}' is not valid.")));
            }
            let is_new = found(call).is_none();
            let body = envelope(&call.target, &json!({"properties": call.body["properties"]}));
            insert(&mut call.world.state(), &call.target, body.clone());
            Ok(Reply::json(if is_new { 201 } else { 200 }, &body))
        }
        ("DELETE", "microsoft.authorization/locks/*") => {
            let gone = call.world.state().resources.remove(&call.target.key());
            Ok(Reply::empty(if gone.is_some() { 200 } else { 204 }))
        }
        _ => Err(call.unknown()),
    }
}

fn found(call: &Call) -> Option<serde_json::Value> {
    call.world.state().resources.get(&call.target.key()).map(|r| r.body.clone())
}

/// Locks at, above and below a scope: each one's own scope and body.
fn locks(call: &Call, scope: &str) -> Vec<(String, serde_json::Value)> {
    let scope = format!("{}/", scope.to_ascii_lowercase());
    let state = call.world.state();
    let found = state.resources.iter().filter(|(_, r)| r.kind == KIND).filter_map(|(key, r)| {
        let own = format!("{}/", key.split("/providers/microsoft.authorization/locks/").next()?);
        let touches = own.starts_with(&scope) || scope.starts_with(&own);
        touches.then(|| (own.trim_end_matches('/').to_owned(), r.body.clone()))
    });
    found.collect()
}

/// A lock anywhere at, above or (since it would go too) below what is deleted.
pub fn check(call: &Call) -> Result<(), ArmError> {
    if call.target.pattern().starts_with(KIND) {
        return Ok(());
    }
    let id = call.target.id();
    let Some((own, _)) = locks(call, &id).into_iter().next() else { return Ok(()) };
    let message = format!(
        "The scope '{id}' cannot perform delete operation because following scope(s) are locked: '{own}'. Please remove the lock and try again."
    );
    Err(ArmError::conflict("ScopeLocked", message))
}
