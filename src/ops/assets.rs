//! The shipped files that operations send.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::OpsError;
use crate::fleet::bootstrap::File;

pub const CLOUD_INIT: &str = include_str!("../../assets/bootstrap/cloud-init.yaml");
/// Where each file of the bootstrap goes, and its mode.
pub const BOOTSTRAP: &[File<'_>] = &[
    ("/opt/claw/bootstrap.sh", "0755", include_str!("../../assets/bootstrap/bootstrap.sh")),
    ("/opt/claw/lib.sh", "0644", include_str!("../../assets/bootstrap/lib.sh")),
    ("/opt/claw/secrets.sh", "0755", include_str!("../../assets/bootstrap/secrets.sh")),
    ("/opt/claw/extras.sh", "0644", include_str!("../../assets/bootstrap/extras.sh")),
    ("/opt/claw/firewall.sh", "0755", include_str!("../../assets/bootstrap/firewall.sh")),
    ("/opt/claw/host-keys.sh", "0755", include_str!("../../assets/bootstrap/host-keys.sh")),
    ("/opt/claw/claude.sh", "0755", include_str!("../../assets/bootstrap/claude.sh")),
    ("/usr/local/bin/openclaw", "0755", include_str!("../../assets/bootstrap/openclaw.sh")),
    (
        "/opt/claw/openclaw-gateway.service",
        "0644",
        include_str!("../../assets/bootstrap/units/openclaw-gateway.service"),
    ),
    ("/etc/ssh/sshd_config.d/10-claw.conf", "0644", include_str!("../../assets/bootstrap/sshd.conf")),
    ("/etc/apt/apt.conf.d/60claw-upgrades", "0644", include_str!("../../assets/bootstrap/upgrades.conf")),
    (
        "/etc/systemd/system/claw-bootstrap.service",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-bootstrap.service"),
    ),
    (
        "/etc/systemd/system/claw-bootstrap.timer",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-bootstrap.timer"),
    ),
    (
        "/etc/systemd/system/claw-firewall.service",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-firewall.service"),
    ),
    (
        "/etc/systemd/system/claw-host-keys.service",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-host-keys.service"),
    ),
    (
        "/etc/systemd/system/claw-refresh.service",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-refresh.service"),
    ),
    ("/etc/systemd/system/claw-refresh.timer", "0644", include_str!("../../assets/bootstrap/units/claw-refresh.timer")),
    (
        "/etc/systemd/system/claw-secrets.service",
        "0644",
        include_str!("../../assets/bootstrap/units/claw-secrets.service"),
    ),
];
/// What `backup` runs on a machine.
pub const BACKUP: &str = include_str!("../../assets/care/backup.sh");
/// What `restore` runs on a machine; the archive follows it.
pub const RESTORE: &str = include_str!("../../assets/care/restore.sh");
/// What `restart` runs on a machine.
pub const RESTART: &str = include_str!("../../assets/care/restart.sh");
/// What `upgrade` runs on a machine, as root.
pub const UPGRADE: &str = include_str!("../../assets/care/upgrade.sh");
/// What `verify` runs on a machine.
pub const VERIFY: &str = include_str!("../../assets/care/verify.sh");
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

/// The OpenClaw config a new machine starts with.
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
