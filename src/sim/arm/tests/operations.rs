//! How long operations take, and how long they are remembered.

use serde_json::json;

use super::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn an_operation_takes_what_the_scenario_says_and_is_forgotten_after_a_day() {
    let cloud = Cloud::with_group("[timings]\nother = \"90s\"\n").await;
    let address = json!({"location": "eastus2", "sku": {"name": "Standard"},
        "properties": {"publicIPAllocationMethod": "Static"}});
    let started = cloud.put(&cloud.id("Microsoft.Network/publicIPAddresses/a"), address).await.is(201);
    let operation = started.headers["azure-asyncoperation"].clone();
    cloud.pass(89).await;
    assert_eq!(cloud.follow(&operation).await.is(200).body["status"], "InProgress");
    cloud.pass(2).await;
    assert_eq!(cloud.follow(&operation).await.is(200).body["status"], "Succeeded");
    cloud.pass(24 * 3600 - 60).await;
    cloud.follow(&operation).await.is(200);
    cloud.pass(120).await;
    cloud.follow(&operation).await.refused(404, "NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_dynamic_address_is_lost_at_deallocation_and_a_static_one_stays() {
    let cloud = Cloud::with_alice("").await;
    let vm = cloud.get(&cloud.alice()).await.body;
    let dynamic = json!({"location": "eastus2", "properties": {"publicIPAllocationMethod": "Dynamic"}});
    let dynamic = cloud.make("Microsoft.Network/publicIPAddresses/bob-ip", dynamic).await;
    assert!(dynamic["properties"]["ipAddress"].is_null(), "none before a VM runs");
    let subnet = cloud.id("Microsoft.Network/virtualNetworks/claw-vnet/subnets/machines");
    let nic = json!({"location": "eastus2", "properties": {"ipConfigurations": [{"name": "c", "properties":
        {"subnet": {"id": subnet}, "publicIPAddress": {"id": dynamic["id"]}}}]}});
    let nic = cloud.make("Microsoft.Network/networkInterfaces/bob-nic", nic).await;
    let body = json!({"location": "eastus2", "properties": {
        "hardwareProfile": vm["properties"]["hardwareProfile"], "osProfile": vm["properties"]["osProfile"],
        "networkProfile": {"networkInterfaces": [{"id": nic["id"]}]}}});
    let bob = cloud.make("Microsoft.Compute/virtualMachines/bob", body).await["id"].as_str().unwrap().to_owned();
    let address = async |name: &str| {
        let id = cloud.id(&format!("Microsoft.Network/publicIPAddresses/{name}"));
        cloud.get(&id).await.is(200).body["properties"]["ipAddress"].as_str().map(str::to_owned)
    };
    let (first, kept) = (address("bob-ip").await.expect("an address while it runs"), address("claw-alice-ip").await);
    for vm in [&bob, &cloud.alice()] {
        let stopping = cloud.post(&format!("{vm}/deallocate")).await.is(202);
        cloud.finish(&stopping).await;
    }
    assert_eq!((address("bob-ip").await, address("claw-alice-ip").await), (None, kept));
    let starting = cloud.post(&format!("{bob}/start")).await.is(202);
    cloud.finish(&starting).await;
    assert_ne!(address("bob-ip").await.expect("another address"), first);
}
