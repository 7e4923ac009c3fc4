//! The profile that a scale set makes VMs from (azure.md §1.3): checks, what is filled in, what is never shown.

use serde_json::{Value, json};

use super::profile;
use crate::sim::arm::ArmError;

/// Instances that a Flexible set may have.
const MOST: u64 = 1000;

/// Refuses what no VM can be made from, and what belongs to Uniform sets (azure.md §1.3).
pub fn check(set: &Value) -> Result<(), ArmError> {
    let missing =
        |name: &str| Err(ArmError::parameter(name, format!("Required parameter '{name}' is missing (null).")));
    let profile = &set["properties"]["virtualMachineProfile"];
    if profile.is_null() {
        return if set["sku"].is_null() { Ok(()) } else { missing("virtualMachineProfile") };
    }
    if !set["sku"]["name"].is_string() {
        return missing("sku");
    }
    let Some(capacity) = set["sku"]["capacity"].as_u64() else { return missing("sku.capacity") };
    if capacity > MOST {
        let message = format!("The capacity {capacity} is more than the {MOST} instances that a scale set may have.");
        return Err(ArmError::parameter("sku.capacity", message));
    }
    for place in [
        "/networkProfile/healthProbe",
        "/networkProfile/networkInterfaceConfigurations/0/properties/ipConfigurations/0/properties/loadBalancerInboundNatPools",
    ] {
        if profile.pointer(place).is_some_and(|v| !v.is_null()) {
            let name = place.rsplit('/').next().unwrap_or_default();
            let message = format!("The parameter '{name}' is not allowed with orchestration mode Flexible.");
            return Err(ArmError::parameter(name, message));
        }
    }
    if set.pointer("/properties/upgradePolicy/automaticOSUpgradePolicy/enableAutomaticOSUpgrade") == Some(&json!(true))
    {
        let message = "Automatic OS upgrades are not allowed with orchestration mode Flexible.";
        return Err(ArmError::parameter("automaticOSUpgradePolicy", message));
    }
    let network = &profile["networkProfile"];
    if !network["networkApiVersion"].is_string() {
        return missing("networkApiVersion");
    }
    let interfaces = network["networkInterfaceConfigurations"].as_array().cloned().unwrap_or_default();
    if interfaces.is_empty() || !interfaces.iter().all(|nic| nic["properties"]["ipConfigurations"].is_array()) {
        return missing("networkInterfaceConfigurations");
    }
    let storage = &profile["storageProfile"];
    if !storage["imageReference"].is_object() || !(storage["osDisk"].is_null() || storage["osDisk"].is_object()) {
        return missing("storageProfile");
    }
    if profile.to_string().contains("\"dnsSettings\"") {
        return Err(ArmError::unknown("PUT", "/…/virtualMachineScaleSets with names for its instances' addresses"));
    }
    if !profile["osProfile"]["computerNamePrefix"].is_string() {
        return missing("computerNamePrefix");
    }
    profile::check_os(&profile["osProfile"])
}

/// As a set is stored and shown: with Azure's defaults, without what may only be written.
pub fn shown(set: &mut Value) {
    if set["properties"]["virtualMachineProfile"].is_null() {
        return;
    }
    set["sku"]["tier"] = json!("Standard");
    if set["properties"]["upgradePolicy"].is_null() {
        set["properties"]["upgradePolicy"] = json!({"mode": "Manual"});
    }
    let profile = &mut set["properties"]["virtualMachineProfile"];
    if let Some(os) = profile["osProfile"].as_object_mut() {
        os.shift_remove("customData");
        os.shift_remove("adminPassword");
    }
    let fill = |object: &mut Value, defaults: &[(&str, Value)]| {
        for (name, value) in defaults {
            if object[*name].is_null() {
                object[*name] = value.clone();
            }
        }
    };
    let (yes, no) = (json!(true), json!(false));
    fill(
        &mut profile["osProfile"],
        &[("secrets", json!([])), ("allowExtensionOperations", yes.clone()), ("requireGuestProvisionSignal", yes)],
    );
    fill(&mut profile["storageProfile"], &[("osDisk", json!({})), ("diskControllerType", json!("SCSI"))]);
    fill(
        &mut profile["storageProfile"]["osDisk"],
        &[
            ("osType", json!("Linux")),
            ("deleteOption", json!("Delete")),
            ("createOption", json!("FromImage")),
            ("caching", json!("ReadWrite")),
            ("managedDisk", json!({"storageAccountType": "Standard_LRS"})),
            ("diskSizeGB", json!(30)),
        ],
    );
    for nic in profile["networkProfile"]["networkInterfaceConfigurations"].as_array_mut().into_iter().flatten() {
        fill(
            &mut nic["properties"],
            &[
                ("disableTcpStateTracking", no.clone()),
                ("enableIPForwarding", no.clone()),
                ("auxiliaryMode", json!("None")),
                ("deleteOption", json!("Delete")),
            ],
        );
    }
}
