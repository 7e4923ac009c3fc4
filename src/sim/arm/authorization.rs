//! Role assignments (azure.md §4).

use serde_json::{Value, json};

use super::ArmError;
use crate::sim::{
    wire::{Request, Response},
    world::{RoleAssignment, World},
};

/// Assignments a subscription may hold.
const LIMIT: usize = 4000;

/// Answers when the path ends in `…/providers/Microsoft.Authorization/roleAssignments[/{guid}]`.
pub fn route(world: &World, request: &Request, lower: &[&str]) -> Option<Result<Response, ArmError>> {
    let at = lower.windows(3).position(|w| w == ["providers", "microsoft.authorization", "roleassignments"])?;
    let segments = request.segments();
    let scope = format!("/{}", segments[..at].join("/"));
    let name = segments.get(at + 3).copied();
    Some(match (request.method.as_str(), name) {
        ("GET", None) => Ok(list(world, &scope, request.query("$filter"))),
        ("GET", Some(name)) => match find(world, &scope, name) {
            Some(found) => Ok(Response::json(200, &shown(&found))),
            None => Err(ArmError::new(
                404,
                "RoleAssignmentNotFound",
                &format!("The role assignment '{name}' is not found."),
            )),
        },
        ("PUT", Some(name)) => put(world, &scope, name, &serde_json::from_slice(&request.body).unwrap_or_default()),
        ("DELETE", Some(name)) => Ok(delete(world, &scope, name)),
        _ => Err(ArmError::Unknown(Box::new(request.clone()))),
    })
}

fn id(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

fn find(world: &World, scope: &str, name: &str) -> Option<RoleAssignment> {
    let id = id(scope, name);
    world.state().assignments.iter().find(|a| a.id.eq_ignore_ascii_case(&id)).cloned()
}

fn shown(a: &RoleAssignment) -> Value {
    let subscription = a.scope.split('/').nth(2).unwrap_or_default();
    let role = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", a.role);
    let at = a.effective_at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    json!({
        "id": a.id, "name": a.id.rsplit('/').next(), "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": role, "principalId": a.principal, "principalType": a.principal_type, "scope": a.scope,
            "condition": null, "conditionVersion": null, "createdOn": at, "updatedOn": at,
            "createdBy": null, "updatedBy": null, "delegatedManagedIdentityResourceId": null, "description": null,
        },
    })
}

/// At, above and below the scope; `atScope()` leaves out what is below, `principalId eq` the others.
fn list(world: &World, scope: &str, filter: Option<&str>) -> Response {
    let scope = scope.to_ascii_lowercase();
    let filter = filter.unwrap_or_default();
    let principal = filter.split('\'').nth(1).unwrap_or_default();
    let value: Vec<Value> = world
        .state()
        .assignments
        .iter()
        .filter(|a| {
            let above = scope == a.scope || scope.starts_with(&format!("{}/", a.scope));
            let below = a.scope.starts_with(&format!("{scope}/"));
            above || (below && !filter.contains("atScope()"))
        })
        .filter(|a| principal.is_empty() || a.principal.eq_ignore_ascii_case(principal))
        .map(shown)
        .collect();
    Response::json(200, &json!({"value": value}))
}

/// Also what a template's role assignment goes through.
pub fn put(world: &World, scope: &str, name: &str, body: &Value) -> Result<Response, ArmError> {
    let asked = &body["properties"];
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let (principal, kind) = (text("principalId"), text("principalType"));
    let role = text("roleDefinitionId").rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if uuid::Uuid::parse_str(name).is_err() || principal.is_empty() || role.is_empty() {
        return Err(ArmError::new(
            400,
            "InvalidRoleAssignmentId",
            &format!("The role assignment '{name}' is not valid."),
        ));
    }
    if let Some(existing) = find(world, scope, name) {
        if existing.principal.eq_ignore_ascii_case(&principal) && existing.role == role {
            return Ok(Response::json(200, &shown(&existing)));
        }
        let message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        return Err(ArmError::new(400, "RoleAssignmentUpdateNotPermitted", message));
    }
    let known = world.scenario.users.iter().any(|u| u.id.eq_ignore_ascii_case(&principal));
    if kind.is_empty() && !known {
        let message =
            format!("Principal {} does not exist in the directory {}.", principal, world.state().account.tenant);
        return Err(ArmError::new(400, "PrincipalNotFound", &message));
    }
    let effective_at = world.clock.now() + world.scenario.timings.role_propagation;
    let mut state = world.state();
    let scope_key = scope.to_ascii_lowercase();
    let twin = state
        .assignments
        .iter()
        .find(|a| a.scope == scope_key && a.role == role && a.principal.eq_ignore_ascii_case(&principal));
    if let Some(twin) = twin {
        let id = twin.id.rsplit('/').next().unwrap_or_default().replace('-', "");
        let message = format!("The role assignment already exists. The ID of the conflicting role assignment is {id}.");
        return Err(ArmError::new(409, "RoleAssignmentExists", &message));
    }
    if state.assignments.len() >= LIMIT {
        let message = "No more role assignments can be created (https://aka.ms/azurerbac-limits).";
        return Err(ArmError::new(400, "RoleAssignmentLimitExceeded", message));
    }
    let kind = if kind.is_empty() { "User".to_owned() } else { kind };
    let made =
        RoleAssignment { id: id(scope, name), scope: scope_key, principal, principal_type: kind, role, effective_at };
    let response = Response::json(201, &shown(&made));
    state.assignments.push(made);
    Ok(response)
}

fn delete(world: &World, scope: &str, name: &str) -> Response {
    let found = find(world, scope, name);
    match found {
        None => Response::empty(204),
        Some(found) => {
            world.state().assignments.retain(|a| a.id != found.id);
            Response::json(200, &shown(&found))
        }
    }
}
