//! User-assigned identities.

use serde_json::json;

use super::{
    Answer, Call, Reply,
    store::{self, envelope, group_is_writable, insert, located, new_guid},
};

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", "microsoft.managedidentity/userassignedidentities") => store::list(call),
        ("GET", "microsoft.managedidentity/userassignedidentities/*") => store::get(call),
        ("PUT", "microsoft.managedidentity/userassignedidentities/*") => put(call),
        ("DELETE", "microsoft.managedidentity/userassignedidentities/*") => {
            let gone = call.world.state().resources.remove(&call.target.key());
            Ok(Reply::empty(if gone.is_some() { 200 } else { 204 }))
        }
        _ => Err(call.unknown()),
    }
}

/// principalId and clientId are made once and kept.
fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    let kept = state.resources.get(&call.target.key()).map(|r| r.body["properties"].clone());
    let is_new = kept.is_none();
    let mut body = envelope(&call.target, &call.body);
    body["properties"] = kept.unwrap_or_else(
        || json!({"tenantId": state.account.tenant, "principalId": new_guid(), "clientId": new_guid()}),
    );
    insert(&mut state, &call.target, body.clone());
    Ok(Reply::json(if is_new { 201 } else { 200 }, &body))
}
