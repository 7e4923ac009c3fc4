//! Built-in role definitions, by id and by name (azure.md §4).

use serde_json::{Value, json};

use super::{
    Answer, ArmError, Call, Reply,
    access::{CONTRIBUTOR, OWNER, READER},
    store::page,
};

/// Id and name of the roles that a fleet has to do with.
const ROLES: [(&str, &str); 14] = [
    (OWNER, "Owner"),
    (CONTRIBUTOR, "Contributor"),
    (READER, "Reader"),
    ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator"),
    ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator"),
    ("fb879df8-f326-4884-b1cf-06f3ad86be52", "Virtual Machine User Login"),
    ("1c0163c0-47e6-4577-8991-ea5c82e286e4", "Virtual Machine Administrator Login"),
    ("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Virtual Machine Contributor"),
    ("40c5ff49-9181-41f8-ae61-143b0e78555e", "Desktop Virtualization Power On Off Contributor"),
    ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User"),
    ("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer"),
    ("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator"),
    ("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader"),
    ("8b54135c-b56d-4d72-a534-26097cfdc8d8", "Key Vault Data Access Administrator"),
];

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", "microsoft.authorization/roledefinitions") => list(call),
        ("GET", "microsoft.authorization/roledefinitions/*") => {
            let found = ROLES.iter().find(|(id, _)| id.eq_ignore_ascii_case(call.target.name()));
            let (id, name) = found.ok_or_else(|| {
                let message = format!("The specified role definition with ID '{}' does not exist.", call.target.name());
                ArmError::new(404, "RoleDefinitionDoesNotExist", message)
            })?;
            Ok(Reply::json(200, &shown(call, id, name)))
        }
        _ => Err(call.unknown()),
    }
}

/// All of them, or the one of a name.
fn list(call: &Call) -> Answer {
    let wanted = match call.query("$filter").map(|filter| filter.split('\'').collect::<Vec<_>>()) {
        None => None,
        Some(parts) => match parts.as_slice() {
            [field, name, ""] if field.replace(' ', "").eq_ignore_ascii_case("roleNameeq") => Some((*name).to_owned()),
            _ => return Err(ArmError::bad("UnsupportedQuery", "The filter is not supported.")),
        },
    };
    let chosen = ROLES.iter().filter(|(_, name)| wanted.as_ref().is_none_or(|w| w.eq_ignore_ascii_case(name)));
    Ok(page(call, chosen.map(|(id, name)| shown(call, id, name)).collect(), 500))
}

fn shown(call: &Call, id: &str, name: &str) -> Value {
    let subscription = &call.target.subscription;
    json!({
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
        "name": id, "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": name, "type": "BuiltInRole", "description": "", "assignableScopes": ["/"],
            "permissions": [{"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}],
        },
    })
}
