use serde_json::Value;

use super::client::{ARM, Client, GRAPH, VAULT};
use crate::sim::token;

#[tokio::test]
async fn a_token_names_its_bearer_and_its_resource() {
    let client = Client::start("").await;
    let token = client.token(VAULT).await;
    let account = client.sim.world().state().account.clone();
    let claims = token::verify(&account, &token).unwrap();
    assert_eq!(claims.audience, "https://vault.azure.net");
    assert_eq!((claims.object_id, claims.tenant), (account.object_id, client.text("tenant").to_owned()));
    assert_ne!(claims.app_id, account.client_secret);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_as_entra_does() {
    let client = Client::start("").await;
    let (status, body) = client.ask_token(ARM, "wrong").await;
    assert_eq!((status, body["error"].as_str()), (401, Some("invalid_client")));
    assert_eq!(body["error_codes"][0], 7_000_215);
    assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS7000215: Invalid client secret"));
    assert!(!body.to_string().contains("wrong"), "a secret is never repeated");
}

#[tokio::test]
async fn tokens_open_only_what_they_are_for() {
    let client = Client::start("").await;
    let arm = "https://management.azure.com/subscriptions?api-version=2022-12-01";
    let account = client.sim.world().state().account.clone();
    let expired = token::issue(&account, "o", "a", "https://management.azure.com", -1);
    let cases = [
        (None, "InvalidAuthenticationToken"),
        (Some("nonsense".to_owned()), "InvalidAuthenticationToken"),
        (Some(expired), "ExpiredAuthenticationToken"),
        (Some(client.token(GRAPH).await), "InvalidAuthenticationTokenAudience"),
    ];
    for (token, code) in cases {
        let mut request = client.http.get(arm);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 401);
        let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
        assert!(challenge.contains("error=\"invalid_token\"") && challenge.contains(client.text("tenant")));
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], code);
    }
    // Both of ARM's names are good; what comes then is no refusal of the token.
    for scope in [ARM, "https://management.core.windows.net//.default"] {
        assert_ne!(client.send(scope, "GET", arm, None).await.0, 401, "{scope}");
    }
}
