use serde_json::{Value, json};

use super::azure::Azure;
use crate::shape::{Excuse, same_shape, sample};

fn like(name: &str, status: u16, answer: &Value, excuses: &[Excuse]) {
    if let Some(sample) = sample(name, status) {
        same_shape(&sample, answer, excuses);
    }
}

#[tokio::test]
async fn role_assignments() {
    let azure = Azure::start().await;
    azure.machine().await;
    let name = "Microsoft.Authorization/roleAssignments/05c5a614-a7d6-4502-b150-c2fb455033ff";
    let at_vm = format!("Microsoft.Compute/virtualMachines/vm/providers/{name}");
    for (sample, resource) in [
        ("authz-roleassignment-put-rg.2022-04-01.json", name),
        ("authz-roleassignment-put-resource.2022-04-01.json", at_vm.as_str()),
    ] {
        let Some(body) = azure.asked(sample, "parameters") else { return };
        let (status, _, made) = azure.call("PUT", &azure.id(resource), Some(body.clone())).await;
        assert_eq!(status, 201, "{made}");
        like(sample, 201, &made, &[]);
        let (status, _, again) = azure.call("PUT", &azure.id(resource), Some(body)).await;
        assert_eq!(status, 200, "{again}");
        like(sample, 200, &again, &[]);
    }
    let listed = azure.get("Microsoft.Authorization/roleAssignments").await;
    like("authz-roleassignment-list-rg.2022-04-01.json", 200, &listed, &[]);
    like("authz-roleassignment-list-scope.2022-04-01.json", 200, &listed, &[]);
    let (status, _, gone) = azure.call("DELETE", &azure.id(name), None).await;
    assert_eq!(status, 200, "{gone}");
    like("authz-roleassignment-delete.2022-04-01.json", 200, &gone, &[]);
    assert_eq!(azure.call("DELETE", &azure.id(name), None).await.0, 204);
}

#[tokio::test]
async fn vaults() {
    let azure = Azure::start().await;
    let subscription = azure.group.split("/resourceGroups/").next().unwrap().to_owned();
    let check = format!("{subscription}/providers/Microsoft.KeyVault/checkNameAvailability");
    let name = "keyvault-vault-check-name.2023-07-01.json";
    let Some(body) = azure.asked(name, "vaultName") else { return };
    let (status, _, answer) = azure.call("POST", &check, Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    like(name, 200, &answer, &[]);
    let name = "keyvault-vault-put.2023-07-01.json";
    let Some(body) = azure.asked(name, "parameters") else { return };
    let answer = azure.put("Microsoft.KeyVault/vaults/sample-vault", body).await;
    like(name, 201, &answer, &[("/properties/hsmPoolResourceId", "a standard vault has no HSM pool")]);
    let (status, _, answer) = azure.call("DELETE", &azure.id("Microsoft.KeyVault/vaults/sample-vault"), None).await;
    assert_eq!(status, 200, "{answer}");
    let deleted = format!("{subscription}/providers/Microsoft.KeyVault/locations/westus/deletedVaults/sample-vault");
    let (status, _, answer) = azure.call("GET", &deleted, None).await;
    assert_eq!(status, 200, "{answer}");
    like("keyvault-vault-get-deleted.2023-07-01.json", 200, &answer, &[]);
    // Of this the sample has a status and a header.
    let (status, headers, answer) = azure.call("POST", &format!("{deleted}/purge"), None).await;
    assert_eq!((status, headers.contains_key("location")), (202, true), "{answer}");
}

/// The samples' template lies behind a link, which the embedded cloud does not follow: one stands in its place.
#[tokio::test]
async fn deployments() {
    let azure = Azure::start().await;
    let template = json!({"contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "i", "location": "eastus"},
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "j", "location": "eastus", "dependsOn": ["i"]},
    ]});
    let inlined = |name: &str| {
        let mut body = azure.asked(name, "parameters")?;
        body["properties"]["template"] = template.clone();
        body["properties"].as_object_mut().unwrap().remove("templateLink");
        Some(body)
    };
    let linked = ("/properties/templateLink", "the template was given inline");
    let name = "deployment-validate-rg.2024-07-01.json";
    let Some(body) = inlined(name) else { return };
    let path = azure.id("Microsoft.Resources/deployments/d");
    let (status, _, answer) = azure.call("POST", &format!("{path}/validate"), Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    like(name, 200, &answer, &[linked, ("/properties/diagnostics", "there is nothing to remark")]);
    let name = "deployment-put-rg.2024-07-01.json";
    let Some(body) = inlined(name) else { return };
    let answer = azure.put("Microsoft.Resources/deployments/d", body).await;
    like(name, 201, &answer, &[linked]);
    like(name, 200, &azure.get("Microsoft.Resources/deployments/d").await, &[linked]);
}

#[tokio::test]
async fn quotas_and_sizes() {
    let azure = Azure::start().await;
    let subscription = azure.group.split("/resourceGroups/").next().unwrap().to_owned();
    let path = format!("{subscription}/providers/Microsoft.Compute/locations/westus/usages");
    let (status, _, answer) = azure.call("GET", &path, None).await;
    assert_eq!(status, 200, "{answer}");
    like("compute-usage-list.2024-07-01.json", 200, &answer, &[("/nextLink", "one page holds them all")]);
    let path = format!("{subscription}/providers/Microsoft.Compute/skus?$filter=location%20eq%20'westus'");
    let (status, _, answer) = azure.call("GET", &path, None).await;
    assert_eq!(status, 200, "{answer}");
    let zones = ("/value/*/locationInfo/*/zoneDetails", "no size here differs between zones");
    like("compute-skus-list.2021-07-01.json", 200, &answer, &[zones, ("/nextLink", "one page holds them all")]);
}

#[tokio::test]
async fn budgets_and_forecasts() {
    let azure = Azure::start().await;
    let name = "consumption-budget-put-80pct.2023-11-01.json";
    let Some(mut body) = azure.asked(name, "parameters") else { return };
    body.as_object_mut().unwrap().remove("eTag");
    let (status, _, made) = azure.call("PUT", &azure.id("Microsoft.Consumption/budgets/TestBudget"), Some(body)).await;
    assert_eq!(status, 201, "{made}");
    like(name, 201, &made, &[("/properties/filter/and/*/dimensions", "the others of the list are tags")]);
    let read = azure.get("Microsoft.Consumption/budgets/TestBudget").await;
    assert_eq!(read["eTag"], made["eTag"]);

    let name = "deployment-whatif-rg.2024-07-01.json";
    let template = json!({"contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "i", "location": "eastus"},
    ]});
    let body = json!({"properties": {"mode": "Incremental", "template": template}});
    let path = azure.id("Microsoft.Resources/deployments/d");
    let (status, headers, answer) = azure.call("POST", &format!("{path}/whatIf"), Some(body)).await;
    assert_eq!(status, 202, "{answer}");
    let location = headers["location"].to_str().unwrap();
    let answer = azure.until_done(location).await;
    let changes = answer["properties"]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|c| c["changeType"] == "Create" && c["after"]["name"] == "i"), "{answer}");
    assert!(changes.iter().any(|c| c["changeType"] == "Ignore"), "{answer}");
    assert_eq!(answer["status"], "Succeeded");
    if let Some(sample) = sample(name, 200) {
        for change in changes.iter().filter(|c| c["changeType"] == "Create") {
            same_shape(
                &json!({"resourceId": sample["properties"]["changes"][1]["resourceId"], "after": {"id": "", "type": "", "name": "", "apiVersion": ""}}),
                change,
                &[],
            );
        }
    }
}
