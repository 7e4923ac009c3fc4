//! Azure Resource Manager: what the embedded one answers has the samples' fields, of the same types.
//! A sample is compared only in what it says and claw's loop reads; each difference has its reason.

use serde_json::{Value, json};

use crate::{
    client::{ARM, Client},
    shape::{Excuse, same_shape, sample},
};

const FAST: &str = "speed = 200\n[timings]\nother = \"1s\"\ncreate_vm = \"2s\"\nstart = \"1s\"\ndeallocate = \"1s\"\n";

struct Arm(Client, String);

impl Arm {
    async fn start() -> Self {
        let client = Client::start(FAST).await;
        let group = format!("/subscriptions/{}/resourceGroups/rg", client.text("subscription"));
        let arm = Self(client, group);
        assert_eq!(arm.call("PUT", "", Some(json!({"location": "westus"}))).await.0, 201);
        arm
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let url = format!("https://management.azure.com{}{path}{mark}api-version=2024-07-01", self.1);
        self.0.send(ARM, method, &url, body).await
    }

    /// Creates and waits until ARM says that it is done.
    async fn put(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call("PUT", path, Some(body)).await;
        assert!(status == 201 || status == 200, "{status} {answer}");
        for _ in 0..2000 {
            let (_, now) = self.call("GET", path, None).await;
            if now["properties"]["provisioningState"] == "Succeeded" {
                return now;
            }
        }
        panic!("{path} never came to its end");
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// An address, a card and a VM, as the sample of a VM has them.
    async fn machine(&self) {
        let network = format!("{}/providers/Microsoft.Network", self.1);
        self.put(
            "/providers/Microsoft.Network/publicIPAddresses/ip",
            json!({"location": "westus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static",
                "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4, "dnsSettings": {"domainNameLabel": "x"}}}),
        )
        .await;
        let ip = format!("{network}/publicIPAddresses/ip");
        self.put(
            "/providers/Microsoft.Network/networkInterfaces/nic",
            json!({"location": "westus", "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": {
                "primary": true, "privateIPAllocationMethod": "Dynamic", "publicIPAddress": {"id": ip},
                "subnet": {"id": format!("{network}/virtualNetworks/v/subnets/s")}}}]}}),
        )
        .await;
        let nic = format!("{network}/networkInterfaces/nic");
        self.put(
            "/providers/Microsoft.Compute/virtualMachines/vm",
            json!({"location": "westus", "tags": {"a": "b"}, "identity": {"type": "SystemAssigned"}, "properties": {
                "hardwareProfile": {"vmSize": "Standard_B2s"},
                "osProfile": {"computerName": "vm", "adminUsername": "clawadmin", "customData": "c2VjcmV0"},
                "networkProfile": {"networkInterfaces": [{"id": nic, "properties": {"deleteOption": "Delete"}}]}}}),
        )
        .await;
    }
}

/// Compares those fields of the sample that `fields` names.
fn compare(name: &str, part: &str, fields: &[&str], answer: &Value, excuses: &[Excuse]) {
    let Some(sample) = sample(name, 200) else { return };
    let mut wanted = json!({});
    for field in fields {
        wanted[*field] = sample.pointer(part).unwrap()[*field].clone();
        assert!(!wanted[*field].is_null(), "{name} has no {part}/{field}");
    }
    same_shape(&wanted, answer, excuses);
}

#[tokio::test]
async fn a_machine_and_its_network() {
    let arm = Arm::start().await;
    arm.machine().await;
    let vm = arm.get("/providers/Microsoft.Compute/virtualMachines/vm").await;
    compare("vm-get.2024-07-01.json", "", &["id", "name", "type", "location"], &vm, &[]);
    let inner = ["vmId", "provisioningState", "hardwareProfile"];
    compare("vm-get.2024-07-01.json", "/properties", &inner, &vm["properties"], &[]);
    assert!(!vm.to_string().contains("c2VjcmV0"), "customData is never answered");

    let view = arm.get("/providers/Microsoft.Compute/virtualMachines/vm/instanceView").await;
    compare(
        "vm-get-instanceview.2024-07-01.json",
        "",
        &["statuses"],
        &view,
        &[("/statuses/*/time", "Azure leaves it out for the power state, the only one without it")],
    );
    let ip = arm.get("/providers/Microsoft.Network/publicIPAddresses/ip").await;
    compare("network-publicip-get.2024-01-01.json", "", &["id", "name", "type", "location"], &ip, &[]);
    let nic = arm.get("/providers/Microsoft.Network/networkInterfaces/nic").await;
    compare("network-nic-get.2024-01-01.json", "", &["id", "name", "type", "location"], &nic, &[]);

    let path = "/providers/Microsoft.Compute/virtualMachines/vm/retrieveBootDiagnosticsData";
    let (status, diagnostics) = arm.call("POST", path, None).await;
    assert_eq!(status, 200);
    let both = ["consoleScreenshotBlobUri", "serialConsoleLogBlobUri"];
    compare("vm-post-retrieve-boot-diagnostics.2024-07-01.json", "", &both, &diagnostics, &[]);
}

