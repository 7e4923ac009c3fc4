//! `{resource}/providers/Microsoft.Resources/tags/default`, operation Merge (azure.md §1.6).

use serde_json::{Value, json};

use super::ArmError;
use crate::sim::{
    wire::{Request, Response},
    world::World,
};

pub fn merge(world: &World, request: &Request) -> Result<Response, ArmError> {
    let lower = request.path.to_ascii_lowercase();
    let Some((scope, _)) = lower.split_once("/providers/microsoft.resources/tags/") else {
        return Err(ArmError::Unknown(Box::new(request.clone())));
    };
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let merges = asked["operation"].as_str().is_some_and(|o| o.eq_ignore_ascii_case("merge"));
    if request.method != "PATCH" || !merges {
        return Err(ArmError::Unknown(Box::new(request.clone())));
    }
    let mut state = world.state();
    let Some(resource) = state.resources.get_mut(scope) else {
        return Err(ArmError::new(404, "ResourceNotFound", &format!("The Resource '{scope}' was not found.")));
    };
    if !resource.body["tags"].is_object() {
        resource.body["tags"] = json!({});
    }
    if let (Some(tags), Some(new)) = (resource.body["tags"].as_object_mut(), asked["properties"]["tags"].as_object()) {
        tags.extend(new.clone());
    }
    let id = format!("{}/providers/Microsoft.Resources/tags/default", resource.id);
    let answer = json!({"id": id, "name": "default", "type": "Microsoft.Resources/tags",
        "properties": {"tags": resource.body["tags"]}});
    Ok(Response::json(200, &answer))
}
