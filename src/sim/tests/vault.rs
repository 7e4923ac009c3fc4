use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, VAULT};
use crate::sim::world::{Resource, RoleAssignment};

const VAULT_ID: &str = "/subscriptions/s/resourceGroups/openclaw-rg/providers/Microsoft.KeyVault/vaults/claw-kv";
const SECRETS: &str = "https://claw-kv.vault.azure.net/secrets";
const OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
const USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";

async fn with_vault(scenario: &str) -> Client {
    let client = Client::start(scenario).await;
    let body = json!({"id": VAULT_ID, "location": "eastus2", "properties": {
        "tenantId": client.text("tenant"), "enableRbacAuthorization": true, "softDeleteRetentionInDays": 7}});
    let resource = Resource { id: VAULT_ID.into(), kind: "microsoft.keyvault/vaults".into(), body };
    client.sim.world().state().resources.insert(VAULT_ID.to_lowercase(), resource);
    client
}

fn assign(client: &Client, role: &str, scope: &str, after: Duration) {
    let world = client.sim.world();
    let effective_at = world.clock.now() + after;
    let mut state = world.state();
    let principal = state.account.object_id.clone();
    state.assignments.push(RoleAssignment {
        id: String::new(),
        scope: scope.to_lowercase(),
        principal,
        principal_type: "ServicePrincipal".into(),
        role: role.into(),
        effective_at,
    });
}

async fn call(client: &Client, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    client.send(VAULT, method, &format!("{SECRETS}{path}?api-version=7.5"), body).await
}

#[tokio::test]
async fn without_a_token_it_says_where_to_get_one() {
    let client = with_vault("").await;
    let response = client.http.get(format!("{SECRETS}/x?api-version=7.5")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    let tenant = client.text("tenant");
    assert_eq!(
        challenge,
        format!(
            "Bearer authorization=\"https://login.microsoftonline.com/{tenant}\", resource=\"https://vault.azure.net\""
        )
    );
    assert_eq!(response.headers()["x-ms-keyvault-region"], "eastus2");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["message"], "AKV10000: Request is missing a Bearer or PoP token.");
}

#[tokio::test]
async fn a_role_counts_once_it_has_spread() {
    let client = with_vault("").await;
    let value = || Some(json!({"value": "s3cret"}));
    let (status, body) = call(&client, "PUT", "/openclaw-shared", value()).await;
    assert_eq!((status, body["error"]["innererror"]["code"].as_str()), (403, Some("ForbiddenByRbac")), "owner or not");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("Microsoft.KeyVault/vaults/secrets/setSecret/action") && !message.contains("s3cret"));

    assign(&client, OFFICER, VAULT_ID, Duration::from_secs(3600));
    assert_eq!(call(&client, "PUT", "/openclaw-shared", value()).await.0, 403, "not at once");
    let world = client.sim.world();
    let now = world.clock.now();
    world.state().assignments.iter_mut().for_each(|assignment| assignment.effective_at = now);
    let (status, body) = call(&client, "PUT", "/openclaw-shared", value()).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(world.state().secrets["claw-kv"]["openclaw-shared"].value, "s3cret");
}

#[tokio::test]
async fn a_role_at_one_secret_opens_no_other() {
    let client = with_vault("").await;
    assign(&client, OFFICER, VAULT_ID, Duration::ZERO);
    for name in ["/openclaw-alice", "/openclaw-bob"] {
        assert_eq!(call(&client, "PUT", name, Some(json!({"value": "v"}))).await.0, 200);
    }
    client.sim.world().state().assignments.retain(|assignment| assignment.role != OFFICER);
    assign(&client, USER, &format!("{VAULT_ID}/secrets/openclaw-alice"), Duration::ZERO);
    assert_eq!(call(&client, "GET", "/openclaw-alice", None).await.0, 200);
    assert_eq!(call(&client, "GET", "/openclaw-bob", None).await.0, 403);
    assert_eq!(call(&client, "PUT", "/openclaw-alice", Some(json!({"value": "w"}))).await.0, 403);
    assert_eq!(call(&client, "GET", "", None).await.0, 403);
}

#[tokio::test]
async fn versions_pages_and_refused_input() {
    let client = with_vault("").await;
    assign(&client, OFFICER, VAULT_ID, Duration::ZERO);
    let put = |path: String, value: &str| {
        let (client, body) = (&client, json!({"value": value}));
        async move { call(client, "PUT", &path, Some(body)).await }
    };
    let (_, first) = put("/a".into(), "1").await;
    put("/a".into(), "2").await;
    assert_eq!(call(&client, "GET", "/a", None).await.1["value"], "2");
    let old = first["id"].as_str().unwrap().strip_prefix(SECRETS).unwrap();
    assert_eq!(call(&client, "GET", old, None).await.1["value"], "1");
    let versions = call(&client, "GET", "/a/versions", None).await.1;
    assert_eq!(versions["value"].as_array().unwrap().len(), 2);
    assert!(!versions.to_string().contains("\"value\":\"1\""), "lists show no values");

    for n in 0..30 {
        put(format!("/b{n}"), "x").await;
    }
    let (_, page) = call(&client, "GET", "", None).await;
    assert_eq!(page["value"].as_array().unwrap().len(), 25);
    let (_, rest) = client.send(VAULT, "GET", page["nextLink"].as_str().unwrap(), None).await;
    assert_eq!((rest["value"].as_array().unwrap().len(), rest["nextLink"].is_null()), (6, true));

    assert_eq!(put("/under_score".into(), "x").await.0, 400);
    assert_eq!(put("/long".into(), &"x".repeat(25 * 1024 + 1)).await.0, 400);
    assert_eq!(call(&client, "GET", "/none", None).await.1["error"]["code"], "SecretNotFound");
    assert_eq!(client.send(VAULT, "GET", SECRETS, None).await.0, 400, "no api-version");
    assert_eq!(client.send(VAULT, "GET", &format!("{SECRETS}?api-version=1.0"), None).await.0, 400);
}

#[tokio::test]
async fn a_deleted_secret_keeps_its_name_until_purged_or_recovered() {
    let client = with_vault("[timings]\nother = \"1h\"").await;
    assign(&client, OFFICER, VAULT_ID, Duration::ZERO);
    let value = || Some(json!({"value": "v"}));
    let deleted = "https://claw-kv.vault.azure.net/deletedsecrets/a";
    let inner = |body: &Value| body["error"]["innererror"]["code"].as_str().map(str::to_owned);
    call(&client, "PUT", "/a", value()).await;
    let (status, bundle) = call(&client, "DELETE", "/a", None).await;
    assert_eq!((status, bundle["recoveryId"].as_str()), (200, Some(deleted)));
    assert_eq!(inner(&call(&client, "PUT", "/a", value()).await.1).as_deref(), Some("ObjectIsBeingDeleted"));
    let now = client.sim.world().clock.now();
    for store in client.sim.world().state().vaults.values_mut() {
        store.deleted.values_mut().for_each(|deleted| deleted.deleting_until = now);
    }
    let refused = call(&client, "PUT", "/a", value()).await;
    assert_eq!((refused.0, inner(&refused.1).as_deref()), (409, Some("ObjectIsDeletedButRecoverable")));
    let (status, _) = client.send(VAULT, "POST", &format!("{deleted}/recover?api-version=7.5"), None).await;
    assert_eq!((status, call(&client, "GET", "/a", None).await.0), (200, 200));
}
