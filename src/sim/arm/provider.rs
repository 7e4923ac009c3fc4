//! Resources of providers: kept as they were written, shaped by the provider, answered as ARM does.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ArmError, compute, existing_group, id::ResourceId, key_vault, lro, network, power, vm};
use crate::sim::{
    wire::{Request, Response},
    world::{Resource, World},
};

/// GET, PUT, PATCH, DELETE of a resource, GET of a collection, POST of an action.
pub fn route(world: &Arc<World>, request: &Request) -> Result<Response, ArmError> {
    let unknown = || ArmError::Unknown(Box::new(request.clone()));
    let (mut id, rest) = ResourceId::parse(&request.path).ok_or_else(unknown)?;
    if let (Some(action), "POST") = (&rest, request.method.as_str()) {
        return power::action(world, &id, action, request);
    }
    if id.lower_kind() == "microsoft.compute/virtualmachines"
        && rest.as_deref().is_some_and(|r| r.eq_ignore_ascii_case("instanceView"))
    {
        return vm::instance_view(world, &id);
    }
    if let Some(collection) = rest {
        id.types.push(collection);
        return match request.method.as_str() {
            "GET" => list(world, &id, request),
            _ => Err(unknown()),
        };
    }
    if !known(&id) {
        return Err(unknown());
    }
    match request.method.as_str() {
        "GET" => get(world, &id, request),
        "PUT" => {
            let body: Value = serde_json::from_slice(&request.body)
                .map_err(|_| ArmError::new(400, "InvalidRequestContent", "The request content was invalid."))?;
            put_with_headers(world, &id, body, request)
        }
        "PATCH" => patch(world, &id, &serde_json::from_slice(&request.body).unwrap_or_default()),
        "DELETE" => vm::delete(world, &id, request.query("api-version").unwrap_or_default()),
        _ => Err(unknown()),
    }
}

/// Types that claw's loop creates or reads.
pub fn known(id: &ResourceId) -> bool {
    matches!(
        id.lower_kind().as_str(),
        "microsoft.compute/virtualmachines"
            | "microsoft.compute/virtualmachines/extensions"
            | "microsoft.compute/virtualmachinescalesets"
            | "microsoft.compute/disks"
            | "microsoft.network/networksecuritygroups"
            | "microsoft.network/networksecuritygroups/securityrules"
            | "microsoft.network/virtualnetworks"
            | "microsoft.network/virtualnetworks/subnets"
            | "microsoft.network/networkinterfaces"
            | "microsoft.network/publicipaddresses"
            | "microsoft.keyvault/vaults"
            | "microsoft.managedidentity/userassignedidentities"
    )
}

fn put_with_headers(world: &Arc<World>, id: &ResourceId, body: Value, request: &Request) -> Result<Response, ArmError> {
    let existed = world.state().resources.contains_key(&id.key());
    if existed && request.headers.get("if-none-match").is_some_and(|v| v == "*") {
        return Err(ArmError::new(
            412,
            "PreconditionFailed",
            "The condition '*' in the If-None-Match header was not satisfied.",
        ));
    }
    let stored = begin(world, id, body)?;
    let version = request.query("api-version").unwrap_or_default().to_owned();
    let response = Response::json(if existed { 200 } else { 201 }, &shown(&stored, false));
    if id.namespace.eq_ignore_ascii_case("Microsoft.KeyVault")
        || id.namespace.eq_ignore_ascii_case("Microsoft.ManagedIdentity")
    {
        // These answer with a finished resource soon enough that nobody polls.
        finish_now(world, id);
        return get(world, id, request).map(|r| Response { status: response.status, ..r });
    }
    let operation = lro::start(world, settle(world.clone(), id.clone(), existed));
    Ok(lro::accepted(world, response, id, &operation, &version))
}

/// Checks and stores a resource; what takes time comes in [`settle`]. Templates go through here too.
pub fn begin(world: &Arc<World>, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    existing_group(world, id)?;
    let stored = match id.lower_kind().as_str() {
        "microsoft.compute/virtualmachines" => vm::begin(world, id, body)?,
        "microsoft.compute/virtualmachines/extensions" => compute::extension(world, id, body)?,
        "microsoft.compute/virtualmachinescalesets" => compute::scale_set(world, id, body)?,
        kind if kind.starts_with("microsoft.network/") => network::begin(world, id, body)?,
        "microsoft.keyvault/vaults" => key_vault::vault(world, id, body)?,
        "microsoft.managedidentity/userassignedidentities" => key_vault::identity(world, id, body),
        _ => envelope(id, body),
    };
    let resource = Resource { id: id.to_string(), kind: id.lower_kind(), body: stored.clone() };
    world.state().resources.insert(id.key(), resource);
    Ok(stored)
}

