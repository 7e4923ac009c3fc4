//! What a VM is made of: checks of its body, what is filled in, and what is never shown again.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::sim::{
    arm::{
        ArmError, Call,
        compute::disk,
        store::{by_id, envelope, new_guid, stamp},
    },
    machine::MachineSpec,
    world::State,
};

/// Names that Azure keeps for itself (some of them).
const RESERVED: [&str; 12] =
    ["admin", "administrator", "root", "guest", "owner", "test", "user", "console", "backup", "sys", "server", "sql"];
/// customData in base64.
const MOST_CUSTOM_DATA: usize = 87_380;

/// The body of a new VM and what its machine is made from.
pub fn read(call: &Call, state: &State) -> Result<(Value, MachineSpec), ArmError> {
    let mut body = envelope(&call.target, &call.body);
    if !body["properties"]["hardwareProfile"]["vmSize"].is_string() {
        return Err(ArmError::parameter("vmSize", "Required parameter 'hardwareProfile.vmSize' is missing (null)."));
    }
    if body["properties"]["networkProfile"].get("networkInterfaceConfigurations").is_some() {
        return Err(ArmError::unknown("PUT", "/…/virtualMachines with networkInterfaceConfigurations"));
    }
    let os = body["properties"]["osProfile"].clone();
    let attaches = body["properties"]["storageProfile"]["osDisk"]["createOption"] == "Attach";
    if attaches {
        disk::attachable(call, state, &body)?;
        if os.is_object() {
            let message = "Parameter 'osProfile' is not allowed.";
            return Err(ArmError::parameter("osProfile", message));
        }
    } else {
        name_is_free(state, &body, call)?;
    }
    let admin_user = if attaches { String::new() } else { admin(&os)? };
    let authorized_keys = keys(&os)?;
    let custom_data = custom_data(&os)?;
    let user_identities = identities(state, &mut body)?;
    let system_principal = body["identity"]["principalId"].as_str().unwrap_or_default().to_owned();
    let spec = MachineSpec {
        vm_id: call.target.key(),
        name: call.target.name().to_owned(),
        admin_user,
        authorized_keys,
        custom_data,
        system_principal,
        user_identities,
    };
    complete(call, &mut body);
    Ok((body, spec))
}

/// A disk is made from the image under its own name; one that lies there already is in the way.
fn name_is_free(state: &State, body: &Value, call: &Call) -> Result<(), ArmError> {
    let Some(name) = body["properties"]["storageProfile"]["osDisk"]["name"].as_str() else { return Ok(()) };
    let id = format!("{}/providers/Microsoft.Compute/disks/{name}", call.target.group_id());
    let taken = state.resources.get(&id.to_ascii_lowercase());
    match taken
        .filter(|disk| disk.body["managedBy"].as_str().is_none_or(|vm| !vm.eq_ignore_ascii_case(&call.target.id())))
    {
        Some(_) => {
            let message =
                format!("Disk {name} already exists in resource group. Only CreateOption.Attach is supported.");
            Err(ArmError::conflict("OperationNotAllowed", message))
        }
        None => Ok(()),
    }
}

/// What a scale set's profile must keep to as well.
pub fn check_os(os: &Value) -> Result<(), ArmError> {
    admin(os)?;
    keys(os)?;
    custom_data(os).map(drop)
}

fn admin(os: &Value) -> Result<String, ArmError> {
    let admin = os["adminUsername"].as_str().unwrap_or_default();
    if admin.is_empty() {
        return Err(ArmError::parameter("adminUsername", "Required parameter 'adminUsername' is missing (null)."));
    }
    if RESERVED.contains(&admin.to_ascii_lowercase().as_str()) || admin.len() > 64 {
        let message = "The Admin Username specified is not allowed. For more information about disallowed usernames, see https://aka.ms/vmosprofile";
        return Err(ArmError::parameter("adminUsername", message));
    }
    Ok(admin.to_owned())
}

