//! The shipped files that operations send.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::OpsError;

pub const CLOUD_INIT: &str = include_str!("../../assets/bootstrap/cloud-init.yaml");
pub const BOOTSTRAP: &str = include_str!("../../assets/bootstrap/bootstrap.sh");
const FLEET: &str = include_str!("../../assets/infra/fleet.json");
const MEMBER: &str = include_str!("../../assets/infra/member.json");
const OPENCLAW: &str = include_str!("../../assets/openclaw.template.json");

/// The infrastructure template.
pub fn fleet_template() -> Result<Value, OpsError> {
    parse("fleet.json", FLEET)
}

/// One member's template.
pub fn member_template() -> Result<Value, OpsError> {
    parse("member.json", MEMBER)
}

/// Changes a member's template so that the VM continues on an existing disk, given as parameter `diskId`: Azure takes
/// neither an image nor a profile of the system then.
pub fn continue_on_disk(template: &mut Value) {
    if let Some(parameters) = template["parameters"].as_object_mut() {
        parameters.retain(|name, _| !["adminUsername", "sshPublicKey", "customData"].contains(&name.as_str()));
        parameters.insert("diskId".into(), json!({"type": "string"}));
    }
    let vms = template["resources"].as_array_mut().into_iter().flatten();
    for vm in vms.filter(|r| r["type"] == "Microsoft.Compute/virtualMachines") {
        if let Some(properties) = vm["properties"].as_object_mut() {
            properties.shift_remove("osProfile");
        }
        vm["properties"]["storageProfile"] = json!({"osDisk": {
            "osType": "Linux", "createOption": "Attach", "caching": "ReadWrite", "deleteOption": "Delete",
            "managedDisk": {"id": "[parameters('diskId')]"},
        }});
    }
}

/// The OpenClaw config of a team that has none of its own.
pub fn openclaw_config() -> Result<Value, OpsError> {
    parse("openclaw.template.json", OPENCLAW)
}

fn parse(name: &str, text: &str) -> Result<Value, OpsError> {
    serde_json::from_str(text).map_err(|e| OpsError::failed(format!("the shipped {name} is broken: {e}")))
}

/// Changes when the infrastructure template or one of its parameters does.
pub fn fingerprint(parameters: &impl serde::Serialize) -> String {
    let parameters = serde_json::to_string(parameters).unwrap_or_default();
    let digest = Sha256::digest(format!("{FLEET}\n{parameters}").as_bytes());
    digest[..8].iter().map(|b| format!("{b:02x}")).collect()
}
