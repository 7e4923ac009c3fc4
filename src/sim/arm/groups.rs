//! The subscription and resource groups.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ArmError, lro, vm};
use crate::sim::{
    wire::{Request, Response},
    world::{Resource, World},
};

const GROUP: &str = "microsoft.resources/resourcegroups";

pub fn subscription(world: &World, request: &Request) -> Result<Response, ArmError> {
    let segments = request.segments();
    let account = world.state().account.clone();
    if request.method != "GET" || !segments[1].eq_ignore_ascii_case(&account.subscription) {
        let message = format!("The subscription '{}' could not be found.", segments[1]);
        return Err(ArmError::new(404, "SubscriptionNotFound", &message));
    }
    Ok(Response::json(
        200,
        &json!({
            "id": account.subscription_scope(), "subscriptionId": account.subscription, "tenantId": account.tenant,
            "displayName": "Embedded cloud", "state": "Enabled",
        }),
    ))
}

pub fn group(world: &Arc<World>, request: &Request) -> Result<Response, ArmError> {
    let segments = request.segments();
    let (subscription, name) = (segments[1], segments[3]);
    let id = format!("/subscriptions/{subscription}/resourceGroups/{name}");
    let key = id.to_ascii_lowercase();
    let found = world.state().resources.get(&key).cloned();
    let missing =
        || ArmError::new(404, "ResourceGroupNotFound", &format!("Resource group '{name}' could not be found."));
    match request.method.as_str() {
        "GET" => Ok(Response::json(200, &found.ok_or_else(missing)?.body)),
        "HEAD" => Ok(Response::empty(if found.is_some() { 204 } else { 404 })),
        "PUT" => {
            let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let Some(location) = asked["location"].as_str() else {
                return Err(ArmError::new(
                    400,
                    "LocationRequired",
                    "The location property is required for this definition.",
                ));
            };
            let body = json!({
                "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": location,
                "tags": asked["tags"], "properties": {"provisioningState": "Succeeded"},
            });
            let status = if found.is_some() { 200 } else { 201 };
            world.state().resources.insert(key, Resource { id, kind: GROUP.into(), body: body.clone() });
            Ok(Response::json(status, &body))
        }
        "DELETE" => {
            found.ok_or_else(missing)?;
            let operation = lro::start(world, remove(world.clone(), key));
            let url = format!(
                "https://management.azure.com/subscriptions/{subscription}/operationresults/{operation}?api-version=2024-07-01"
            );
            Ok(lro::retry_after(world, Response::empty(202).header("location", url)))
        }
        _ => Err(ArmError::Unknown(Box::new(request.clone()))),
    }
}

async fn remove(world: Arc<World>, group: String) -> Result<(), ArmError> {
    world.clock.sleep(world.scenario.timings.delete).await;
    let inside = format!("{group}/");
    let ids: Vec<String> = world.state().resources.keys().filter(|id| id.starts_with(&inside)).cloned().collect();
    for id in ids {
        vm::forget(&world, &id);
    }
    let mut state = world.state();
    state.resources.retain(|id, _| *id != group && !id.starts_with(&inside));
    state.assignments.retain(|a| a.scope != group && !a.scope.starts_with(&inside));
    state.deployments.retain(|id, _| !id.starts_with(&inside));
    Ok(())
}

/// Every resource of the group, as the generic list shows them: no properties.
pub fn resources(world: &World, request: &Request) -> Result<Response, ArmError> {
    let segments = request.segments();
    let group = format!("/subscriptions/{}/resourcegroups/{}", segments[1], segments[3]).to_ascii_lowercase();
    let state = world.state();
    if !state.resources.contains_key(&group) {
        let message = format!("Resource group '{}' could not be found.", segments[3]);
        return Err(ArmError::new(404, "ResourceGroupNotFound", &message));
    }
    let inside = format!("{group}/");
    let within = state.resources.iter().filter(|(id, _)| id.starts_with(&inside));
    let value: Vec<Value> = within
        .map(|(_, r)| {
            let mut shown =
                json!({"id": r.id, "name": r.body["name"], "type": r.body["type"], "location": r.body["location"]});
            if r.body["tags"].is_object() {
                shown["tags"] = r.body["tags"].clone();
            }
            shown
        })
        .collect();
    Ok(Response::json(200, &json!({"value": value})))
}
