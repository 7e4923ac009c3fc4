//! Template deployments at group scope (azure.md §8).

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    ArmError, authorization, existing_group,
    id::ResourceId,
    lro, provider,
    template::{self, Place, Planned},
};
use crate::sim::{
    wire::{Request, Response},
    world::World,
};

const RUNNING: [&str; 2] = ["Accepted", "Running"];

pub fn route(world: &Arc<World>, request: &Request) -> Result<Response, ArmError> {
    let unknown = || ArmError::Unknown(Box::new(request.clone()));
    let segments = request.segments();
    let at = segments.iter().position(|s| s.eq_ignore_ascii_case("deployments")).ok_or_else(unknown)?;
    let group = format!("/subscriptions/{}/resourceGroups/{}", segments[1], segments[3]);
    let group_key = group.to_ascii_lowercase();
    let place = ResourceId {
        subscription: segments[1].into(),
        group: segments[3].into(),
        namespace: String::new(),
        types: Vec::new(),
        names: Vec::new(),
    };
    existing_group(world, &place)?;
    let rest: Vec<String> = segments[at + 1..].iter().map(|s| s.to_ascii_lowercase()).collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let name = segments.get(at + 1).copied().unwrap_or_default();
    let id = format!("{group}/providers/Microsoft.Resources/deployments/{name}");
    let found = world.state().deployments.get(&id.to_ascii_lowercase()).cloned();
    let missing = || ArmError::new(404, "DeploymentNotFound", &format!("Deployment '{name}' could not be found."));
    match (request.method.as_str(), rest.as_slice()) {
        ("GET", []) => {
            let inside = format!("{group_key}/");
            let state = world.state();
            let value: Vec<&Value> =
                state.deployments.iter().filter(|(k, _)| k.starts_with(&inside)).map(|(_, v)| v).collect();
            Ok(Response::json(200, &json!({"value": value})))
        }
        ("GET", [_]) => Ok(Response::json(200, &found.ok_or_else(missing)?)),
        ("GET", [_, "operationstatuses", _]) => Ok(status(world, &found.ok_or_else(missing)?)),
        ("GET", [_, "operations"]) => {
            let operations = found.ok_or_else(missing)?["operations"].clone();
            Ok(Response::json(200, &json!({"value": operations})))
        }
        ("PUT", [_]) => put(world, request, &id, &place, found),
        _ => Err(unknown()),
    }
}

fn status(world: &World, deployment: &Value) -> Response {
    let state = deployment["properties"]["provisioningState"].as_str().unwrap_or_default();
    let mut body = json!({"status": state});
    if deployment["properties"]["error"].is_object() {
        body["error"] = deployment["properties"]["error"].clone();
    }
    let response = Response::json(200, &body);
    if RUNNING.contains(&state) { lro::retry_after(world, response) } else { response }
}

fn put(
    world: &Arc<World>,
    request: &Request,
    id: &str,
    place: &ResourceId,
    found: Option<Value>,
) -> Result<Response, ArmError> {
    let name = id.rsplit('/').next().unwrap_or_default();
    let active = |f: &Value| RUNNING.contains(&f["properties"]["provisioningState"].as_str().unwrap_or_default());
    if found.as_ref().is_some_and(active) {
        let message = format!(
            "Unable to edit or replace deployment '{name}': previous deployment is still active (expiration time is later). Please see https://aka.ms/arm-deploy for usage details."
        );
        return Err(ArmError::new(409, "DeploymentActive", &message));
    }
    let asked: Value = serde_json::from_slice(&request.body)
        .map_err(|_| ArmError::new(400, "InvalidRequestContent", "The request content was invalid."))?;
    let properties = &asked["properties"];
    if properties["mode"] != "Incremental" {
        return Err(ArmError::new(
            400,
            "InvalidDeploymentMode",
            "The embedded cloud deploys Incremental only: Complete would delete machines.",
        ));
    }
    let location = {
        let state = world.state();
        let group = state.resources.get(&place.group_id().to_ascii_lowercase());
        group.and_then(|g| g.body["location"].as_str().map(str::to_owned)).unwrap_or_default()
    };
    let at = Place { subscription: &place.subscription, group: &place.group, location: &location };
    let planned = template::plan(&properties["template"], &properties["parameters"], &at)?;
    for resource in &planned {
        let known = resource.kind == "microsoft.authorization/roleassignments"
            || template::resource_id(resource).is_some_and(|id| provider::known(&id));
        if !known {
            return Err(ArmError::Unknown(Box::new(Request { path: resource.id.clone(), ..request.clone() })));
        }
    }
    let stored = json!({
        "id": id, "name": name, "type": "Microsoft.Resources/deployments", "tags": asked["tags"],
        "properties": {
            "mode": "Incremental", "provisioningState": "Accepted", "correlationId": uuid::Uuid::new_v4().to_string(),
            "timestamp": super::vm::time_text(world), "duration": "PT0S", "templateHash": "0", "outputs": {},
            "parameters": without_secrets(&properties["template"], &properties["parameters"]), "outputResources": [],
        },
        "operations": [],
    });
    let key = id.to_ascii_lowercase();
    world.state().deployments.insert(key.clone(), stored.clone());
    let url = format!(
        "https://management.azure.com{id}/operationStatuses/{}?api-version=2024-07-01",
        uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000
    );
    let stop = world.state().stop.clone();
    let task = run(world.clone(), key, planned);
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = task => {}
        }
    });
    let response = Response::json(if found.is_some() { 200 } else { 201 }, &stored);
    Ok(lro::retry_after(world, response.header("azure-asyncoperation", url)))
}

