use serde_json::json;

use super::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn there_is_no_power_state_until_a_vm_is_made() {
    let cloud = Cloud::with_alice("").await;
    let vm = cloud.get(&cloud.alice()).await.body;
    let nic = json!({"location": "eastus2", "properties": {"ipConfigurations": [{"name": "c", "properties":
        {"subnet": {"id": cloud.id("Microsoft.Network/virtualNetworks/claw-vnet/subnets/machines")}}}]}});
    let nic = cloud.make("Microsoft.Network/networkInterfaces/bob-nic", nic).await;
    let mut body = json!({"location": "eastus2", "properties": {
        "hardwareProfile": vm["properties"]["hardwareProfile"],
        "osProfile": vm["properties"]["osProfile"],
        "networkProfile": {"networkInterfaces": [{"id": nic["id"]}]},
    }});
    let bob = cloud.id("Microsoft.Compute/virtualMachines/bob");
    let started = cloud.put(&bob, body.clone()).await.is(201);
    assert_eq!(started.body["properties"]["provisioningState"], "Creating");
    assert!(started.headers["location"].contains("monitor=true"));
    assert_eq!(cloud.follow(&started.headers["location"].clone()).await.status, 202);
    let codes = async || {
        let view = cloud.get(&format!("{bob}/instanceView")).await.is(200).body;
        view["statuses"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes().await, ["ProvisioningState/creating"]);
    assert!(!cloud.world.state().machines.contains_key(&bob.to_lowercase()));
    cloud.put(&bob, body.clone()).await.refused(409, "Conflict");
    cloud.pass(40).await;
    assert_eq!(codes().await, ["ProvisioningState/creating", "ProvisioningState/creating/osProvisioningComplete"]);
    let ended = cloud.finish(&started).await;
    assert_eq!(ended["status"], "Succeeded");
    assert!(ended["startTime"].as_str().unwrap().ends_with("+00:00") && ended["endTime"].is_string());
    assert_eq!(cloud.follow(&started.headers["location"].clone()).await.status, 200);
    assert_eq!(codes().await, ["ProvisioningState/succeeded", "PowerState/running"]);

    // What is fixed stays; `If-None-Match: *` never touches what is there.
    let refused = cloud.send_with("PUT", &bob, Some(body.clone()), &[("if-none-match", "*")]).await;
    refused.refused(412, "PreconditionFailed");
    body["properties"]["osProfile"]["adminUsername"] = json!("other");
    cloud.put(&bob, body.clone()).await.refused(409, "PropertyChangeNotAllowed");
    body["properties"]["networkProfile"]["networkInterfaces"][0]["id"] =
        vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"].clone();
    cloud.put(&cloud.id("Microsoft.Compute/virtualMachines/carol"), body).await.refused(400, "NicInUse");
}

#[tokio::test(start_paused = true)]
async fn power_goes_through_its_states() {
    let cloud = Cloud::with_alice("").await;
    let vm = cloud.alice();
    let key = vm.to_lowercase();
    let stopping = cloud.post(&format!("{vm}/deallocate")).await.is(202);
    assert_eq!(stopping.headers["azure-asyncnotification"], "Enabled");
    assert!(
        stopping.headers["azure-asyncoperation"].contains("/providers/Microsoft.Compute/locations/eastus2/operations/")
    );
    assert_eq!(cloud.states().await, (Some("deallocating".into()), "Updating".into()));
    let refused = cloud.post(&format!("{vm}/START")).await.refused(409, "Conflict");
    assert_eq!(
        refused.message(),
        "Operation 'start' is not allowed on VM 'claw-alice' since another operation is in progress."
    );
    cloud.finish(&stopping).await;
    assert_eq!(cloud.states().await, (Some("deallocated".into()), "Succeeded".into()));
    assert!(cloud.world.state().machines.contains_key(&key), "its disk stays");
    cloud.post(&format!("{vm}/restart")).await.refused(409, "OperationNotAllowed");
    let extension =
        json!({"location": "eastus2", "properties": {"publisher": "p", "type": "t", "typeHandlerVersion": "1.0"}});
    cloud.put(&format!("{vm}/extensions/x"), extension).await.refused(409, "OperationNotAllowed");
    let starting = cloud.post(&format!("{vm}/start")).await.is(202);
    assert_eq!(cloud.states().await.0.as_deref(), Some("starting"));
    cloud.finish(&starting).await;
    assert_eq!(cloud.states().await, (Some("running".into()), "Succeeded".into()));
    let restarting = cloud.post(&format!("{vm}/restart")).await.is(202);
    cloud.finish(&restarting).await;
    assert_eq!(cloud.states().await, (Some("running".into()), "Succeeded".into()));
    cloud.post(&cloud.id("Microsoft.Compute/virtualMachines/nobody/start")).await.refused(404, "ResourceNotFound");
    cloud.post(&format!("{vm}/reimage")).await.is(501);
}

#[tokio::test(start_paused = true)]
async fn a_start_may_find_no_room() {
    let fault = "[[faults]]\non = \"POST management.azure.com\"\nkind = \"allocation-failed\"\n";
    let cloud = Cloud::with_alice(fault).await;
    let vm = cloud.alice();
    let stopping = cloud.post(&format!("{vm}/deallocate")).await;
    cloud.finish(&stopping).await;
    let starting = cloud.post(&format!("{vm}/start")).await.is(202);
    let ended = cloud.finish(&starting).await;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("Failed"), &json!("AllocationFailed")));
    assert_eq!(cloud.states().await, (Some("deallocated".into()), "Failed".into()));
    let starting = cloud.post(&format!("{vm}/start")).await.is(202);
    assert_eq!(cloud.finish(&starting).await["status"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_vm_takes_with_it_what_says_so() {
    let cloud = Cloud::with_alice("").await;
    let vm = cloud.alice();
    let deleting = cloud.delete(&vm).await.is(202);
    assert_eq!(cloud.get(&vm).await.is(200).body["properties"]["provisioningState"], "Deleting");
    let refused = cloud.delete(&vm).await.refused(409, "OperationNotAllowed");
    assert!(refused.message().contains("marked for deletion"));
    cloud.finish(&deleting).await;
    cloud.get(&vm).await.refused(404, "ResourceNotFound");
    for gone in [
        "Microsoft.Network/networkInterfaces/claw-alice-nic",
        "Microsoft.Network/publicIPAddresses/claw-alice-ip",
        "Microsoft.Compute/disks/claw-alice-disk",
    ] {
        cloud.get(&cloud.id(gone)).await.is(404);
    }
    cloud.delete(&vm).await.is(204);
    let state = cloud.world.state();
    assert!(state.machines.is_empty() && state.addresses.is_empty());
    assert!(state.assignments.iter().any(|a| a.scope == vm.to_lowercase()), "orphans stay, as in Azure");
}

#[tokio::test(start_paused = true)]
async fn tags_are_merged_or_replaced() {
    let cloud = Cloud::with_alice("").await;
    let vm = cloud.alice();
    let tags = format!("{vm}/providers/Microsoft.Resources/tags/default");
    let merge = |tags: serde_json::Value| Some(json!({"operation": "Merge", "properties": {"tags": tags}}));
    let merged = cloud.send("PATCH", &tags, merge(json!({"claw-dns": "x", "CLAW-SLUG": "alice2"}))).await.is(200);
    assert_eq!(merged.body["properties"]["tags"]["claw-dns"], "x");
    let shown = cloud.get(&vm).await.body["tags"].clone();
    assert_eq!((&shown["CLAW-SLUG"], shown.get("claw-slug")), (&json!("alice2"), None));
    assert!(shown["claw-member"].is_string(), "the rest stays");
    let patched = cloud.send("PATCH", &vm, Some(json!({"tags": {"only": "this"}}))).await.is(200);
    cloud.finish(&patched).await;
    assert_eq!(cloud.get(&vm).await.body["tags"], json!({"only": "this"}));
    cloud.send("PATCH", &tags.replace("claw-alice", "nobody"), merge(json!({}))).await.refused(404, "ResourceNotFound");
}

#[tokio::test(start_paused = true)]
async fn the_console_has_an_address_of_its_own() {
    let cloud = Cloud::with_alice("").await;
    let answer = cloud.post(&format!("{}/retrieveBootDiagnosticsData", cloud.alice())).await.is(200).body;
    let url = answer["serialConsoleLogBlobUri"].as_str().unwrap();
    assert!(
        url.starts_with("https://clawdiag.blob.core.windows.net/bootdiagnostics/claw-alice.serialconsole.log?sv="),
        "{url}"
    );
    assert!(url.contains("&sig="));
}

#[tokio::test(start_paused = true)]
async fn bad_vms_are_refused() {
    let cloud = Cloud::with_alice("").await;
    let good = json!({"location": "eastus2", "properties": {
        "hardwareProfile": {"vmSize": "Standard_B2s"},
        "osProfile": {"computerName": "x", "adminUsername": "clawadmin"},
        "networkProfile": {"networkInterfaces": [{"id": cloud.id("Microsoft.Network/networkInterfaces/none")}]},
    }});
    let at = cloud.id("Microsoft.Compute/virtualMachines/x");
    let cases = [
        ("/location", json!(null), "LocationRequired"),
        ("/properties/hardwareProfile/vmSize", json!(null), "InvalidParameter"),
        ("/properties/osProfile/adminUsername", json!("root"), "InvalidParameter"),
        ("/properties/osProfile/computerName", json!("x"), "InvalidResourceReference"),
    ];
    for (place, value, code) in cases {
        let mut body = good.clone();
        *body.pointer_mut(place).unwrap() = value;
        cloud.put(&at, body).await.refused(400, code);
    }
    let mut body = good.clone();
    body["properties"]["osProfile"]["customData"] = json!("no base64!");
    cloud.put(&at, body).await.refused(400, "InvalidParameter");
    let mut body = good.clone();
    body["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/s/none": {}}});
    cloud.put(&at, body).await.refused(400, "FailedIdentityOperation");
    cloud.get(&at).await.is(404);
}

