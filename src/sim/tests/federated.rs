//! Signing in by a federated token instead of a secret.

use serde_json::Value;

use super::client::{ARM, Client};
use crate::sim::{
    account::Account,
    entra::federated::{AUDIENCE, ISSUER, SUBJECT, assertion},
};

async fn ask(client: &Client, kind: &str, token: &str) -> (u16, Value) {
    let form = [
        ("client_id", client.cloud["credential"]["clientId"].as_str().unwrap()),
        ("client_assertion_type", kind),
        ("client_assertion", token),
        ("grant_type", "client_credentials"),
        ("scope", ARM),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", client.text("tenant"));
    let response = client.http.post(url).body(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_federated_token_opens_what_a_secret_opens() {
    let client = Client::start("").await;
    let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let token = std::fs::read_to_string(client.sim.dir().join("federated-token")).unwrap();
    let (status, body) = ask(&client, jwt_bearer, &token).await;
    assert_eq!(status, 200, "{body}");
    let url = "https://management.azure.com/subscriptions?api-version=2022-12-01";
    let answer = client.http.get(url).bearer_auth(body["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let own = client.sim.world().state().account.clone();
    let other = Account { token_key: [7; 32], ..own.clone() };
    for (kind, token, number) in [
        ("certificate", token.clone(), 50027),
        (jwt_bearer, "nonsense".into(), 50027),
        (jwt_bearer, assertion(&other, ISSUER, SUBJECT, AUDIENCE, 60), 700_027),
        (jwt_bearer, assertion(&own, ISSUER, SUBJECT, AUDIENCE, -60), 700_024),
        (jwt_bearer, assertion(&own, &format!("{ISSUER}/"), SUBJECT, AUDIENCE, 60), 700_211),
        (jwt_bearer, assertion(&own, ISSUER, &SUBJECT.to_uppercase(), AUDIENCE, 60), 700_213),
        (jwt_bearer, assertion(&own, ISSUER, SUBJECT, "api://other", 60), 700_212),
        (jwt_bearer, String::new(), 7_000_216),
    ] {
        let (status, body) = ask(&client, kind, &token).await;
        assert_eq!((status, &body["error_codes"][0]), (401, &number.into()), "{body}");
        assert!(!body.to_string().contains("nonsense"), "a token is never repeated");
    }
    let token = assertion(&own, ISSUER, SUBJECT, AUDIENCE, 60);
    let bearer = client.http.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(bearer.status().as_u16(), 401, "it is good for nothing but signing in");
}
