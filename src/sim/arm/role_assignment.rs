//! Role assignments (azure.md §4).

use serde_json::{Value, json};

use super::{
    Answer, Call, Reply,
    error::ArmError,
    store::{self, page, stamp},
};
use crate::sim::world::{RoleAssignment, State};

const PRINCIPAL_TYPES: [&str; 5] = ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"];

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", "microsoft.authorization/roleassignments") => list(call),
        ("GET", "microsoft.authorization/roleassignments/*") => {
            let found = find(&call.world.state(), call).ok_or_else(|| {
                let message = format!("The role assignment '{}' is not found.", call.target.name());
                ArmError::new(404, "RoleAssignmentNotFound", message)
            })?;
            Ok(Reply::json(200, &shown(call, &found)))
        }
        ("PUT", "microsoft.authorization/roleassignments/*") => put(call),
        ("DELETE", "microsoft.authorization/roleassignments/*") => {
            let mut state = call.world.state();
            let Some(found) = find(&state, call) else { return Ok(Reply::empty(204)) };
            state.assignments.retain(|a| a.id != found.id);
            drop(state);
            Ok(Reply::json(200, &shown(call, &found)))
        }
        _ => Err(call.unknown()),
    }
}

fn find(state: &State, call: &Call) -> Option<RoleAssignment> {
    let id = call.target.id();
    state.assignments.iter().find(|a| a.id.eq_ignore_ascii_case(&id)).cloned()
}

fn shown(call: &Call, a: &RoleAssignment) -> Value {
    let subscription = &call.target.subscription;
    let (scope, name) =
        a.id.split_once("/providers/Microsoft.Authorization/roleAssignments/").unwrap_or((&a.scope, ""));
    let made = a.effective_at.checked_sub(call.world.scenario.timings.role_propagation.try_into().unwrap_or_default());
    let made = stamp(made.unwrap_or(a.effective_at));
    json!({
        "id": a.id, "name": name, "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", a.role),
            "principalId": a.principal, "principalType": a.principal_type, "scope": scope,
            "condition": null, "conditionVersion": null, "description": null, "delegatedManagedIdentityResourceId": null,
            "createdOn": made, "updatedOn": made, "createdBy": call.caller.object_id, "updatedBy": call.caller.object_id,
        },
    })
}

/// At, above and below the scope; filters narrow that down.
fn list(call: &Call) -> Answer {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    let scope = call.target.scope.to_ascii_lowercase();
    let filter = call.query("$filter").unwrap_or_default();
    let mut at_scope = false;
    let mut principal = None;
    for part in filter.split(" and ").map(str::trim).filter(|part| !part.is_empty()) {
        let lower = part.to_ascii_lowercase();
        let quoted = part.split('\'').nth(1).map(str::to_owned);
        match quoted {
            None if lower == "atscope()" => at_scope = true,
            Some(id) if lower.starts_with("principalid eq '") || lower.starts_with("assignedto('") => {
                principal = Some(id)
            }
            _ => {
                let message = format!("The filter '{part}' is not supported.");
                return Err(ArmError::bad("UnsupportedQuery", message));
            }
        }
    }
    let chosen = state.assignments.iter().filter(|a| {
        let above = scope == a.scope || scope.starts_with(&format!("{}/", a.scope));
        let below = a.scope.starts_with(&format!("{scope}/"));
        (above || (below && !at_scope)) && principal.as_ref().is_none_or(|p| a.principal.eq_ignore_ascii_case(p))
    });
    let chosen: Vec<RoleAssignment> = chosen.cloned().collect();
    drop(state);
    Ok(page(call, chosen.iter().map(|a| shown(call, a)).collect(), 1000))
}

fn put(call: &Call) -> Answer {
    let asked = &call.body["properties"];
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let (principal, role) = (text("principalId"), text("roleDefinitionId"));
    let role = role.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_guid = |text: &str| uuid::Uuid::parse_str(text).is_ok();
    if !is_guid(call.target.name()) {
        let message = format!(
            "The role assignment ID '{}' is not valid. The role assignment ID must be a GUID.",
            call.target.name()
        );
        return Err(ArmError::bad("InvalidRoleAssignmentId", message));
    }
    if !is_guid(&principal) || !is_guid(&role) {
        let message =
            "The request to create role assignment is not valid: principalId and roleDefinitionId are required.";
        return Err(ArmError::bad("BadRequestFormat", message));
    }
    let mut state = call.world.state();
    store::group_is_writable(&state, &call.target)?;
    let scope = call.target.scope.to_ascii_lowercase();
    if let Some(existing) = find(&state, call) {
        if existing.principal.eq_ignore_ascii_case(&principal) && existing.role == role {
            drop(state);
            return Ok(Reply::json(200, &shown(call, &existing)));
        }
        let message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        return Err(ArmError::bad("RoleAssignmentUpdateNotPermitted", message));
    }
    let principal_type = principal_type(call, &state, &principal, asked["principalType"].as_str())?;
    let is_twin =
        |a: &&RoleAssignment| a.scope == scope && a.role == role && a.principal.eq_ignore_ascii_case(&principal);
    if let Some(twin) = state.assignments.iter().find(is_twin) {
        let id = twin.id.rsplit('/').next().unwrap_or_default().replace('-', "");
        let message = format!("The role assignment already exists. The ID of the conflicting role assignment is {id}.");
        return Err(ArmError::conflict("RoleAssignmentExists", message));
    }
    if state.assignments.len() >= call.world.scenario.cloud.hosts().role_assignments {
        let message = "No more role assignments can be created (https://aka.ms/azurerbac-limits).";
        return Err(ArmError::bad("RoleAssignmentLimitExceeded", message));
    }
    let effective_at = call.world.clock.now() + call.world.scenario.timings.role_propagation;
    let made = RoleAssignment { id: call.target.id(), scope, principal, principal_type, role, effective_at };
    state.assignments.push(made.clone());
    drop(state);
    Ok(Reply::json(201, &shown(call, &made)))
}

/// Who says the type is believed, since the directory may not know a new identity yet. Without it, only users
/// and the cloud's owner are found.
fn principal_type(call: &Call, state: &State, principal: &str, asked: Option<&str>) -> Result<String, ArmError> {
    let is_user = call.world.scenario.users.iter().any(|u| u.id.eq_ignore_ascii_case(principal));
    let known = match is_user {
        true => Some("User"),
        false => state.account.object_id.eq_ignore_ascii_case(principal).then_some("ServicePrincipal"),
    };
    match (asked, known) {
        (Some(asked), _) if !PRINCIPAL_TYPES.contains(&asked) => {
            Err(ArmError::bad("InvalidPrincipalType", format!("The principal type '{asked}' is not valid.")))
        }
        (Some(asked), Some(known)) if asked != known => {
            let message = format!(
                "The PrincipalId '{principal}' has type '{known}' , which is different from specified PrinciaplType '{asked}'."
            );
            Err(ArmError::bad("UnmatchedPrincipalType", message))
        }
        (Some(type_), _) | (None, Some(type_)) => Ok(type_.to_owned()),
        (None, None) => {
            let message = format!(
                "Principal {principal} does not exist in the directory {}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
                state.account.tenant
            );
            Err(ArmError::bad("PrincipalNotFound", message))
        }
    }
}
