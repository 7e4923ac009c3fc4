//! What a deployment would change, against what it then changes.

use serde_json::{Value, json};

use super::cloud::{Cloud, member_template, parameters};

fn fleet_template() -> Value {
    serde_json::from_str(include_str!("../../../../assets/infra/fleet.json")).unwrap()
}

fn fleet(cloud: &Cloud, others: Value) -> Value {
    parameters(json!({
        "location": "eastus2", "project": "p", "environment": "dev", "vaultName": "claw-vault",
        "tenantId": cloud.caller.tenant, "sshFrom": ["0.0.0.0/0"], "otherRules": others, "fingerprint": "f",
    }))
}

async fn what_if(cloud: &Cloud, template: &Value, parameters: Value, format: &str) -> Vec<Value> {
    let body = json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters,
        "whatIfSettings": {"resultFormat": format}}});
    let path = cloud.id("Microsoft.Resources/deployments/d/whatIf");
    let mut answer = cloud.send("POST", &path, Some(body)).await.is(202);
    while answer.status == 202 {
        cloud.pass(1).await;
        answer = cloud.follow(&answer.headers["location"]).await;
    }
    answer.body["properties"]["changes"].as_array().unwrap().clone()
}

async fn full(cloud: &Cloud, template: &Value, parameters: Value) -> Vec<Value> {
    what_if(cloud, template, parameters, "FullResourcePayloads").await
}

fn of<'a>(changes: &'a [Value], name: &str) -> &'a Value {
    let found = changes.iter().find(|c| c["resourceId"].as_str().unwrap().ends_with(name));
    found.unwrap_or_else(|| panic!("{name} in {changes:#?}"))
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_is_not_made_again() {
    let cloud = Cloud::with_alice("").await;
    let mut changes = full(&cloud, &fleet_template(), fleet(&cloud, json!([]))).await;
    changes.extend(full(&cloud, &member_template(), cloud.member()).await);
    assert!(changes.iter().all(|c| c["changeType"] != "Create"), "{changes:#?}");
    for kept in ["/locks/claw-keep", "/roleAssignments/00000000-0000-4000-8000-0000000000aa", "/AADSSHLoginForLinux"] {
        let change = changes.iter().rfind(|c| c["resourceId"].as_str().unwrap().ends_with(kept)).unwrap();
        assert_eq!(change["changeType"], "NoChange", "{change:#}");
    }
    // Like the real one: defaults that Azure filled in count as deleted.
    let network = of(&changes, "/claw-vnet");
    assert_eq!(network["changeType"], "Modify");
    let path = "properties.enableDdosProtection";
    let named = json!({"path": path, "propertyChangeType": "Delete", "before": false});
    assert!(network["delta"].as_array().unwrap().contains(&named), "{network:#}");
}

#[tokio::test(start_paused = true)]
async fn what_only_azure_writes_is_not_shown() {
    let cloud = Cloud::with_alice("").await;
    let mut changes = full(&cloud, &fleet_template(), fleet(&cloud, json!([]))).await;
    changes.extend(full(&cloud, &member_template(), cloud.member()).await);
    let text = serde_json::to_string(&changes).unwrap();
    for own in ["provisioningState", "etag", "resourceGuid", "uniqueId", "vaultUri", "vmId", "timeCreated", "createdOn"]
    {
        assert!(!text.contains(&format!("\"{own}\"")), "{own}");
    }
    assert!(!text.contains("customData"), "what is never shown is not shown here either");
    // An id in a list is the element's own; elsewhere it names something.
    let subnets = &of(&changes, "/claw-vnet")["before"]["properties"]["subnets"];
    assert!(subnets[0].get("id").is_none());
    assert!(subnets[0]["properties"]["networkSecurityGroup"]["id"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_tag_and_a_rule_that_the_template_lacks_are_deleted() {
    let cloud = Cloud::with_fleet("").await;
    let rule = |port: &str| {
        json!({"properties": {"protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": 200,
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port}})
    };
    let group = "Microsoft.Network/networkSecurityGroups/claw-nsg";
    cloud.make(&format!("{group}/securityRules/theirs"), rule("443")).await;
    let tags = json!({"operation": "Merge", "properties": {"tags": {"owner": "Olga"}}});
    let path = cloud.id(&format!("{group}/providers/Microsoft.Resources/tags/default"));
    cloud.send("PATCH", &path, Some(tags)).await;

    let changes = full(&cloud, &fleet_template(), fleet(&cloud, json!([]))).await;
    let delta = of(&changes, "/claw-nsg")["delta"].as_array().unwrap();
    assert_eq!(delta[0], json!({"path": "tags.owner", "propertyChangeType": "Delete", "before": "Olga"}));
    let children = delta[1]["children"].as_array().unwrap();
    let shape = (&delta[1]["path"], &delta[1]["propertyChangeType"], children.len());
    assert_eq!(shape, (&json!("properties.securityRules"), &json!("Array"), 1), "{delta:#?}");
    assert_eq!((&children[0]["propertyChangeType"], &children[0]["path"]), (&json!("Delete"), &json!("1")));
    assert_eq!(children[0]["before"]["name"], "theirs");

    // And so it happens.
    let ended = cloud.deploy("claw-infra", &fleet_template(), fleet(&cloud, json!([]))).await;
    assert_eq!(ended["status"], "Succeeded", "{ended:#}");
    let after = cloud.get(&cloud.id(group)).await.body;
    assert!(after["tags"].get("owner").is_none(), "{after:#}");
    assert_eq!(after["properties"]["securityRules"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn rules_are_told_apart_by_name_and_changed_inside() {
    let cloud = Cloud::with_fleet("").await;
    let first = json!({"name": "first", "properties": {"protocol": "Tcp", "access": "Deny", "direction": "Inbound",
        "priority": 150, "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "22"}});
    let mut asked = fleet(&cloud, json!([first]));
    asked["sshFrom"]["value"] = json!(["192.0.2.0/24"]);
    asked["project"]["value"] = json!("P");
    let changes = full(&cloud, &fleet_template(), asked).await;
    let delta = of(&changes, "/claw-nsg")["delta"].as_array().unwrap();
    assert_eq!(delta[0], json!({"path": "tags.project", "propertyChangeType": "Modify", "before": "p", "after": "P"}));
    let children = delta[1]["children"].as_array().unwrap();
    assert_eq!(children.len(), 2, "{children:#?}");
    assert_eq!(children[0]["children"][0]["path"], "properties.sourceAddressPrefixes");
    let inner = json!({"path": "0", "propertyChangeType": "Modify", "before": "0.0.0.0/0", "after": "192.0.2.0/24"});
    assert_eq!(children[0]["children"][0]["children"], json!([inner]));
    assert_eq!((&children[1]["propertyChangeType"], &children[1]["after"]["name"]), (&json!("Create"), &first["name"]));
}

#[tokio::test(start_paused = true)]
async fn ids_alone_say_what_would_be_deployed() {
    let cloud = Cloud::with_alice("").await;
    let changes = what_if(&cloud, &fleet_template(), fleet(&cloud, json!([])), "ResourceIdOnly").await;
    assert_eq!(of(&changes, "/claw-nsg")["changeType"], "Deploy");
    assert_eq!(of(&changes, "/claw-alice")["changeType"], "Ignore");
    assert!(changes.iter().all(|c| c.as_object().unwrap().len() == 2), "{changes:#?}");
}