#[tokio::test]
async fn a_scale_set_and_a_role_assignment() {
    let arm = Arm::start().await;
    let body = json!({"location": "westus", "properties": {"orchestrationMode": "Flexible",
        "platformFaultDomainCount": 1, "singlePlacementGroup": false}});
    let set = arm.put("/providers/Microsoft.Compute/virtualMachineScaleSets/openclaw", body).await;
    compare("vmss-get.2024-07-01.json", "", &["id", "name", "type", "location"], &set, &[]);

    let guid = "05c5a614-a7d6-4502-b150-c2fb455033ff";
    let path = format!("/providers/Microsoft.Authorization/roleAssignments/{guid}");
    let body = json!({"properties": {"principalId": "ce2ce14e-85d7-4629-bdbc-454d0519d987", "principalType": "User",
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/0b5fe924-9a61-425c-96af-cfe6e287ca2d"}});
    let (status, made) = arm.call("PUT", &path, Some(body.clone())).await;
    assert_eq!(status, 201, "{made}");
    if let Some(sample) = sample("authz-roleassignment-put-rg.2022-04-01.json", 201) {
        let mut wanted = json!({"properties": {}});
        for field in ["id", "name", "type"] {
            wanted[field] = sample[field].clone();
        }
        for field in ["principalId", "principalType", "roleDefinitionId", "scope"] {
            wanted["properties"][field] = sample["properties"][field].clone();
        }
        same_shape(&wanted, &made, &[]);
    }
    assert_eq!(arm.call("PUT", &path, Some(body.clone())).await.0, 200, "the same again is no change");
    let twin = "/providers/Microsoft.Authorization/roleAssignments/15c5a614-a7d6-4502-b150-c2fb455033ff";
    let (status, refused) = arm.call("PUT", twin, Some(body)).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (409, Some("RoleAssignmentExists")));
}

#[tokio::test]
async fn power_states_follow_the_actions_and_overlapping_ones_are_refused() {
    let arm = Arm::start().await;
    arm.machine().await;
    let vm = "/providers/Microsoft.Compute/virtualMachines/vm";
    assert_eq!(arm.call("POST", &format!("{vm}/deallocate"), None).await.0, 202);
    let (status, refused) = arm.call("POST", &format!("{vm}/start"), None).await;
    assert!(status == 409 || status == 202, "{refused}");
    for _ in 0..2000 {
        let view = arm.get(&format!("{vm}/instanceView")).await.to_string();
        if view.contains("PowerState/deallocated") || view.contains("PowerState/running") {
            return;
        }
    }
    panic!("the VM never came to rest");
}

#[tokio::test]
async fn templates_are_checked_before_anything_is_made() {
    let arm = Arm::start().await;
    let deploy =
        |template: Value| json!({"properties": {"mode": "Incremental", "template": template, "parameters": {}}});
    let set = |name: &str| json!({"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": name});
    for (template, says) in [
        (json!({"resources": [set("[uniqueString('x')]")]}), "uniqueString"),
        (json!({"resources": [set("[parameters('gone')]")]}), "gone"),
        (json!({"parameters": {"p": {"type": "string"}}, "resources": []}), "not provided"),
        (json!({"resources": [set("[concat('a', 'b']")]}), "parenthesis"),
    ] {
        let (status, refused) =
            arm.call("PUT", "/providers/Microsoft.Resources/deployments/d", Some(deploy(template))).await;
        assert_eq!((status, refused["error"]["code"].as_str()), (400, Some("InvalidTemplate")), "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
    let complete = json!({"properties": {"mode": "Complete", "template": {"resources": []}}});
    assert_eq!(arm.call("PUT", "/providers/Microsoft.Resources/deployments/d", Some(complete)).await.0, 400);
    assert_eq!(arm.get("/resources").await["value"], json!([]));
    assert_eq!(arm.call("GET", "/providers/Microsoft.Unheard/of/x", None).await.0, 501);
    assert!(!arm.0.sim.unknown_requests().is_empty());
}
