use serde_json::{Value, json};

use super::cloud::Cloud;

fn vault(cloud: &Cloud) -> Value {
    json!({"location": "eastus2", "properties": {"tenantId": cloud.caller.tenant, "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": true, "softDeleteRetentionInDays": 7}})
}

#[tokio::test(start_paused = true)]
async fn a_deleted_vault_keeps_its_name() {
    let cloud = Cloud::with_group("").await;
    let at = cloud.id("Microsoft.KeyVault/vaults/claw-v");
    let made = cloud.put(&at, vault(&cloud)).await.is(200);
    assert!(!made.headers.contains_key("azure-asyncoperation"), "the resource's own state tells");
    assert_eq!(made.body["properties"]["provisioningState"], "RegisteringDns");
    cloud.pass(6).await;
    let shown = cloud.get(&at).await.is(200).body;
    assert_eq!(
        (&shown["properties"]["provisioningState"], &shown["properties"]["vaultUri"]),
        (&json!("Succeeded"), &json!("https://claw-v.vault.azure.net/"))
    );
    let check = format!("{}/providers/Microsoft.KeyVault/checkNameAvailability", cloud.subscription());
    let ask = |name: &str| Some(json!({"name": name, "type": "Microsoft.KeyVault/vaults"}));
    assert_eq!(cloud.send("POST", &check, ask("claw-v")).await.is(200).body["reason"], "AlreadyExists");
    assert_eq!(cloud.send("POST", &check, ask("claw-w")).await.body["nameAvailable"], true);
    cloud.delete(&at).await.is(200);
    cloud.get(&at).await.refused(404, "ResourceNotFound");
    cloud.put(&at, vault(&cloud)).await.refused(409, "ConflictError");
    let mut recover = vault(&cloud);
    recover["properties"]["createMode"] = json!("recover");
    cloud.put(&at, recover).await.is(200);
    assert!(cloud.world.state().secrets.contains_key("claw-v"), "its secrets came back with it");
    cloud.delete(&at).await.is(200);
    let deleted =
        format!("{}/providers/Microsoft.KeyVault/locations/eastus2/deletedVaults/claw-v", cloud.subscription());
    assert_eq!(cloud.get(&deleted).await.is(200).body["properties"]["vaultId"], at);
    cloud.post(&format!("{deleted}/purge")).await.is(202);
    cloud.pass(6).await;
    cloud.get(&deleted).await.is(404);
    assert!(cloud.world.state().secrets.is_empty());
    cloud.put(&at, vault(&cloud)).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn bad_vaults_are_refused() {
    let cloud = Cloud::with_group("").await;
    let at = |name: &str| cloud.id(&format!("Microsoft.KeyVault/vaults/{name}"));
    for name in ["ab", "a-name-that-is-far-too-long", "1digit", "two--dashes", "ends-"] {
        cloud.put(&at(name), vault(&cloud)).await.refused(400, "VaultNameNotValid");
    }
    cloud.put(&at("claw-v"), vault(&cloud)).await.is(200);
    let mut longer = vault(&cloud);
    longer["properties"]["softDeleteRetentionInDays"] = json!(30);
    cloud.put(&at("claw-v"), longer).await.refused(400, "BadRequest");
    cloud.put(&format!("{}/resourceGroups/other", cloud.subscription()), json!({"location": "eastus2"})).await.is(201);
    let elsewhere = at("claw-v").replace("/resourceGroups/rg/", "/resourceGroups/other/");
    cloud.put(&elsewhere, vault(&cloud)).await.refused(409, "VaultAlreadyExists");
}
