use serde_json::{Value, json};

use super::cloud::Cloud;
use crate::sim::world::Resource;

fn query(cloud: &Cloud, filter: Option<&str>, expand: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("api-version", "2024-07-01");
    if let Some(filter) = filter {
        query.append_pair("$filter", filter);
    }
    if expand {
        query.append_pair("$expand", "instanceView");
    }
    format!("{}?{}", cloud.id("Microsoft.Compute/virtualMachines"), query.finish())
}

#[tokio::test(start_paused = true)]
async fn the_filter_has_one_form_and_expand_needs_it() {
    let cloud = Cloud::with_alice("").await;
    let set = cloud.id("Microsoft.Compute/virtualMachineScaleSets/openclaw");
    let filter = format!("'virtualMachineScaleSet/id' eq '{}'", set.to_uppercase());
    let expanded = cloud.get(&query(&cloud, Some(&filter), true)).await.is(200).body;
    assert_eq!(expanded["value"][0]["properties"]["instanceView"]["statuses"][1]["code"], "PowerState/running");
    let plain = cloud.get(&query(&cloud, Some(&filter), false)).await.is(200).body;
    assert!(plain["value"][0]["properties"].get("instanceView").is_none());
    assert_eq!(cloud.get(&query(&cloud, None, false)).await.body["value"].as_array().unwrap().len(), 1);
    let other = "'virtualMachineScaleSet/id' eq '/another'";
    assert_eq!(cloud.get(&query(&cloud, Some(other), true)).await.body, json!({"value": []}));
    for wrong in ["virtualMachineScaleSet/id eq 'x'", "'virtualMachineScaleSet/id' ne 'x'", "name eq 'x'"] {
        cloud.get(&query(&cloud, Some(wrong), false)).await.refused(400, "InvalidParameter");
    }
    cloud.get(&query(&cloud, None, true)).await.refused(400, "InvalidParameter");
}

#[tokio::test(start_paused = true)]
async fn long_lists_come_in_pages() {
    let cloud = Cloud::with_group("").await;
    for n in 0..501 {
        let id = cloud.id(&format!("Microsoft.Compute/virtualMachines/m{n:04}"));
        let body = json!({"id": id, "name": format!("m{n:04}"), "type": "Microsoft.Compute/virtualMachines", "location": "eastus2", "tags": {"n": "1"},
            "properties": {"virtualMachineScaleSet": {"id": "/set"}}});
        let kind = "microsoft.compute/virtualmachines".into();
        cloud.world.state().resources.insert(id.to_lowercase(), Resource { id, kind, body });
    }
    let count = async |first: String, sizes: &[usize]| {
        let mut next = Some(first);
        for size in sizes {
            let page = cloud.get(&next.expect("another page")).await.is(200).body;
            assert_eq!(page["value"].as_array().unwrap().len(), *size);
            next =
                page["nextLink"].as_str().map(|l| l.strip_prefix("https://management.azure.com").unwrap().to_owned());
        }
        assert_eq!(next, None);
    };
    count(query(&cloud, Some("'virtualMachineScaleSet/id' eq '/set'"), true), &[200, 200, 101]).await;
    count(format!("{}/resources", cloud.group().to_lowercase()), &[500, 1]).await;
    let first = cloud.get(&format!("{}/resources", cloud.group())).await.body["value"][0].clone();
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "name", "type", "location", "tags"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_lists_what_is_in_it() {
    let cloud = Cloud::with_alice("").await;
    let listed = cloud.get(&format!("{}/resources", cloud.group())).await.is(200).body;
    let mut kinds: Vec<(&str, &str)> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["type"].as_str().unwrap().split_once('/').unwrap().1, r["name"].as_str().unwrap()))
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            ("disks", "claw-alice-disk"),
            ("networkInterfaces", "claw-alice-nic"),
            ("networkSecurityGroups", "claw-nsg"),
            ("publicIPAddresses", "claw-alice-ip"),
            ("userAssignedIdentities", "claw-fleet"),
            ("vaults", "claw-vault"),
            ("virtualMachineScaleSets", "openclaw"),
            ("virtualMachines", "claw-alice"),
            ("virtualMachines/extensions", "claw-alice/AADSSHLoginForLinux"),
            ("virtualNetworks", "claw-vnet"),
        ]
    );
    let set = listed["value"].as_array().unwrap().iter().find(|r: &&Value| r["name"] == "openclaw").unwrap();
    assert_eq!(set["tags"]["claw-infra"], "f");
}
