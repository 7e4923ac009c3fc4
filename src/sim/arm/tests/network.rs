use serde_json::{Value, json};

use super::cloud::Cloud;

fn address(label: &str) -> Value {
    json!({"location": "eastus2", "sku": {"name": "Standard"}, "properties":
        {"publicIPAllocationMethod": "Static", "dnsSettings": {"domainNameLabel": label}}})
}

#[tokio::test(start_paused = true)]
async fn addresses_are_given_once_and_names_are_unique() {
    let cloud = Cloud::with_group("").await;
    let at = |name: &str| cloud.id(&format!("Microsoft.Network/publicIPAddresses/{name}"));
    let started = cloud.put(&at("a"), address("label-a")).await.is(201);
    assert_eq!((started.headers["retry-after"].as_str(), started.headers.get("location")), ("1", None));
    assert_eq!(started.body["properties"]["provisioningState"], "Updating");
    assert_eq!(cloud.finish(&started).await, json!({"status": "Succeeded"}));
    let first = cloud.get(&at("a")).await.body;
    assert_eq!(
        (&first["properties"]["ipAddress"], &first["properties"]["dnsSettings"]["fqdn"]),
        (&json!("198.18.0.4"), &json!("label-a.eastus2.cloudapp.azure.com"))
    );
    cloud.put(&at("b"), address("label-a")).await.refused(400, "DnsRecordInUse");
    cloud.put(&at("b"), address("Label_B")).await.refused(400, "InvalidDomainNameLabel");
    // An update keeps the address.
    cloud.put(&at("a"), address("label-b")).await.is(200);
    assert_eq!(cloud.get(&at("a")).await.body["properties"]["ipAddress"], "198.18.0.4");
    let deleting = cloud.delete(&at("a")).await.is(202);
    assert!(deleting.headers["location"].contains("/operationResults/"));
    cloud.finish(&deleting).await;
    cloud.delete(&at("a")).await.is(204);
    let next = cloud.make("Microsoft.Network/publicIPAddresses/c", address("label-a")).await;
    assert_eq!(next["properties"]["ipAddress"], "198.18.0.5", "none is given twice");
}

#[tokio::test(start_paused = true)]
async fn a_private_address_that_was_given_back_is_given_again() {
    let cloud = Cloud::with_fleet("").await;
    let subnet = cloud.id("Microsoft.Network/virtualNetworks/claw-vnet/subnets/machines");
    let body = json!({"location": "eastus2", "properties": {"ipConfigurations":
        [{"name": "c", "properties": {"subnet": {"id": subnet}}}]}});
    let at = |name: &str| format!("Microsoft.Network/networkInterfaces/{name}");
    let made = async |name: &str| cloud.make(&at(name), body.clone()).await["properties"].clone();
    let address = |nic: &Value| nic["ipConfigurations"][0]["properties"]["privateIPAddress"].clone();
    let (first, second) = (made("a").await, made("b").await);
    assert_eq!((address(&first), address(&second)), (json!("10.40.0.4"), json!("10.40.0.5")));
    let gone = cloud.delete(&cloud.id(&at("a"))).await.is(202);
    cloud.finish(&gone).await;
    let (third, fourth) = (made("c").await, made("d").await);
    assert_eq!((address(&third), address(&fourth)), (json!("10.40.0.4"), json!("10.40.0.6")));
    assert_ne!(third["macAddress"], second["macAddress"], "of those there is one each");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_stays() {
    let cloud = Cloud::with_alice("").await;
    let net = |name: &str| cloud.id(&format!("Microsoft.Network/{name}"));
    for (id, code) in [
        ("publicIPAddresses/claw-alice-ip", "PublicIPAddressCannotBeDeleted"),
        ("networkInterfaces/claw-alice-nic", "NicInUse"),
        ("networkSecurityGroups/claw-nsg", "InUseNetworkSecurityGroupCannotBeDeleted"),
        ("virtualNetworks/claw-vnet", "InUseSubnetCannotBeDeleted"),
        ("virtualNetworks/claw-vnet/subnets/machines", "InUseSubnetCannotBeDeleted"),
    ] {
        cloud.delete(&net(id)).await.refused(400, code);
    }
    let nic = cloud.get(&net("networkInterfaces/claw-alice-nic")).await.is(200).body;
    assert!(nic["properties"]["virtualMachine"]["id"].as_str().unwrap().eq_ignore_ascii_case(&cloud.alice()));
    assert_eq!(nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], "10.40.0.4");
    let mut other =
        json!({"location": "eastus2", "properties": {"ipConfigurations": nic["properties"]["ipConfigurations"]}});
    cloud.put(&net("networkInterfaces/other"), other.clone()).await.refused(400, "PublicIPAddressInUse");
    other["properties"]["networkSecurityGroup"] = json!({"id": "/subscriptions/s/none"});
    cloud.put(&net("networkInterfaces/other"), other).await.refused(400, "InvalidResourceReference");
    let empty = json!({"location": "eastus2", "properties": {"addressSpace": {"addressPrefixes": ["10.40.0.0/16"]}}});
    cloud.put(&net("virtualNetworks/claw-vnet"), empty).await.refused(400, "InUseSubnetCannotBeDeleted");
}

#[tokio::test(start_paused = true)]
async fn rules_come_one_by_one() {
    let cloud = Cloud::with_fleet("").await;
    let group = cloud.id("Microsoft.Network/networkSecurityGroups/claw-nsg");
    let rule = |priority: u32, from: &str| {
        json!({"properties": {"protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": priority,
        "sourceAddressPrefix": from, "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "22"}})
    };
    let one = format!("{group}/securityRules/office");
    cloud.put(&one, rule(1000, "203.0.113.0/24")).await.refused(400, "SecurityRuleConflict");
    cloud.put(&one, rule(50, "203.0.113.0/24")).await.refused(400, "SecurityRuleInvalidPriority");
    let added = cloud.put(&one, rule(1001, "203.0.113.0/24")).await.is(201);
    cloud.finish(&added).await;
    assert_eq!(cloud.get(&format!("{group}/securityRules")).await.is(200).body["value"].as_array().unwrap().len(), 2);
    assert_eq!(cloud.get(&group).await.body["properties"]["securityRules"][1]["name"], "office");
    cloud.put(&one, rule(1002, "203.0.113.0/24")).await.is(200);
    let mut many = rule(1003, "x");
    many["properties"]["sourceAddressPrefix"] = json!(null);
    many["properties"]["sourceAddressPrefixes"] = json!(["*"]);
    cloud.put(&one, many).await.refused(400, "SecurityRuleInvalidAddressPrefix");
    let removed = cloud.delete(&one).await.is(202);
    cloud.finish(&removed).await;
    cloud.get(&one).await.refused(404, "ResourceNotFound");
    cloud.delete(&one).await.is(204);
}
