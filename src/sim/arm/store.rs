//! Resources as they are kept: the fields all of them have, lists and their pages.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, macros::format_description};

use super::{
    call::{Answer, Call, Reply},
    error::ArmError,
    target::Target,
};
use crate::sim::world::{Resource, State};

/// ARM's timestamps: seven decimals and `+00:00`.
pub fn stamp(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]+00:00");
    at.format(form).unwrap_or_default()
}

pub fn new_guid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The body that everything else is put into: what was asked, under the resource's own id, name and type.
pub fn envelope(target: &Target, asked: &Value) -> Value {
    let mut body = Map::new();
    body.insert("name".into(), json!(target.name()));
    body.insert("id".into(), json!(target.id()));
    body.insert("type".into(), json!(target.kind()));
    for (field, value) in asked.as_object().into_iter().flatten() {
        if !matches!(field.as_str(), "name" | "id" | "type" | "etag") && !value.is_null() {
            body.insert(field.clone(), value.clone());
        }
    }
    let mut body = Value::Object(body);
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    body
}

pub fn insert(state: &mut State, target: &Target, body: Value) {
    let resource = Resource { id: target.id(), kind: target.kind().to_ascii_lowercase(), body };
    state.resources.insert(target.key(), resource);
}

/// A resource that another one names.
pub fn by_id<'a>(state: &'a State, id: &Value) -> Option<&'a Resource> {
    state.resources.get(&id.as_str()?.to_ascii_lowercase())
}

pub fn by_id_mut<'a>(state: &'a mut State, id: &Value) -> Option<&'a mut Resource> {
    state.resources.get_mut(&id.as_str()?.to_ascii_lowercase())
}

pub fn set_state(state: &mut State, key: &str, provisioning: &str) {
    if let Some(resource) = state.resources.get_mut(key) {
        resource.body["properties"]["provisioningState"] = json!(provisioning);
    }
}

/// What stands keeps its location.
pub fn stays(call: &Call) -> Result<(), ArmError> {
    let state = call.world.state();
    let stands = state.resources.get(&call.target.key()).and_then(|resource| resource.body["location"].as_str());
    let (Some(stands), Some(asked)) = (stands, call.body["location"].as_str()) else { return Ok(()) };
    let plain = |name: &str| name.replace(' ', "").to_ascii_lowercase();
    if plain(stands) == plain(asked) {
        return Ok(());
    }
    let message = format!(
        "The resource '{}' already exists in location '{stands}' in resource group '{}'. A resource with the same name cannot be created in location '{asked}'. Please select a new resource name.",
        call.target.name(),
        call.target.group_name()
    );
    Err(ArmError::conflict("InvalidResourceLocation", message))
}

/// The group of a path must be there before anything in it, and not on its way out.
pub fn group_exists(state: &State, target: &Target) -> Result<(), ArmError> {
    match state.resources.get(&target.group_key()) {
        None if target.group.is_some() => Err(ArmError::group_not_found(target.group_name())),
        _ => Ok(()),
    }
}

pub fn group_is_writable(state: &State, target: &Target) -> Result<(), ArmError> {
    group_exists(state, target)?;
    match state.resources.get(&target.group_key()) {
        Some(group) if group.body["properties"]["provisioningState"] == "Deleting" => {
            let message = format!(
                "The resource group '{}' is in deprovisioning state and cannot perform this operation.",
                target.group_name()
            );
            Err(ArmError::conflict("ResourceGroupBeingDeleted", message))
        }
        _ => Ok(()),
    }
}

/// Required of every resource that has a place.
pub fn located(asked: &Value) -> Result<(), ArmError> {
    match asked["location"].as_str() {
        Some(location) if !location.is_empty() => Ok(()),
        _ => Err(ArmError::bad("LocationRequired", "The location property is required for this definition.")),
    }
}

/// GET of one resource.
pub fn get(call: &Call) -> Answer {
    let state = call.world.state();
    group_exists(&state, &call.target)?;
    let found = state.resources.get(&call.target.key()).ok_or_else(|| call.not_found())?;
    Ok(Reply::json(200, &found.body))
}

/// All resources of the collection's type below the scope, in order of their ids.
pub fn collect(state: &State, target: &Target) -> Vec<Value> {
    let kind = target.kind().to_ascii_lowercase();
    let below = match target.types.is_empty() {
        true => format!("{}/", target.scope),
        false => format!("{}/", target.id()),
    };
    let below = below.to_ascii_lowercase();
    let found = state.resources.iter().filter(|(key, r)| r.kind == kind && key.starts_with(&below));
    found.map(|(_, r)| r.body.clone()).collect()
}

/// Every resource of a path's group that has a place.
pub fn collect_group(state: &State, target: &Target) -> Vec<Value> {
    let inside = format!("{}/", target.group_key());
    let listed = |key: &str| key.starts_with(&inside) && key.matches("/providers/").count() == 1;
    let found = state.resources.iter().filter(|(key, r)| listed(key) && r.body["location"].is_string());
    found.map(|(_, r)| r.body.clone()).collect()
}

/// GET of a collection.
pub fn list(call: &Call) -> Answer {
    let state = call.world.state();
    group_exists(&state, &call.target)?;
    Ok(page(call, collect(&state, &call.target), 500))
}

/// A page of a list; `nextLink` holds the whole query with the place where the next one begins.
pub fn page(call: &Call, all: Vec<Value>, size: usize) -> Reply {
    let start = call.query("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let rest = all.len().saturating_sub(start);
    let mut body = json!({"value": all.into_iter().skip(start).take(size).collect::<Vec<_>>()});
    if rest > size {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in call.query.iter().filter(|(n, _)| !n.eq_ignore_ascii_case("$skiptoken")) {
            query.append_pair(name, value);
        }
        query.append_pair("$skiptoken", &(start + size).to_string());
        let tail = call.target.tail.as_deref().unwrap_or_default();
        let provider = match call.target.pattern().as_str() {
            // The generic list's path has no provider in it.
            "microsoft.resources/resources" => String::new(),
            _ if call.target.types.is_empty() => format!("providers/{}/", call.target.namespace),
            _ => String::new(),
        };
        let path = format!("{}/{provider}{tail}", call.target.id());
        body["nextLink"] = json!(format!("https://{}{path}?{}", call.arm(), query.finish()));
    }
    Reply::json(200, &body)
}
