use serde_json::json;

use super::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn a_group_goes_with_everything_in_it() {
    let cloud = Cloud::with_alice("").await;
    cloud.unlock().await;
    let before = cloud.world.state().assignments.len();
    let deleting = cloud.delete(&cloud.group()).await.is(202);
    assert!(!deleting.headers.contains_key("azure-asyncoperation"));
    let location = deleting.headers["location"].clone();
    assert!(location.contains("/operationresults/"), "{location}");
    let waiting = cloud.follow(&location).await.is(202);
    assert_eq!(waiting.headers["retry-after"], "1");
    let late = cloud.id("Microsoft.ManagedIdentity/userAssignedIdentities/late");
    cloud.put(&late, json!({"location": "eastus2"})).await.refused(409, "ResourceGroupBeingDeleted");
    cloud.pass(60).await;
    cloud.follow(&location).await.is(200);
    cloud.get(&cloud.group()).await.refused(404, "ResourceGroupNotFound");
    cloud.send("HEAD", &cloud.group(), None).await.is(404);
    {
        let state = cloud.world.state();
        assert!(state.machines.is_empty() && state.addresses.is_empty() && state.resources.is_empty());
        assert!(state.arm.deployments.is_empty() && state.arm.vms.is_empty());
        assert_eq!(state.assignments.len(), before - 2);
    }
    cloud.delete(&cloud.group()).await.refused(404, "ResourceGroupNotFound");
    cloud.get(&cloud.alice()).await.refused(404, "ResourceGroupNotFound");
    // Operations are forgotten a day later.
    cloud.pass(25 * 3600).await;
    cloud.follow(&location).await.is(404);
}

#[tokio::test(start_paused = true)]
async fn a_group_goes_with_what_stood_on_its_disks() {
    let cloud = Cloud::with_alice("").await;
    cloud.unlock().await;
    let alice = cloud.alice().to_lowercase();
    {
        let mut state = cloud.world.state();
        let vm = &mut state.resources.get_mut(&alice).unwrap().body;
        vm["properties"]["storageProfile"]["osDisk"]["deleteOption"] = json!("Detach");
    }
    let deleted = cloud.delete(&cloud.alice()).await.is(202);
    cloud.finish(&deleted).await;
    assert_eq!(cloud.world.state().arm.kept.len(), 1);
    cloud.delete(&cloud.group()).await.is(202);
    cloud.pass(60).await;
    assert!(cloud.world.state().arm.kept.is_empty(), "a machine made anew has nothing of the old one's");
}

#[tokio::test(start_paused = true)]
async fn groups_are_made_once_and_updated() {
    let cloud = Cloud::new("");
    let group = cloud.group();
    cloud.get(&group).await.refused(404, "ResourceGroupNotFound");
    cloud.put(&group, json!({})).await.refused(400, "LocationRequired");
    cloud.put(&group, json!({"location": "eastus2", "tags": {"a": "b"}})).await.is(201);
    let shown = cloud.get(&group.replace("resourceGroups", "RESOURCEGROUPS").replace("/rg", "/RG")).await.is(200).body;
    assert_eq!((&shown["name"], &shown["tags"]["a"]), (&json!("rg"), &json!("b")));
    cloud.put(&group, json!({"location": "eastus2"})).await.is(200);
    cloud.put(&group, json!({"location": "westus"})).await.refused(409, "InvalidResourceGroupLocation");
    cloud.send("HEAD", &group, None).await.is(204);
    let subscription = cloud.get(&cloud.subscription()).await.is(200).body;
    assert_eq!((&subscription["state"], &subscription["tenantId"]), (&json!("Enabled"), &json!(cloud.caller.tenant)));
}

#[tokio::test(start_paused = true)]
async fn locks_hold() {
    let cloud = Cloud::with_alice("").await;
    cloud.unlock().await;
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", cloud.alice());
    cloud.put(&lock, json!({"properties": {"level": "CanNotDelete"}})).await.is(201);
    let refused = cloud.delete(&cloud.alice()).await.refused(409, "ScopeLocked");
    assert!(refused.message().contains("Please remove the lock"));
    cloud.delete(&cloud.group()).await.refused(409, "ScopeLocked");
    cloud.post(&format!("{}/deallocate", cloud.alice())).await.is(202);
    let listed = cloud.get(&format!("{}/providers/Microsoft.Authorization/locks", cloud.group())).await.is(200).body;
    assert_eq!(listed["value"][0]["name"], "keep");
    cloud.pass(60).await;
    cloud.delete(&lock).await.is(200);
    cloud.delete(&cloud.alice()).await.is(202);
}
