//! Key Vault's management plane (azure.md §7): vaults and their soft deletion.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    Answer, Call, Reply,
    error::ArmError,
    lro,
    memory::{DeletedVault, Form, Memory},
    store::{self, envelope, group_is_writable, insert, located, page, stamp},
    target::Target,
};
use crate::sim::world::State;

pub const KIND: &str = "microsoft.keyvault/vaults";

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", KIND) => store::list(call),
        ("GET", "microsoft.keyvault/vaults/*") => store::get(call),
        ("PUT", "microsoft.keyvault/vaults/*") => put(call),
        ("DELETE", "microsoft.keyvault/vaults/*") => delete(call),
        // No HSM is ever made here.
        ("GET", "microsoft.keyvault/managedhsms") => store::list(call),
        ("POST", "microsoft.keyvault/checknameavailability") => check_name(call),
        ("GET", "microsoft.keyvault/deletedvaults") => list_deleted(call),
        ("GET", "microsoft.keyvault/locations/*/deletedvaults/*") => get_deleted(call),
        ("POST", "microsoft.keyvault/locations/*/deletedvaults/*/purge") => purge(call),
        _ => Err(call.unknown()),
    }
}

/// Lets a group's deletion keep its vaults recoverable.
pub fn keep_deleted(arm: &mut Memory, body: &Value, deleted: OffsetDateTime) {
    let name = body["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    arm.deleted_vaults.insert(name, DeletedVault { body: body.clone(), deleted });
}

fn exists(state: &State, name: &str) -> bool {
    let suffix = format!("/providers/{KIND}/{}", name.to_ascii_lowercase());
    state.resources.keys().any(|key| key.ends_with(&suffix))
}

fn put(call: &Call) -> Answer {
    located(&call.body)?;
    let name = call.target.name().to_ascii_lowercase();
    let asked = &call.body["properties"];
    check_spelling(&name)?;
    if !asked["tenantId"].is_string() || !asked["sku"].is_object() {
        return Err(ArmError::bad("BadRequest", "The properties 'tenantId' and 'sku' of a vault are required."));
    }
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    let key = call.target.key();
    let kept = state.resources.get(&key).map(|r| r.body["properties"].clone());
    if kept.is_none() && exists(&state, &name) {
        return Err(taken(&name));
    }
    let mut body = envelope(&call.target, &call.body);
    match (state.arm.deleted_vaults.get(&name), asked["createMode"] == "recover") {
        (Some(deleted), true) => body["properties"] = deleted.body["properties"].clone(),
        (Some(_), false) => {
            let message = "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.";
            return Err(ArmError::conflict("ConflictError", message));
        }
        (None, _) => {}
    }
    state.arm.deleted_vaults.remove(&name);
    complete(&mut body, call, kept.as_ref())?;
    state.secrets.entry(name).or_default();
    insert(&mut state, &call.target, body.clone());
    drop(state);
    let (world, takes) = (call.world.clone(), call.world.scenario.timings.other);
    let operation = lro::start(&call.world, Form::Resource, async move {
        world.clock.sleep(takes).await;
        store::set_state(&mut world.state(), &key, "Succeeded");
        Ok(())
    });
    Ok(lro::accepted(call, Form::Resource, operation, Reply::json(200, &body)))
}

/// Fills in defaults and refuses what can't be changed.
fn complete(body: &mut Value, call: &Call, kept: Option<&Value>) -> Result<(), ArmError> {
    let by = json!(call.caller.object_id);
    let at = json!(stamp(call.world.clock.now()));
    body["systemData"] = json!({"createdBy": by, "createdByType": "Application", "createdAt": at,
        "lastModifiedBy": by, "lastModifiedByType": "Application", "lastModifiedAt": at});
    if body["tags"].is_null() {
        body["tags"] = json!({});
    }
    let properties = &mut body["properties"];
    // From this version on, new vaults take roles unless told otherwise.
    let rbac = call.api_version() >= "2026-02-01";
    let defaults = [
        ("enableSoftDelete", json!(true)),
        ("softDeleteRetentionInDays", json!(90)),
        ("enableRbacAuthorization", json!(rbac)),
        ("enabledForDeployment", json!(false)),
        ("accessPolicies", json!([])),
        ("publicNetworkAccess", json!("Enabled")),
    ];
    for (name, value) in defaults {
        if properties[name].is_null() {
            properties[name] = value;
        }
    }
    let days = properties["softDeleteRetentionInDays"].as_i64().unwrap_or_default();
    if !(7..=90).contains(&days) {
        return Err(ArmError::bad("BadRequest", "The property 'softDeleteRetentionInDays' must be between 7 and 90."));
    }
    if let Some(kept) = kept {
        if kept["softDeleteRetentionInDays"] != properties["softDeleteRetentionInDays"] {
            let message = "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.";
            return Err(ArmError::bad("BadRequest", message));
        }
        if kept["enablePurgeProtection"] == true && properties["enablePurgeProtection"] == false {
            let message = "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.";
            return Err(ArmError::bad("BadRequest", message));
        }
    }
    let name = call.target.name().to_ascii_lowercase();
    properties["vaultUri"] = json!(format!("https://{name}.{}/", call.world.scenario.cloud.hosts().vault));
    properties["provisioningState"] = json!(if kept.is_some() { "Succeeded" } else { "RegisteringDns" });
    if let Some(properties) = properties.as_object_mut() {
        properties.shift_remove("createMode");
    }
    Ok(())
}

fn check_spelling(name: &str) -> Result<(), ArmError> {
    let fits = (3..=24).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match fits {
        true => Ok(()),
        false => {
            let message = format!(
                "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
            );
            Err(ArmError::bad("VaultNameNotValid", message))
        }
    }
}

fn taken(name: &str) -> ArmError {
    let message = format!(
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name."
    );
    ArmError::conflict("VaultAlreadyExists", message)
}

/// The secrets stay, for a recovery.
fn delete(call: &Call) -> Answer {
    let mut state = call.world.state();
    let Some(gone) = state.resources.remove(&call.target.key()) else { return Ok(Reply::empty(204)) };
    keep_deleted(&mut state.arm, &gone.body, call.world.clock.now());
    Ok(Reply::empty(200))
}

fn check_name(call: &Call) -> Answer {
    let name = call.body["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    let state = call.world.state();
    let body = if let Err(error) = check_spelling(&name) {
        json!({"nameAvailable": false, "reason": "AccountNameInvalid", "message": error.message})
    } else if exists(&state, &name) || state.arm.deleted_vaults.contains_key(&name) {
        json!({"nameAvailable": false, "reason": "AlreadyExists", "message": taken(&name).message})
    } else {
        json!({"nameAvailable": true})
    };
    Ok(Reply::json(200, &body))
}

fn shown_deleted(call: &Call, vault: &DeletedVault) -> Value {
    let (body, properties) = (&vault.body, &vault.body["properties"]);
    let location = body["location"].as_str().unwrap_or_default();
    let name = body["name"].as_str().unwrap_or_default();
    let scope =
        format!("/subscriptions/{}/providers/Microsoft.KeyVault/locations/{location}", call.target.subscription);
    let days = properties["softDeleteRetentionInDays"].as_i64().unwrap_or(90);
    json!({
        "id": format!("{scope}/deletedVaults/{name}"), "name": name, "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": body["id"], "location": location, "tags": body["tags"],
            "deletionDate": stamp(vault.deleted), "scheduledPurgeDate": stamp(vault.deleted + Duration::days(days)),
            "purgeProtectionEnabled": properties["enablePurgeProtection"] == true,
        },
    })
}

fn list_deleted(call: &Call) -> Answer {
    let all: Vec<DeletedVault> = call.world.state().arm.deleted_vaults.values().cloned().collect();
    Ok(page(call, all.iter().map(|vault| shown_deleted(call, vault)).collect(), 500))
}

fn find_deleted(call: &Call) -> Result<DeletedVault, ArmError> {
    let name = call.target.name().to_ascii_lowercase();
    let found = call.world.state().arm.deleted_vaults.get(&name).cloned();
    found.ok_or_else(|| {
        ArmError::new(404, "DeletedVaultNotFound", format!("The specified deleted vault '{name}' does not exist."))
    })
}

fn get_deleted(call: &Call) -> Answer {
    Ok(Reply::json(200, &shown_deleted(call, &find_deleted(call)?)))
}

fn purge(call: &Call) -> Answer {
    let found = find_deleted(call)?;
    if found.body["properties"]["enablePurgeProtection"] == true {
        let message = "Operation \"purge\" is not allowed because purge protection is enabled for this vault.";
        return Err(ArmError::bad("MethodNotAllowed", message));
    }
    let (world, name) = (call.world.clone(), call.target.name().to_ascii_lowercase());
    let takes = world.scenario.timings.other;
    let operation = lro::start(&call.world, Form::Group, async move {
        world.clock.sleep(takes).await;
        let mut state = world.state();
        state.arm.deleted_vaults.remove(&name);
        state.secrets.remove(&name);
        state.vaults.remove(&name);
        Ok(())
    });
    // Followed like a group's deletion.
    let subscription = Target { types: Vec::new(), names: Vec::new(), tail: None, ..call.target.clone() };
    let call = Call { target: subscription, ..call.clone() };
    Ok(lro::accepted(&call, Form::Group, operation, Reply::empty(202)))
}
