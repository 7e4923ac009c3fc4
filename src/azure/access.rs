//! Role assignments.

use azure_core::http::Method;
use serde_json::json;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, AzureErrorKind, Task},
    models::access::RoleAssignment,
};
use crate::fleet::{
    names::Names,
    observed::Assignment,
    person::ObjectId,
    plan::role::{self, assignment_name},
    step::PrincipalType,
};

const KIND: &str = "providers/Microsoft.Authorization/roleAssignments";

/// Everything at, above and below the group.
pub async fn list(arm: &Arm, names: &Names) -> Result<Vec<Assignment>, AzureError> {
    let task = Task::new("list role assignments", &names.resource_group);
    let url = arm.url(&format!("{}/{KIND}", names.group_id()), api::AUTHORIZATION, &[]);
    let found: Vec<RoleAssignment> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    Ok(found.into_iter().filter_map(assignment).collect())
}

pub(super) fn assignment(found: RoleAssignment) -> Option<Assignment> {
    let properties = found.properties?;
    let definition = properties.role_definition_id?;
    Some(Assignment {
        id: found.id?,
        scope: properties.scope?,
        principal: ObjectId::new(&properties.principal_id?),
        role: definition.rsplit('/').next().unwrap_or_default().to_ascii_lowercase(),
    })
}

/// Whether a role that lets them log in is assigned to the principal, or to a group of theirs, at or above the machine.
pub async fn may_log_in(arm: &Arm, machine_id: &str, principal: &ObjectId) -> Result<bool, AzureError> {
    let task = Task::new("list role assignments", "the machine");
    let filter = format!("assignedTo('{principal}')");
    let url = arm.url(&format!("{machine_id}/{KIND}"), api::AUTHORIZATION, &[("$filter", &filter)]);
    let found: Vec<RoleAssignment> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    let login = [role::VM_USER_LOGIN, role::VM_ADMIN_LOGIN];
    Ok(found.into_iter().filter_map(assignment).any(|a| login.contains(&a.role.as_str())))
}

/// Naming the principal's type spares Azure the directory, which may not know a new identity yet.
pub async fn grant(
    arm: &Arm,
    scope: &str,
    principal: &ObjectId,
    principal_type: PrincipalType,
    role: &str,
) -> Result<(), AzureError> {
    let target = format!("{} on {scope}", role::name(role));
    let task = Task::new("grant", &target);
    let subscription = scope
        .split('/')
        .nth(2)
        .filter(|s| !s.is_empty())
        .ok_or_else(|| task.error(AzureErrorKind::Protocol, "the scope is in no subscription"))?;
    let url = arm.url(&format!("{scope}/{KIND}/{}", assignment_name(scope, principal, role)), api::AUTHORIZATION, &[]);
    let definition = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let principal_type = match principal_type {
        PrincipalType::User => "User",
        PrincipalType::ServicePrincipal => "ServicePrincipal",
    };
    let body = json!({"properties": {
        "roleDefinitionId": definition,
        "principalId": principal.as_str(),
        "principalType": principal_type,
    }});
    match arm.send(task, Method::Put, &url, Some(&body)).await {
        // The same grant under another name: somebody made it by hand.
        Err(error) if !error.has_code("RoleAssignmentExists") => Err(error),
        _ => Ok(()),
    }
}

pub async fn revoke(arm: &Arm, assignment_id: &str) -> Result<(), AzureError> {
    let task = Task::new("revoke", assignment_id);
    if !assignment_id.to_ascii_lowercase().contains("/providers/microsoft.authorization/roleassignments/") {
        return Err(task.error(AzureErrorKind::Protocol, "is not the id of a role assignment; nothing was deleted"));
    }
    let url = arm.url(assignment_id, api::AUTHORIZATION, &[]);
    absent_is_none(arm.send(task, Method::Delete, &url, None).await).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grants_name_ignores_case() {
        let (upper, lower) = (ObjectId::new("AB"), ObjectId::new("ab"));
        assert_eq!(assignment_name("/Sub/X", &upper, "R"), assignment_name("/sub/x", &lower, "r"));
        assert_ne!(assignment_name("/sub/x", &lower, "r"), assignment_name("/sub/y", &lower, "r"));
    }
}
