//! Built-in Azure roles claw gives (role definition GUIDs; azure-docs built-in-roles).

use uuid::Uuid;

use crate::fleet::person::ObjectId;

pub const VM_USER_LOGIN: &str = "fb879df8-f326-4884-b1cf-06f3ad86be52";
pub const VM_ADMIN_LOGIN: &str = "1c0163c0-47e6-4577-8991-ea5c82e286e4";
/// Desktop Virtualization Power On Off Contributor: may start and deallocate a VM.
pub const POWER_ON_OFF: &str = "40c5ff49-9181-41f8-ae61-143b0e78555e";
pub const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
pub const SECRETS_OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";

/// The role's name as Azure shows it.
pub fn name(role: &str) -> &'static str {
    match role {
        VM_USER_LOGIN => "Virtual Machine User Login",
        VM_ADMIN_LOGIN => "Virtual Machine Administrator Login",
        POWER_ON_OFF => "Desktop Virtualization Power On Off Contributor",
        SECRETS_USER => "Key Vault Secrets User",
        SECRETS_OFFICER => "Key Vault Secrets Officer",
        _ => "another role",
    }
}

/// The name of the assignment that claw makes for a grant: the same whoever makes it and however often.
pub fn assignment_name(scope: &str, principal: &ObjectId, role: &str) -> Uuid {
    let seed = format!("{}|{}|{}", scope.to_lowercase(), principal.as_str().to_lowercase(), role.to_lowercase());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes())
}
