//! Scale sets that make VMs by themselves, and how they take them away again (azure.md §1.5).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cloud::Cloud;

const SET: &str = "Microsoft.Compute/virtualMachineScaleSets/pool";

fn body(cloud: &Cloud, capacity: u64) -> Value {
    let subnet = cloud.id("Microsoft.Network/virtualNetworks/claw-vnet/subnets/machines");
    let fleet = cloud.id("Microsoft.ManagedIdentity/userAssignedIdentities/claw-fleet");
    json!({
        "location": "eastus2", "tags": {"app": "pool"}, "sku": {"name": "Standard_B2s", "capacity": capacity},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {fleet: {}}},
        "properties": {
            "orchestrationMode": "Flexible", "platformFaultDomainCount": 1, "singlePlacementGroup": false,
            "virtualMachineProfile": {
                "osProfile": {"computerNamePrefix": "pool", "adminUsername": "clawadmin", "customData": "aGk="},
                "storageProfile": {"imageReference": {"offer": "ubuntu-24_04-lts"}},
                "networkProfile": {"networkApiVersion": "2020-11-01", "networkInterfaceConfigurations": [{
                    "name": "nic", "properties": {"primary": true, "ipConfigurations": [{"name": "ip", "properties": {
                        "subnet": {"id": subnet}, "publicIPAddressConfiguration": {"name": "pip"}}}]}}]},
                "extensionProfile": {"extensions": [{"name": "e", "properties":
                    {"publisher": "p", "type": "t", "typeHandlerVersion": "1.0"}}]},
            },
        },
    })
}

/// Names of the VMs in the set.
async fn live(cloud: &Cloud) -> BTreeSet<String> {
    let all = cloud.get(&cloud.id("Microsoft.Compute/virtualMachines")).await.is(200).body;
    let set = cloud.id(SET).to_lowercase();
    let mine = |vm: &&Value| {
        let own = vm["properties"]["virtualMachineScaleSet"]["id"].as_str();
        own.is_some_and(|own| own.to_lowercase() == set)
    };
    all["value"].as_array().unwrap().iter().filter(mine).map(|vm| vm["name"].as_str().unwrap().to_owned()).collect()
}

async fn nominal(cloud: &Cloud) -> Value {
    cloud.get(&cloud.id(SET)).await.is(200).body["sku"]["capacity"].clone()
}

async fn resize(cloud: &Cloud, capacity: u64) -> Value {
    let started = cloud.send("PATCH", &cloud.id(SET), Some(json!({"sku": {"capacity": capacity}}))).await.is(200);
    cloud.finish(&started).await
}

