//! claw's own templates in the Azure CLI's hands.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::az::Az;

pub const ALICE: &str = "a1ce0000-0000-4000-8000-000000000001";

fn parameters(values: Value) -> String {
    let values = values.as_object().unwrap().iter().map(|(k, v)| (k.clone(), json!({"value": v}))).collect();
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    json!({"$schema": schema, "contentVersion": "1.0.0.0", "parameters": Value::Object(values)}).to_string()
}

fn template(name: &str) -> String {
    format!("{}/assets/infra/{name}", env!("CARGO_MANIFEST_DIR"))
}

impl Az {
    /// `az deployment group create` of a shipped template.
    #[track_caller]
    pub fn deploy(&self, name: &str, file: &str, values: Value) -> Value {
        let path = self.cloud.write(&format!("{name}.parameters.json"), &parameters(values));
        let at = format!("@{}", path.display());
        self.run(&["deployment", "group", "create", "-g", "openclaw-rg", "-n", name, "-f", &template(file), "-p", &at])
    }

    pub fn fleet_values(&self, vault: &str) -> Value {
        json!({
            "location": "eastus2", "project": "openclaw", "environment": "dev", "vaultName": vault,
            "tenantId": self.tenant, "sshFrom": ["0.0.0.0/0"], "otherRules": [], "fingerprint": "by-az",
        })
    }

    /// A machine for Alice, named as claw would.
    pub fn member_values(&self) -> Value {
        let of = |kind: &str, name: &str| format!("{}/providers/{kind}/{name}", self.group());
        json!({
            "location": "eastus2", "machineName": "claw-alice", "vmSize": "Standard_B2s", "adminUsername": "clawadmin",
            "sshPublicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfnVb6PK2gpNB+XEtfqSTVoTZJdBHkzFmJ1XKJkX9uQ judge",
            "customData": STANDARD.encode("#cloud-config\n"),
            "subnetId": of("Microsoft.Network/virtualNetworks", "claw-vnet/subnets/machines"),
            "nsgId": of("Microsoft.Network/networkSecurityGroups", "claw-nsg"),
            "scaleSetId": of("Microsoft.Compute/virtualMachineScaleSets", "openclaw"),
            "identityId": of("Microsoft.ManagedIdentity/userAssignedIdentities", "claw-fleet"),
            "dnsLabel": "claw-alice-az", "memberObjectId": ALICE,
            "tags": {"app": "claw", "claw-member": ALICE, "claw-slug": "alice", "claw-email": "alice@example.com"},
            "loginAssignment": "11111111-1111-4111-8111-111111111111", "loginRole": "fb879df8-f326-4884-b1cf-06f3ad86be52",
            "powerAssignment": "22222222-2222-4222-8222-222222222222", "powerRole": "40c5ff49-9181-41f8-ae61-143b0e78555e",
        })
    }
}