#[tokio::test(start_paused = true)]
async fn a_scale_set_without_profile_is_a_place_and_nothing_else() {
    let cloud = Cloud::with_alice("").await;
    let set = |extra: serde_json::Value| {
        let mut body = json!({"location": "eastus2", "properties":
            {"orchestrationMode": "Flexible", "platformFaultDomainCount": 1, "singlePlacementGroup": false}});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let at = cloud.id("Microsoft.Compute/virtualMachineScaleSets/other");
    let refused =
        cloud.put(&at, set(json!({"identity": {"type": "SystemAssigned"}}))).await.refused(400, "InvalidParameter");
    assert_eq!(
        refused.message(),
        "The value 'SystemAssigned' of parameter 'identity' is not allowed. Allowed values are: UserAssigned, None."
    );
    // A size without a profile makes nothing, so it is refused.
    let sized = set(json!({"sku": {"name": "Standard_B2s", "capacity": 3}}));
    cloud.put(&at, sized).await.refused(400, "InvalidParameter");
    cloud.make("Microsoft.Compute/virtualMachineScaleSets/other", set(json!({}))).await;
    let full = cloud.id("Microsoft.Compute/virtualMachineScaleSets/openclaw");
    cloud.unlock().await;
    cloud.delete(&full).await.refused(409, "OperationNotAllowed");
    // Another set means leaving first.
    let join = |id: serde_json::Value| Some(json!({"properties": {"virtualMachineScaleSet": {"id": id}}}));
    cloud.send("PATCH", &cloud.alice(), join(json!(at))).await.refused(409, "PropertyChangeNotAllowed");
    let left = cloud.send("PATCH", &cloud.alice(), join(json!(null))).await.is(200);
    cloud.finish(&left).await;
    assert!(cloud.get(&cloud.alice()).await.body["properties"].get("virtualMachineScaleSet").is_none());
    let wide = json!({"location": "eastus2", "properties": {"orchestrationMode": "Flexible", "platformFaultDomainCount": 2, "singlePlacementGroup": false}});
    let wide = cloud.make("Microsoft.Compute/virtualMachineScaleSets/wide", wide).await;
    cloud
        .send("PATCH", &cloud.alice(), join(wide["id"].clone()))
        .await
        .refused(409, "VmssDoesNotSupportAttachingExistingVMMultiFD");
    let joined = cloud.send("PATCH", &cloud.alice(), join(json!(at))).await.is(200);
    cloud.finish(&joined).await;
    let deleting = cloud.delete(&full).await.is(202);
    cloud.finish(&deleting).await;
    cloud.get(&full).await.is(404);
}

#[tokio::test(start_paused = true)]
async fn what_failed_on_a_kept_disk_is_made_anew_on_that_disk_only() {
    let cloud = Cloud::with_alice("").await;
    let alice = cloud.alice();
    let mut vm = cloud.get(&alice).await.is(200).body;
    let disk = &mut vm["properties"]["storageProfile"];
    *disk = json!({"osDisk": {"createOption": "Attach", "managedDisk": disk["osDisk"]["managedDisk"]}});
    {
        // As though its creation had failed.
        let mut state = cloud.world.state();
        let key = alice.to_lowercase();
        state.machines.remove(&key);
        state.resources.get_mut(&key).unwrap().body["properties"]["storageProfile"]["osDisk"]["createOption"] =
            json!("Attach");
    }
    let mut from_image = vm.clone();
    from_image["properties"]["storageProfile"]["osDisk"]["createOption"] = json!("FromImage");
    vm["properties"].as_object_mut().unwrap().shift_remove("osProfile");
    cloud
        .put(&cloud.id("Microsoft.Compute/virtualMachines/bob"), vm.clone())
        .await
        .refused(409, "ConflictingUserInput");
    cloud.put(&alice, from_image).await.refused(409, "PropertyChangeNotAllowed");
    let again = cloud.put(&alice, vm).await.is(200);
    cloud.finish(&again).await;
    assert!(cloud.world.state().machines.contains_key(&alice.to_lowercase()));
}