/// A VM by its name, with its instance view.
async fn vm(cloud: &Cloud, name: &str) -> Value {
    let id = cloud.id(&format!("Microsoft.Compute/virtualMachines/{name}"));
    cloud.get(&format!("{id}?api-version=2024-07-01&$expand=instanceView")).await.is(200).body
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[tokio::test(start_paused = true)]
async fn a_profile_makes_vms_whose_names_nobody_chose() {
    let cloud = Cloud::with_fleet("").await;
    let set = cloud.make(SET, body(&cloud, 3)).await;
    assert_eq!(set["sku"], json!({"name": "Standard_B2s", "capacity": 3, "tier": "Standard"}));
    assert!(!set.to_string().contains("aGk="), "customData is never answered");
    let names = live(&cloud).await;
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|n| is_hex(n.strip_prefix("pool_").unwrap(), 8)), "{names:?}");
    let first = names.first().unwrap();
    let made = vm(&cloud, first).await;
    let host = made["properties"]["osProfile"]["computerName"].as_str().unwrap();
    assert!(is_hex(host.strip_prefix("pool").unwrap(), 6), "{host}");
    assert_eq!(made["properties"]["instanceView"]["statuses"][1]["code"], "PowerState/running");
    assert_eq!((&made["tags"], made["resources"].as_array().map(Vec::len)), (&json!({"app": "pool"}), Some(1)));
    assert_eq!(made["identity"]["type"], "UserAssigned");
    let nic = made["properties"]["networkProfile"]["networkInterfaces"][0]["id"].as_str().unwrap().to_owned();
    assert!(is_hex(nic.rsplit_once("/nic-").unwrap().1, 8), "{nic}");
    let address = &cloud.get(&nic).await.body["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"];
    let address = cloud.get(address["id"].as_str().unwrap()).await.is(200).body;
    assert!(address["properties"]["ipAddress"].is_string(), "{address}");
    let custom_data = {
        let state = cloud.world.state();
        let key = made["id"].as_str().unwrap().to_lowercase();
        state.machines.get(&key).map(|machine| machine.spec.custom_data.clone())
    };
    assert_eq!(custom_data.as_deref(), Some(&b"hi"[..]));

    // The model takes no identity of its own, each VM does afterwards.
    let own = json!({"identity": {"type": "SystemAssigned, UserAssigned"}});
    cloud.send("PATCH", &cloud.id(SET), Some(own.clone())).await.refused(400, "InvalidParameter");
    let id = made["id"].as_str().unwrap();
    let given = cloud.send("PATCH", id, Some(json!({"identity": {"type": "SystemAssigned"}}))).await.is(200);
    assert!(given.body["identity"]["principalId"].is_string(), "{:#}", given.body);
    cloud.finish(&given).await;

    // What goes with a VM goes; the tags of the set change nothing on VMs that are there.
    let patched = cloud.send("PATCH", &cloud.id(SET), Some(json!({"tags": {"app": "new"}}))).await.is(200);
    cloud.finish(&patched).await;
    assert_eq!(vm(&cloud, first).await["tags"], json!({"app": "pool"}));
    let deleting = cloud.delete(id).await.is(202);
    cloud.finish(&deleting).await;
    cloud.get(&nic).await.is(404);
}

#[tokio::test(start_paused = true)]
async fn capacity_is_nominal_and_lowering_it_kills() {
    let cloud = Cloud::with_fleet("").await;
    cloud.make(SET, body(&cloud, 4)).await;
    let before = live(&cloud).await;
    let lost = cloud.id(&format!("Microsoft.Compute/virtualMachines/{}", before.first().unwrap()));
    let deleting = cloud.delete(&lost).await.is(202);
    cloud.finish(&deleting).await;
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(4), 3), "deleting a VM leaves it");
    resize(&cloud, 5).await;
    assert_eq!(live(&cloud).await.len(), 4, "5 - 4 are made, not 5 - 3");
    // The target is what lives already, and still one of them dies: 5 - 4.
    let before = live(&cloud).await;
    assert_eq!(resize(&cloud, 4).await["status"], "Succeeded");
    let after = live(&cloud).await;
    assert_eq!((after.len(), after.is_subset(&before)), (3, true));
    assert!(cloud.world.state().machines.len() == 3, "their machines are gone, too");

    // A full body from an older look does the same; one that leaves the number out does nothing.
    let mut same = body(&cloud, 0);
    same["sku"].as_object_mut().unwrap().remove("capacity");
    cloud.make(SET, same).await;
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(4), 3));
    cloud.make(SET, body(&cloud, 2)).await;
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(2), 1));

    // Named ones lower the nominal number.
    resize(&cloud, 4).await;
    let names = live(&cloud).await;
    let named: Vec<&String> = names.iter().take(2).collect();
    let delete = format!("{}/delete", cloud.id(SET));
    cloud.send("POST", &delete, Some(json!({"instanceIds": ["pool_nobody"]}))).await.refused(400, "InvalidParameter");
    cloud.send("POST", &delete, Some(json!({}))).await.refused(400, "InvalidParameter");
    let deleting = cloud.send("POST", &delete, Some(json!({"instanceIds": named}))).await.is(202);
    cloud.finish(&deleting).await;
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(2), 1));
    assert!(live(&cloud).await.is_disjoint(&named.into_iter().cloned().collect()));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_or_the_newest_dies_where_a_policy_says_so() {
    for (rule, dies) in [("OldestVM", 0), ("NewestVM", 2)] {
        let cloud = Cloud::with_fleet("").await;
        let mut set = body(&cloud, 1);
        set["properties"]["scaleInPolicy"] = json!({"rules": [rule]});
        cloud.make(SET, set).await;
        let mut ages: Vec<String> = live(&cloud).await.into_iter().collect();
        for capacity in 2..=3 {
            resize(&cloud, capacity).await;
            ages.extend(live(&cloud).await.into_iter().filter(|name| !ages.contains(name)).collect::<Vec<_>>());
        }
        resize(&cloud, 2).await;
        ages.remove(dies);
        assert_eq!(live(&cloud).await, ages.into_iter().collect(), "{rule}");
    }
}

