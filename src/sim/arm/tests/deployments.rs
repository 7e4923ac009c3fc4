use serde_json::{Value, json};

use super::cloud::{ALICE, Cloud, member_template, parameters};

fn identity(name: &str) -> Value {
    json!({"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": name, "location": "eastus2"})
}

fn template(resources: Value) -> Value {
    json!({"contentVersion": "1.0.0.0", "resources": resources})
}

fn identity_id(name: &str) -> String {
    format!("[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '{name}')]")
}

#[tokio::test(start_paused = true)]
async fn the_shipped_templates_make_a_running_machine() {
    let cloud = Cloud::with_alice("").await;
    assert_eq!(cloud.states().await, (Some("running".into()), "Succeeded".into()));
    let vm = cloud.get(&cloud.alice()).await.is(200).body;
    assert!(vm["properties"].get("instanceView").is_none());
    assert_eq!(vm["tags"]["claw-slug"], "alice");
    assert!(vm["properties"]["osProfile"].get("customData").is_none(), "customData is never shown");
    let (_, identity) = vm["identity"]["userAssignedIdentities"].as_object().unwrap().iter().next().unwrap();
    assert!(identity["clientId"].is_string() && vm["identity"]["principalId"].is_string());
    let state = cloud.world.state();
    let spec = &state.machines[&cloud.alice().to_lowercase()].spec;
    assert_eq!((spec.name.as_str(), spec.admin_user.as_str()), ("claw-alice", "clawadmin"));
    assert_eq!(spec.custom_data, b"#cloud-config\n");
    assert_eq!(spec.user_identities.len(), 1);
    assert_eq!(spec.system_principal, vm["identity"]["principalId"]);
    let scope = cloud.alice().to_lowercase();
    let roles = state.assignments.iter().filter(|a| a.scope == scope && a.principal == ALICE).count();
    assert_eq!(roles, 2);
    for name in ["198.18.0.4", "claw-alice-0123abcd.eastus2.cloudapp.azure.com"] {
        assert_eq!(state.addresses[name], scope);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_followed_by_its_operations() {
    let cloud = Cloud::with_fleet("").await;
    let started = cloud.start_deployment("claw-alice", &member_template(), cloud.member()).await.is(201);
    assert_eq!(started.body["properties"]["provisioningState"], "Accepted");
    assert!(started.headers["azure-asyncoperation"].contains("/deployments/claw-alice/operationStatuses/"));
    cloud.pass(1).await;
    let id = cloud.id("Microsoft.Resources/deployments/claw-alice");
    assert_eq!(cloud.get(&id).await.body["properties"]["provisioningState"], "Running");
    let again = cloud.start_deployment("claw-alice", &member_template(), cloud.member()).await;
    again.refused(409, "DeploymentActive");
    assert_eq!(cloud.finish(&started).await, json!({"status": "Succeeded"}));
    // The historic route and the present one.
    let historic = format!("{}/deployments/claw-alice/operations", cloud.group().to_lowercase());
    let listed = cloud.get(&historic).await.is(200).body;
    assert_eq!(listed, cloud.get(&format!("{id}/operations")).await.body);
    let of = |kind: &str| {
        listed["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|o| o["properties"]["targetResource"]["resourceType"] == kind)
            .count()
    };
    assert_eq!((of("Microsoft.Compute/virtualMachines"), of("Microsoft.Authorization/roleAssignments")), (1, 2));
    assert!(listed["value"].as_array().unwrap().iter().all(|o| o["properties"]["provisioningState"] == "Succeeded"));
    let ended = cloud.get(&id).await.body;
    assert_eq!(ended["properties"]["outputResources"].as_array().unwrap().len(), 6);
    let all = cloud.get(&cloud.id("Microsoft.Resources/deployments")).await.body;
    assert_eq!(all["value"].as_array().unwrap().len(), 2);
    // Once more is an update.
    cloud.start_deployment("claw-alice", &member_template(), cloud.member()).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn a_vms_failure_comes_escaped_in_the_deployments_details() {
    let fault = "[[faults]]\non = \"deployments/claw-alice\"\nkind = \"allocation-failed\"\n";
    let cloud = Cloud::with_fleet(fault).await;
    let ended = cloud.deploy("claw-alice", &member_template(), cloud.member()).await;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("Failed"), &json!("DeploymentFailed")));
    let detail = &ended["error"]["details"][0];
    assert_eq!(detail["code"], "Conflict");
    let text = detail["message"].as_str().unwrap();
    assert!(text.contains("\r\n  \"status\": \"Failed\""), "{text}");
    let inner: Value = serde_json::from_str(text).unwrap();
    assert_eq!(inner["error"]["details"][0]["code"], "AllocationFailed");
    let id = cloud.id("Microsoft.Resources/deployments/claw-alice");
    assert_eq!(cloud.get(&id).await.body["properties"]["error"]["code"], "DeploymentFailed");
    let operations = cloud.get(&format!("{id}/operations")).await.body;
    let failed: Vec<&Value> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| o["properties"]["provisioningState"] == "Failed")
        .collect();
    assert_eq!(failed.len(), 1, "what depends on the VM is not begun");
    assert_eq!(failed[0]["properties"]["statusMessage"]["error"]["details"][0]["code"], "AllocationFailed");
    let view = cloud.get(&format!("{}/instanceView", cloud.alice())).await.is(200).body;
    assert_eq!(view["statuses"], json!([view["statuses"][0]]), "no power state");
    assert_eq!(view["statuses"][0]["code"], "ProvisioningState/failed/AllocationFailed");
    // The fault has struck; running it again mends it.
    let ended = cloud.deploy("claw-alice", &member_template(), cloud.member()).await;
    assert_eq!(ended["status"], "Succeeded", "{ended:#}");
    assert_eq!(cloud.states().await.0.as_deref(), Some("running"));
}

#[tokio::test(start_paused = true)]
async fn a_fault_may_name_the_vm_inside_of_a_deployment() {
    let fault = "[[faults]]\non = \"virtualMachines/claw-alice\"\nkind = \"allocation-failed\"\n";
    let cloud = Cloud::with_fleet(fault).await;
    let ended = cloud.deploy("claw-alice", &member_template(), cloud.member()).await;
    assert_eq!(ended["status"], "Failed");
}

#[tokio::test(start_paused = true)]
async fn resources_come_behind_what_they_depend_on_and_beside_the_rest() {
    let cloud = Cloud::with_group("").await;
    let mut last = identity("last");
    last["dependsOn"] = json!([identity_id("middle")]);
    let mut middle = identity("middle");
    middle["dependsOn"] = json!(["first"]);
    let ended = cloud.deploy("d", &template(json!([last, middle, identity("first")])), json!({})).await;
    assert_eq!(ended["status"], "Succeeded", "{ended:#}");
    let id = cloud.id("Microsoft.Resources/deployments/d");
    let operations = cloud.get(&format!("{id}/operations")).await.body;
    let names: Vec<&str> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["properties"]["targetResource"]["resourceName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["first", "middle", "last"]);

    // Two addresses take as long as one.
    let address = |name: &str| json!({"type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2024-01-01", "name": name, "location": "eastus2"});
    let before = cloud.world.clock.now();
    cloud.deploy("e", &template(json!([address("a"), address("b")])), json!({})).await;
    assert!(cloud.world.clock.now() - before < time::Duration::seconds(8));
}

#[tokio::test(start_paused = true)]
async fn wrong_templates_are_refused_before_anything_is_made() {
    let cloud = Cloud::with_group("").await;
    let mut circle = [identity("a"), identity("b")];
    circle[0]["dependsOn"] = json!([identity_id("b")]);
    circle[1]["dependsOn"] = json!([identity_id("a")]);
    let mut lost = identity("a");
    lost["dependsOn"] = json!([identity_id("nowhere")]);
    let mut copies = identity("a");
    copies["copy"] = json!({"name": "c", "count": 2});
    let named = |name: &str| template(json!([identity(name)]));
    let declared =
        |declaration: Value| json!({"contentVersion": "1.0.0.0", "parameters": {"p": declaration}, "resources": []});
    let given = |value: Value| json!({"p": {"value": value}});
    let cases = [
        (template(json!(circle)), json!({}), "Circular dependency"),
        (template(json!([lost])), json!({}), "'nowhere' is not defined".trim_start_matches("'nowhere' ")),
        (template(json!([identity("a"), identity("a")])), json!({}), "defined multiple times"),
        (template(json!([copies])), json!({}), "not supported by the embedded cloud"),
        (named("[reference('x')]"), json!({}), "'reference' is not supported by the embedded cloud"),
        (named("[uniqueString('x')]"), json!({}), "'uniqueString' is not supported by the embedded cloud"),
        (named("[padLeft('x', 3)]"), json!({}), "'padLeft' is not valid"),
        (named("[concat('a', )]"), json!({}), "Unable to parse"),
        (named("[parameters('none')]"), json!({}), "parameter 'none' is not found"),
        (declared(json!({"type": "string"})), json!({}), "'p' is not provided"),
        (declared(json!({"type": "string"})), given(json!(1)), "'p' is not valid"),
        (declared(json!({"type": "int", "allowedValues": [1, 2]})), given(json!(3)), "not part of the allowed"),
        (declared(json!({"type": "string", "maxLength": 2})), given(json!("abc")), "maximum length"),
        (declared(json!({"type": "string", "defaultValue": "x"})), json!({"q": {"value": 1}}), "'q'"),
        (named("a/b"), json!({}), "incorrect segment lengths"),
    ];
    for (template, parameters, expected) in cases {
        let refused = cloud.start_deployment("d", &template, parameters).await.refused(400, "InvalidTemplate");
        assert!(refused.message().contains(expected), "{expected}: {}", refused.message());
    }
    let complete = json!({"properties": {"mode": "Complete", "template": template(json!([]))}});
    let id = cloud.id("Microsoft.Resources/deployments/d");
    cloud.put(&id, complete).await.refused(400, "InvalidDeploymentMode");
    let mut unknown = identity("x");
    unknown["type"] = json!("Microsoft.Storage/storageAccounts");
    cloud.start_deployment("d", &template(json!([unknown])), json!({})).await.is(501);
    cloud.get(&id).await.refused(404, "DeploymentNotFound");
}

#[tokio::test(start_paused = true)]
async fn conditions_children_scopes_and_outputs() {
    let cloud = Cloud::with_fleet("").await;
    let mut left_out = identity("left-out");
    left_out["condition"] = json!("[equals(parameters('size'), 'large')]");
    let mut made = identity("[format('{0}-{1}', parameters('size'), variables('end'))]");
    made["dependsOn"] = json!(["left-out"]);
    made["tags"] = json!({"[concat('a', 'b')]": "[if(empty(parameters('list')), 'none', 'some')]"});
    let rule = json!({"type": "Microsoft.Network/networkSecurityGroups/securityRules", "apiVersion": "2024-01-01",
        "name": "claw-nsg/extra", "properties": {"protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": 200,
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443"}});
    let lock = json!({"type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep",
        "scope": "Microsoft.Network/virtualNetworks/claw-vnet", "properties": {"level": "CanNotDelete"}});
    let template = json!({
        "contentVersion": "1.0.0.0",
        "parameters": {"size": {"type": "string", "defaultValue": "small"}, "list": {"type": "array", "defaultValue": []}, "key": {"type": "secureString"}},
        "variables": {"end": "[toLower('END')]", "literal": "[[no expression]"},
        "resources": [left_out, made, rule, lock],
        "outputs": {
            "id": {"type": "string", "value": "[extensionResourceId(resourceGroup().id, 'A.B/c', 'd')]"},
            "literal": {"type": "string", "value": "[variables('literal')]"},
            "place": {"type": "string", "value": "[concat(resourceGroup().location, length(parameters('list')))]"},
        },
    });
    let ended = cloud.deploy("d", &template, parameters(json!({"key": "S3CRET"}))).await;
    assert_eq!(ended["status"], "Succeeded", "{ended:#}");
    let made = cloud.get(&cloud.id("Microsoft.ManagedIdentity/userAssignedIdentities/small-end")).await.is(200).body;
    assert_eq!(made["tags"], json!({"ab": "none"}));
    cloud.get(&cloud.id("Microsoft.ManagedIdentity/userAssignedIdentities/left-out")).await.is(404);
    let rule = cloud.id("Microsoft.Network/networkSecurityGroups/claw-nsg/securityRules/extra");
    assert_eq!(cloud.get(&rule).await.is(200).body["properties"]["priority"], 200);
    cloud.delete(&cloud.id("Microsoft.Network/virtualNetworks/claw-vnet")).await.refused(409, "ScopeLocked");
    let body = cloud.get(&cloud.id("Microsoft.Resources/deployments/d")).await.body;
    assert_eq!(body["properties"]["outputs"]["id"]["value"], format!("{}/providers/A.B/c/d", cloud.group()));
    assert_eq!(body["properties"]["outputs"]["literal"]["value"], "[no expression]");
    assert_eq!(body["properties"]["outputs"]["place"]["value"], "eastus20");
    assert!(!body.to_string().contains("S3CRET"), "secure parameters are not in the history");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_inside_is_escaped_too_and_the_rest_goes_on() {
    let cloud = Cloud::with_group("").await;
    let nic = json!({"type": "Microsoft.Network/networkInterfaces", "apiVersion": "2024-01-01", "name": "nic", "location": "eastus2",
        "properties": {"ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": "/subscriptions/x/nowhere"}}}]}});
    let ended = cloud.deploy("d", &template(json!([nic, identity("fine")])), json!({})).await;
    let detail = &ended["error"]["details"][0];
    assert_eq!(detail["code"], "BadRequest");
    let inner: Value = serde_json::from_str(detail["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["code"], "InvalidResourceReference");
    cloud.get(&cloud.id("Microsoft.ManagedIdentity/userAssignedIdentities/fine")).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn validated_or_cancelled() {
    let cloud = Cloud::with_fleet("").await;
    let id = cloud.id("Microsoft.Resources/deployments/claw-alice");
    let body =
        json!({"properties": {"mode": "Incremental", "template": member_template(), "parameters": cloud.member()}});
    let validated = cloud.send("POST", &format!("{id}/validate"), Some(body)).await.is(200);
    assert_eq!(validated.body["properties"]["validatedResources"].as_array().unwrap().len(), 6);
    cloud.get(&id).await.is(404);
    let started = cloud.start_deployment("claw-alice", &member_template(), cloud.member()).await.is(201);
    cloud.pass(7).await;
    cloud.post(&format!("{id}/cancel")).await.is(204);
    assert_eq!(cloud.finish(&started).await["status"], "Canceled");
    assert_eq!(cloud.get(&id).await.body["properties"]["provisioningState"], "Canceled");
    cloud.post(&format!("{id}/cancel")).await.refused(409, "DeploymentCannotBeCancelled");
    cloud.pass(100).await;
    cloud.get(&cloud.alice()).await.is(404);
}
