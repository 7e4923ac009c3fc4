//! Key Vault's data plane, 7.5.

use serde_json::{Value, json};

use crate::{
    client::{Client, VAULT},
    shape::{same_shape, sample},
    sim::world::{Resource, RoleAssignment},
};

const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/myvault";
const OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";

async fn vault() -> Client {
    let client = Client::start("[timings]\nother = \"0s\"").await;
    let world = client.sim.world();
    let effective_at = world.clock.now();
    let mut state = world.state();
    let body = json!({"id": ID, "location": "westus", "properties": {"enableRbacAuthorization": true}});
    state
        .resources
        .insert(ID.to_lowercase(), Resource { id: ID.into(), kind: "microsoft.keyvault/vaults".into(), body });
    let principal = state.account.object_id.clone();
    state.assignments.push(RoleAssignment {
        id: String::new(),
        scope: ID.to_lowercase(),
        principal,
        principal_type: "ServicePrincipal".into(),
        role: OFFICER.into(),
        effective_at,
    });
    drop(state);
    client
}

async fn call(client: &Client, method: &str, path: &str, body: Option<Value>) -> Value {
    let url = format!("https://myvault.vault.azure.net/{path}?api-version=7.5");
    let (status, answer) = client.send(VAULT, method, &url, body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn set_get_delete_recover() {
    let client = vault().await;
    let set = call(&client, "PUT", "secrets/crpsecret", Some(json!({"value": "mysecretvalue"}))).await;
    let get = call(&client, "GET", "secrets/crpsecret", None).await;
    let delete = call(&client, "DELETE", "secrets/crpsecret", None).await;
    let recover = call(&client, "POST", "deletedsecrets/crpsecret/recover", None).await;
    for (name, answer) in [("set", set), ("get", get), ("delete", delete), ("recover", recover)] {
        if let Some(sample) = sample(&format!("keyvault-secret-{name}-dataplane.7.5.json"), 200) {
            same_shape(&sample, &answer, &[]);
        }
    }
}