#[tokio::test(start_paused = true)]
async fn attached_vms_are_nobodys_victims_and_keep_the_set() {
    let cloud = Cloud::with_alice("").await;
    let set = cloud.make(SET, body(&cloud, 1)).await;
    for id in [json!(null), set["id"].clone()] {
        let to = Some(json!({"properties": {"virtualMachineScaleSet": {"id": id}}}));
        let moved = cloud.send("PATCH", &cloud.alice(), to).await.is(200);
        cloud.finish(&moved).await;
    }
    assert_eq!(live(&cloud).await.len(), 2);
    resize(&cloud, 0).await;
    assert_eq!(live(&cloud).await, BTreeSet::from(["claw-alice".to_owned()]));
    cloud.delete(&cloud.id(SET)).await.refused(409, "OperationNotAllowed");
    resize(&cloud, 2).await;
    let left = Some(json!({"properties": {"virtualMachineScaleSet": {"id": null}}}));
    let left = cloud.send("PATCH", &cloud.alice(), left).await.is(200);
    cloud.finish(&left).await;
    // What it has made goes with it.
    let deleting = cloud.delete(&cloud.id(SET)).await.is(202);
    cloud.finish(&deleting).await;
    assert_eq!(live(&cloud).await, BTreeSet::new());
    cloud.get(&cloud.id(SET)).await.is(404);
    cloud.get(&cloud.alice()).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn a_locked_instance_outlives_a_smaller_number() {
    let cloud = Cloud::with_fleet("").await;
    cloud.make(SET, body(&cloud, 1)).await;
    let name = live(&cloud).await.first().unwrap().clone();
    let lock = format!("Microsoft.Compute/virtualMachines/{name}/providers/Microsoft.Authorization/locks/keep");
    cloud.put(&cloud.id(&lock), json!({"properties": {"level": "CanNotDelete"}})).await.is(201);
    let ended = resize(&cloud, 0).await;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("Failed"), &json!("ScopeLocked")));
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(0), 1));
}

#[tokio::test(start_paused = true)]
async fn more_than_the_quota_and_what_no_vm_is_made_from_is_refused() {
    let cloud = Cloud::with_fleet("[limits]\ncores = 6\n").await;
    let at = cloud.id(SET);
    cloud.put(&at, body(&cloud, 4)).await.refused(409, "OperationNotAllowed");
    cloud.get(&at).await.is(404);
    cloud.make(SET, body(&cloud, 2)).await;
    let more = Some(json!({"sku": {"capacity": 4}}));
    cloud.send("PATCH", &at, more).await.refused(409, "OperationNotAllowed");
    assert_eq!((nominal(&cloud).await, live(&cloud).await.len()), (json!(2), 2));
    let profile = "/properties/virtualMachineProfile";
    for (place, value) in [
        ("/sku/capacity".to_owned(), json!(1001)),
        (format!("{profile}/osProfile/adminUsername"), json!("root")),
        (format!("{profile}/osProfile/computerNamePrefix"), json!(null)),
        (format!("{profile}/osProfile/customData"), json!("no base64!")),
        (format!("{profile}/storageProfile"), json!(null)),
        (format!("{profile}/networkProfile/networkApiVersion"), json!(null)),
        (format!("{profile}/networkProfile/networkInterfaceConfigurations"), json!([])),
    ] {
        let mut wrong = body(&cloud, 0);
        *wrong.pointer_mut(&place).unwrap() = value;
        let other = cloud.id("Microsoft.Compute/virtualMachineScaleSets/other");
        let refused = cloud.put(&other, wrong).await;
        assert_eq!((refused.status, refused.code()), (400, "InvalidParameter"), "{place}");
    }
}
