//! May the caller do this here (azure.md §2.4, §4)?

use super::{call::Call, error::ArmError};

pub const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
pub const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
pub const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
const RBAC_ADMINISTRATOR: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const VM_CONTRIBUTOR: &str = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c";
const POWER_ON_OFF_CONTRIBUTOR: &str = "40c5ff49-9181-41f8-ae61-143b0e78555e";

/// Azure's name for what a request does, e.g. `Microsoft.Compute/virtualMachines/start/action`.
pub fn action(call: &Call) -> String {
    let target = &call.target;
    let kind = match target.pattern().as_str() {
        "" if target.group.is_some() => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
        "" => "Microsoft.Resources/subscriptions".to_owned(),
        "microsoft.resources/resources" => "Microsoft.Resources/subscriptions/resourceGroups/resources".to_owned(),
        _ => target.kind(),
    };
    let verb = match call.method.as_str() {
        "GET" | "HEAD" => "read",
        "POST" => "action",
        "DELETE" => "delete",
        _ => "write",
    };
    format!("{kind}/{verb}")
}

/// Roles that hold the action; wildcards as in the built-in definitions.
fn holders(action: &str) -> Vec<&'static str> {
    let action = action.to_ascii_lowercase();
    let mut roles = vec![OWNER];
    let is_read = action.ends_with("/read");
    let is_vm = action.starts_with("microsoft.compute/virtualmachines/");
    if is_read {
        roles.extend([READER, CONTRIBUTOR, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR]);
    } else if action.starts_with("microsoft.authorization/") {
        roles.push(USER_ACCESS_ADMINISTRATOR);
        if action.contains("/roleassignments/") {
            roles.push(RBAC_ADMINISTRATOR);
        }
    } else {
        roles.push(CONTRIBUTOR);
    }
    if is_vm {
        roles.push(VM_CONTRIBUTOR);
        if is_read || ["/start/", "/restart/", "/deallocate/", "/poweroff/"].iter().any(|verb| action.contains(verb)) {
            roles.push(POWER_ON_OFF_CONTRIBUTOR);
        }
    }
    roles
}

pub fn check(call: &Call) -> Result<(), ArmError> {
    let pattern = call.target.pattern();
    // Whoever started an operation may follow it.
    if ["/operations/*", "/operationresults/*", "/operationstatuses/*"].iter().any(|end| pattern.ends_with(end)) {
        return Ok(());
    }
    let action = action(call);
    let scope = call.target.id();
    let (world, caller, holders) = (&call.world, &call.caller.object_id, holders(&action));
    if world.allowed(caller, &holders, &scope) {
        return Ok(());
    }
    world.refused(caller, &holders, &scope);
    let message = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        call.caller.app_id, call.caller.object_id
    );
    Err(ArmError::new(403, "AuthorizationFailed", message))
}