/// The part that takes time, and its end. `existed`: an update, which is quicker than a creation.
pub async fn settle(world: Arc<World>, id: ResourceId, existed: bool) -> Result<(), ArmError> {
    if id.lower_kind() == "microsoft.compute/virtualmachines" && !existed {
        return vm::create(world, id).await;
    }
    let share = if id.lower_kind().contains("network") { 4 } else { 1 };
    world.clock.sleep(world.scenario.timings.other / share).await;
    finish_now(&world, &id);
    Ok(())
}

fn finish_now(world: &World, id: &ResourceId) {
    if let Some(resource) = world.state().resources.get_mut(&id.key()) {
        resource.body["properties"]["provisioningState"] = json!("Succeeded");
    }
}

/// What every resource has.
pub fn envelope(id: &ResourceId, mut body: Value) -> Value {
    if !body.is_object() {
        body = json!({});
    }
    for unasked in ["apiVersion", "dependsOn", "scope", "comments", "condition"] {
        if let Some(fields) = body.as_object_mut() {
            fields.shift_remove(unasked);
        }
    }
    body["id"] = json!(id.to_string());
    body["name"] = json!(id.name());
    body["type"] = json!(id.kind());
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    body["properties"]["provisioningState"] = json!("Updating");
    body
}

/// A VM's instance view comes only when asked for.
pub fn shown(body: &Value, with_view: bool) -> Value {
    let mut body = body.clone();
    if !with_view && let Some(properties) = body["properties"].as_object_mut() {
        properties.shift_remove("instanceView");
    }
    body
}

fn expands(request: &Request) -> bool {
    request.query("$expand").is_some_and(|e| e.eq_ignore_ascii_case("instanceView"))
}

fn get(world: &World, id: &ResourceId, request: &Request) -> Result<Response, ArmError> {
    let found = world.state().resources.get(&id.key()).cloned();
    let found = found.ok_or_else(|| ArmError::not_found(&id.kind(), id.name(), &id.group))?;
    Ok(Response::json(200, &shown(&found.body, expands(request))))
}

fn list(world: &World, id: &ResourceId, request: &Request) -> Result<Response, ArmError> {
    existing_group(world, id)?;
    let prefix = format!("{}/", id.key_of_collection());
    let filter = request.query("$filter").unwrap_or_default();
    let scale_set = filter.split('\'').nth(3).map(str::to_ascii_lowercase);
    let is_exact = filter.to_ascii_lowercase().starts_with("'virtualmachinescaleset/id' eq '") && scale_set.is_some();
    if expands(request) && !is_exact {
        let message = "The expand parameter is only allowed together with a filter on virtualMachineScaleSet/id.";
        return Err(ArmError::new(400, "InvalidParameter", message));
    }
    let state = world.state();
    let of_kind = state.resources.iter().filter(|(key, r)| key.starts_with(&prefix) && r.kind == id.lower_kind());
    let value: Vec<Value> = of_kind
        .filter(|(_, r)| {
            let own = r.body["properties"]["virtualMachineScaleSet"]["id"].as_str().map(str::to_ascii_lowercase);
            filter.is_empty() || own == scale_set
        })
        .map(|(_, r)| shown(&r.body, expands(request)))
        .collect();
    let (start, size) = (request.query("$skiptoken").and_then(|t| t.parse().ok()).unwrap_or(0), 200);
    let end = (start + size).min(value.len());
    let mut page = json!({"value": value.get(start..end).unwrap_or_default()});
    if end < value.len() {
        let query: Vec<String> = request
            .query
            .iter()
            .filter(|(n, _)| !n.eq_ignore_ascii_case("$skiptoken"))
            .map(|(n, v)| url::form_urlencoded::Serializer::new(String::new()).append_pair(n, v).finish())
            .collect();
        page["nextLink"] =
            json!(format!("https://{}{}?{}&%24skiptoken={end}", request.host, request.path, query.join("&")));
    }
    Ok(Response::json(200, &page))
}

/// Tags only: the one PATCH that claw's loop may send.
fn patch(world: &World, id: &ResourceId, asked: &Value) -> Result<Response, ArmError> {
    let mut state = world.state();
    let resource =
        state.resources.get_mut(&id.key()).ok_or_else(|| ArmError::not_found(&id.kind(), id.name(), &id.group))?;
    if asked["tags"].is_object() {
        resource.body["tags"] = asked["tags"].clone();
    }
    Ok(Response::json(200, &shown(&resource.body, false)))
}