fn keys(os: &Value) -> Result<Vec<String>, ArmError> {
    let linux = &os["linuxConfiguration"];
    let keys: Vec<String> = linux["ssh"]["publicKeys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key["keyData"].as_str().map(|k| k.trim().to_owned()))
        .collect();
    if keys.iter().any(|key| !(key.starts_with("ssh-rsa ") || key.starts_with("ssh-ed25519 "))) {
        let message = "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.";
        return Err(ArmError::parameter("linuxConfiguration.ssh.publicKeys.keyData", message));
    }
    if linux["disablePasswordAuthentication"] == true && keys.is_empty() {
        let message = "Authentication using either SSH or by user name and password must be enabled in Linux profile.";
        return Err(ArmError::parameter("linuxConfiguration", message));
    }
    Ok(keys)
}

fn custom_data(os: &Value) -> Result<Vec<u8>, ArmError> {
    let given = os["customData"].as_str().unwrap_or_default();
    let decoded = STANDARD.decode(given).ok().filter(|_| given.len() <= MOST_CUSTOM_DATA);
    decoded.ok_or_else(|| {
        let message =
            "Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 characters.";
        ArmError::parameter("customData", message)
    })
}

/// Gives the VM its own identity and shows those it was given: client id and principal id of each.
pub fn identities(state: &State, body: &mut Value) -> Result<Vec<(String, String)>, ArmError> {
    let identity = &mut body["identity"];
    let kinds = identity["type"].as_str().unwrap_or_default().to_owned();
    if kinds.split(',').any(|kind| kind.trim() == "SystemAssigned") {
        if !identity["principalId"].is_string() {
            identity["principalId"] = json!(new_guid());
        }
        identity["tenantId"] = json!(state.account.tenant);
    }
    let mut given = Vec::new();
    for (id, shown) in identity["userAssignedIdentities"].as_object_mut().into_iter().flatten() {
        let Some(found) = by_id(state, &json!(id)) else {
            let message = format!(
                "Identity operation for resource failed with error 'Failed to perform resource identity operation. Status: 'NotFound'. Response: 'Resource '{id}' was not found.''."
            );
            return Err(ArmError::bad("FailedIdentityOperation", message));
        };
        let text = |name: &str| found.body["properties"][name].as_str().unwrap_or_default().to_owned();
        *shown = json!({"principalId": text("principalId"), "clientId": text("clientId")});
        given.push((text("clientId"), text("principalId")));
    }
    if body["identity"].is_null()
        && let Some(fields) = body.as_object_mut()
    {
        fields.shift_remove("identity");
    }
    Ok(given)
}

/// Takes out what may only be written.
pub fn hide(body: &mut Value) {
    if let Some(os) = body["properties"]["osProfile"].as_object_mut() {
        os.shift_remove("customData");
        os.shift_remove("adminPassword");
    }
}

fn complete(call: &Call, body: &mut Value) {
    hide(body);
    let name = call.target.name();
    body["etag"] = json!("\"1\"");
    let properties = &mut body["properties"];
    properties["vmId"] = json!(new_guid());
    properties["timeCreated"] = json!(stamp(call.world.clock.now()));
    let os = &mut properties["osProfile"];
    if os.is_object() {
        for (field, value) in [
            ("computerName", json!(name)),
            ("secrets", json!([])),
            ("allowExtensionOperations", json!(true)),
            ("requireGuestProvisionSignal", json!(true)),
        ] {
            if os[field].is_null() {
                os[field] = value;
            }
        }
    }
    let storage = &mut properties["storageProfile"];
    if storage["imageReference"].is_object() {
        // Images carry the day they were made.
        storage["imageReference"]["exactVersion"] = json!("24.04.202611010");
    }
    let disk = &mut storage["osDisk"];
    if disk["createOption"] == "Attach" {
        let id = disk["managedDisk"]["id"].as_str().unwrap_or_default();
        disk["name"] = json!(id.rsplit('/').next().unwrap_or_default());
    }
    let disk_name =
        disk["name"].as_str().map_or_else(|| format!("{name}_OsDisk_1_{}", new_guid().replace('-', "")), str::to_owned);
    for (field, value) in [
        ("osType", json!("Linux")),
        ("name", json!(disk_name)),
        ("createOption", json!("FromImage")),
        ("caching", json!("ReadWrite")),
        ("diskSizeGB", json!(30)),
        ("deleteOption", json!("Detach")),
    ] {
        if disk[field].is_null() {
            disk[field] = value;
        }
    }
    if disk["managedDisk"].is_null() {
        disk["managedDisk"] = json!({"storageAccountType": "Standard_LRS"});
    }
    disk["managedDisk"]["id"] =
        json!(format!("{}/providers/Microsoft.Compute/disks/{disk_name}", call.target.group_id()));
    for (field, value) in [("dataDisks", json!([])), ("diskControllerType", json!("SCSI"))] {
        if storage[field].is_null() {
            storage[field] = value;
        }
    }
    for interface in properties["networkProfile"]["networkInterfaces"].as_array_mut().into_iter().flatten() {
        if interface["properties"]["deleteOption"].is_null() {
            interface["properties"]["deleteOption"] = json!("Detach");
        }
    }
}
