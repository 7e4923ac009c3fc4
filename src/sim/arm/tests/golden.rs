//! What the shipped templates come to, against golden files (`UPDATE_GOLDEN=1` writes them anew).

use serde_json::{Map, Value, json};

use crate::sim::arm::deployment::functions::{Scope, expand};

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-4000-8000-00000000000a";

fn expanded(template: &str, parameters: Value) -> Value {
    let template: Value = serde_json::from_str(template).unwrap();
    let group = json!({"id": format!("{SUBSCRIPTION}/resourceGroups/openclaw-rg"), "location": "eastus2"});
    let subscription = json!({"id": SUBSCRIPTION, "subscriptionId": &SUBSCRIPTION[15..]});
    let none = Map::new();
    let scope = Scope {
        parameters: parameters.as_object().unwrap(),
        variables: template["variables"].as_object().unwrap_or(&none),
        group: &group,
        subscription: &subscription,
        depth: 0,
    };
    json!({
        "$schema": template["$schema"], "contentVersion": template["contentVersion"],
        "resources": expand(&template["resources"], &scope).unwrap(),
    })
}

fn matches(name: &str, made: &Value) {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let made = serde_json::to_string_pretty(made).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(golden == made, "{path} is another now:\n{made}");
}

#[test]
fn the_fleet() {
    let parameters = json!({
        "location": "eastus2", "project": "openclaw", "environment": "dev", "vaultName": "claw-0123456789abcdef",
        "tenantId": "00000000-0000-4000-8000-00000000000b", "sshFrom": ["203.0.113.0/24"], "fingerprint": "0123456789abcdef",
        "makeNetwork": true, "makeVault": true,
        "otherRules": [{"name": "claw-allow-198.51.100.7-32", "properties": {
            "priority": 1100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
            "sourceAddressPrefix": "198.51.100.7/32", "sourcePortRange": "*",
            "destinationAddressPrefix": "*", "destinationPortRange": "22",
        }}],
    });
    matches("fleet", &expanded(include_str!("../../../../assets/infra/fleet.json"), parameters));
}

#[test]
fn a_member() {
    let of = |kind: &str, name: &str| format!("{SUBSCRIPTION}/resourceGroups/openclaw-rg/providers/{kind}/{name}");
    let parameters = json!({
        "location": "eastus2", "machineName": "claw-alice", "vmSize": "Standard_B2s", "adminUsername": "clawadmin",
        "sshPublicKey": "ssh-ed25519 AAAA operator", "customData": "I2Nsb3VkLWNvbmZpZwo=",
        "subnetId": of("Microsoft.Network/virtualNetworks", "claw-vnet/subnets/machines"),
        "nsgId": of("Microsoft.Network/networkSecurityGroups", "claw-nsg"),
        "scaleSetId": of("Microsoft.Compute/virtualMachineScaleSets", "openclaw"),
        "identityId": of("Microsoft.ManagedIdentity/userAssignedIdentities", "claw-fleet"),
        "dnsLabel": "claw-alice-0123abcd", "tags": {"app": "claw", "project": "openclaw", "environment": "dev",
            "claw-member": "00000000-0000-4000-8000-0000000000a1", "claw-slug": "alice", "claw-email": "alice@example.com"},
        "memberObjectId": "00000000-0000-4000-8000-0000000000a1",
        "loginAssignment": "00000000-0000-4000-8000-0000000000aa", "powerAssignment": "00000000-0000-4000-8000-0000000000bb",
        "loginRole": "fb879df8-f326-4884-b1cf-06f3ad86be52", "powerRole": "40c5ff49-9181-41f8-ae61-143b0e78555e",
    });
    matches("member", &expanded(include_str!("../../../../assets/infra/member.json"), parameters));
}
