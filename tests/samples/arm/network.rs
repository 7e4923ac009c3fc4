use serde_json::Value;

use super::azure::Azure;
use crate::shape::{Excuse, same_shape, sample};

fn like(name: &str, status: u16, answer: &Value, excuses: &[Excuse]) {
    if let Some(sample) = sample(name, status) {
        same_shape(&sample, answer, excuses);
    }
}

#[tokio::test]
async fn interfaces_and_addresses() {
    let azure = Azure::start().await;
    azure.machine().await;
    let nic = azure.get("Microsoft.Network/networkInterfaces/nic").await;
    like("network-nic-get.2024-01-01.json", 200, &nic, &[("/properties/dscpConfiguration", "nobody asked for one")]);
    let nics = azure.get("Microsoft.Network/networkInterfaces").await;
    let free = "the second interface is free";
    like(
        "network-nic-list.2024-01-01.json",
        200,
        &nics,
        &[("/value/*/properties/primary", free), ("/value/*/properties/virtualMachine", free)],
    );
    let address = azure.get("Microsoft.Network/publicIPAddresses/nic-ip").await;
    let unasked = "nobody asked for one";
    like(
        "network-publicip-get.2024-01-01.json",
        200,
        &address,
        &[("/properties/ddosSettings/ddosProtectionPlan", unasked), ("/properties/ipTags", unasked)],
    );
    let addresses = azure.get("Microsoft.Network/publicIPAddresses").await;
    like("network-publicip-list.2024-01-01.json", 200, &addresses, &[("/value/*/properties/ipTags", unasked)]);
}

#[tokio::test]
async fn security_groups_put_as_the_samples_do() {
    let azure = Azure::start().await;
    let name = "network-nsg-put-with-rule.2024-01-01.json";
    let Some(body) = azure.asked(name, "parameters") else { return };
    let answer = azure.put("Microsoft.Network/networkSecurityGroups/testnsg", body).await;
    like(name, 201, &answer, &[]);
    let name = "network-nsg-rule-put.2024-01-01.json";
    let Some(body) = azure.asked(name, "securityRuleParameters") else { return };
    let answer = azure.put("Microsoft.Network/networkSecurityGroups/testnsg/securityRules/rule2", body).await;
    like(name, 201, &answer, &[]);
}