/// The history shows plain parameters; secure ones are left out.
fn without_secrets(template: &Value, parameters: &Value) -> Value {
    let mut shown = parameters.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| {
            !template["parameters"][name]["type"]
                .as_str()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .starts_with("secure")
        });
    }
    shown
}

async fn run(world: Arc<World>, key: String, planned: Vec<Planned>) {
    update(&world, &key, |d| d["properties"]["provisioningState"] = json!("Running"));
    let begun = world.clock.now();
    let mut failure = None;
    for resource in &planned {
        let result = make(&world, resource).await;
        let name = resource.id.rsplit('/').next().unwrap_or_default();
        let operation = json!({
            "id": format!("{key}/operations/{}", uuid::Uuid::new_v4()), "operationId": uuid::Uuid::new_v4().simple().to_string(),
            "properties": {
                "provisioningOperation": "Create",
                "provisioningState": if result.is_ok() { "Succeeded" } else { "Failed" },
                "statusCode": if result.is_ok() { "OK" } else { "Conflict" },
                "timestamp": super::vm::time_text(&world),
                "statusMessage": result.as_ref().err().map(ArmError::body),
                "targetResource": {"id": resource.id, "resourceType": resource.body["type"], "resourceName": name},
            },
        });
        update(&world, &key, |d| {
            if let Some(list) = d["operations"].as_array_mut() {
                list.push(operation);
            }
        });
        if let Err(error) = result {
            failure = Some(error);
            break;
        }
    }
    let seconds = (world.clock.now() - begun).as_seconds_f64();
    update(&world, &key, |d| {
        d["properties"]["duration"] = json!(format!("PT{seconds:.1}S"));
        let outputs: Vec<Value> = planned.iter().map(|p| json!({"id": p.id})).collect();
        d["properties"]["outputResources"] = json!(outputs);
        match &failure {
            None => d["properties"]["provisioningState"] = json!("Succeeded"),
            Some(error) => {
                d["properties"]["provisioningState"] = json!("Failed");
                d["properties"]["error"] = failed(error);
            }
        }
    });
}

/// The real cause is a string of JSON inside the details (azure.md §2.4).
fn failed(error: &ArmError) -> Value {
    let (code, message) = error.pair();
    let inner = json!({"status": "Failed", "error": {"code": code, "message": message}});
    let text = serde_json::to_string_pretty(&inner).unwrap_or_default().replace('\n', "\r\n");
    json!({
        "code": "DeploymentFailed",
        "message": "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
        "details": [{"code": "Conflict", "message": text}],
    })
}

fn update(world: &World, key: &str, change: impl FnOnce(&mut Value)) {
    if let Some(deployment) = world.state().deployments.get_mut(key) {
        change(deployment);
    }
}

async fn make(world: &Arc<World>, resource: &Planned) -> Result<(), ArmError> {
    if resource.kind == "microsoft.authorization/roleassignments" {
        let (scope, name) = split_assignment(&resource.id);
        world.clock.sleep(Duration::from_millis(200)).await;
        return match authorization::put(world, &scope, &name, &resource.body) {
            Err(ArmError::Refused { code, .. }) if code == "RoleAssignmentExists" => Ok(()),
            result => result.map(|_| ()),
        };
    }
    let id = template::resource_id(resource).ok_or_else(|| ArmError::invalid_template(&resource.id))?;
    // A VM that exists goes through the quick update, unless its creation failed.
    let state = world.state().resources.get(&id.key()).map(|r| r.body["properties"]["provisioningState"].clone());
    let existed = state.is_some_and(|s| s != "Failed");
    provider::begin(world, &id, resource.body.clone())?;
    provider::settle(world.clone(), id, existed).await
}

fn split_assignment(id: &str) -> (String, String) {
    let lower = id.to_ascii_lowercase();
    let at = lower.find("/providers/microsoft.authorization/").unwrap_or(id.len());
    (id[..at].to_owned(), id.rsplit('/').next().unwrap_or_default().to_owned())
}
