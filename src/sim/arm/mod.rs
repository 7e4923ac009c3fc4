//! management.azure.com: what claw's loop sends, and no more.

mod authorization;
mod compute;
mod deployments;
mod error;
mod expression;
mod groups;
mod id;
mod key_vault;
mod lro;
mod network;
mod power;
mod provider;
mod tags;
mod template;
mod vm;

use std::sync::Arc;

use super::{
    entra::Claims,
    throttle,
    wire::{Request, Response},
    world::World,
};
use error::ArmError;
use id::ResourceId;

/// Answers one request. Paths are matched without case, as ARM does (azure.md §12).
pub async fn handle(world: &Arc<World>, caller: &Claims, request: &Request) -> Response {
    let remaining = match throttle::take(world, &request.method) {
        Ok(remaining) => remaining,
        Err(refusal) => return refusal,
    };
    let response = answer(world, caller, request).unwrap_or_else(ArmError::into_response);
    let (name, left) = remaining;
    response
        .header("x-ms-request-id", uuid::Uuid::new_v4().to_string())
        .header("x-ms-correlation-request-id", uuid::Uuid::new_v4().to_string())
        .header(name, left.to_string())
}

fn answer(world: &Arc<World>, caller: &Claims, request: &Request) -> Result<Response, ArmError> {
    if request.query("api-version").is_none() {
        return Err(ArmError::new(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    may(world, caller, request)?;
    let segments = request.segments();
    let lower: Vec<String> = segments.iter().map(|s| s.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    if let Some(answer) = authorization::route(world, request, &lower) {
        return answer;
    }
    match lower.as_slice() {
        ["subscriptions", _, "operationresults", operation] => Ok(lro::result(world, operation)),
        ["subscriptions", _, "providers", _, "locations", _, "operations", operation] => {
            Ok(lro::poll(world, operation, request.query("monitor").is_some()))
        }
        ["subscriptions", _] => groups::subscription(world, request),
        ["subscriptions", _, "resourcegroups", _] => groups::group(world, request),
        ["subscriptions", _, "resourcegroups", _, "resources"] => groups::resources(world, request),
        [.., "providers", "microsoft.resources", "tags", "default"] => tags::merge(world, request),
        ["subscriptions", _, "resourcegroups", _, "deployments", _, "operations"] => deployments::route(world, request),
        ["subscriptions", _, "resourcegroups", _, "providers", "microsoft.resources", "deployments", ..] => {
            deployments::route(world, request)
        }
        ["subscriptions", _, "resourcegroups", _, "providers", rest @ ..] if rest.len() >= 2 => {
            provider::route(world, request)
        }
        _ => Err(ArmError::Unknown(Box::new(request.clone()))),
    }
}

/// Writes need Owner or Contributor above the scope (azure.md §2.4).
fn may(world: &World, caller: &Claims, request: &Request) -> Result<(), ArmError> {
    const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    if matches!(request.method.as_str(), "GET" | "HEAD")
        || world.allowed(&caller.object_id, &[super::account::OWNER, CONTRIBUTOR], &request.path)
    {
        return Ok(());
    }
    let message = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action '{}' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        caller.app_id, caller.object_id, request.method, request.path
    );
    Err(ArmError::new(403, "AuthorizationFailed", &message))
}

/// The group part of a path must exist before anything in it.
fn existing_group(world: &World, id: &ResourceId) -> Result<(), ArmError> {
    if world.state().resources.contains_key(&id.group_id().to_ascii_lowercase()) {
        return Ok(());
    }
    let message = format!("Resource group '{}' could not be found.", id.group);
    Err(ArmError::new(404, "ResourceGroupNotFound", &message))
}
