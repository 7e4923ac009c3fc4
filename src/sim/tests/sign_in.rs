//! People who sign in to the embedded Entra: as `az`, MSAL and a device would.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::client::{Client, GRAPH};
const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
pub const ALICE: &str = "a1ce0000-0000-4000-8000-000000000001";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// One user, `Alice@example.com`, with these fields of `sign_in`, and more TOML before them.
pub fn scenario(sign_in: &str, more: &str) -> String {
    format!(
        "{more}\n[[users]]\nid = \"{ALICE}\"\nupn = \"Alice@example.com\"\nmail = \"alice@example.com\"\nname = \"Alice Arden\"\nsign_in = {{ password = \"right\", {sign_in} }}\n"
    )
}

async fn post(client: &Client, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("https://login.microsoftonline.com/{}/oauth2/v2.0/{path}", client.text("tenant"));
    let request = client.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

pub async fn password(client: &Client, password: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let scope = ("scope", "https://graph.microsoft.com/.default openid profile offline_access");
    let mut form = vec![
        ("grant_type", "password"),
        ("client_id", CLI),
        ("username", "alice@EXAMPLE.com"),
        ("password", password),
        ("client_info", "1"),
    ];
    form.extend(more);
    if !more.iter().any(|(name, _)| *name == "scope") {
        form.push(scope);
    }
    post(client, "token", &form).await
}

fn payload(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn me(client: &Client, token: &Value) -> reqwest::Response {
    let request = client.http.get("https://graph.microsoft.com/v1.0/me").bearer_auth(token.as_str().unwrap());
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_password_gives_a_users_token_and_a_refresh_token_that_is_good_for_more() {
    let client = Client::start(&scenario("", "")).await;
    let (status, body) = password(&client, "right", &[]).await;
    assert_eq!(status, 200, "{body}");
    let claims = payload(&body["access_token"]);
    assert_eq!((claims["oid"].as_str(), claims["idtyp"].as_str()), (Some(ALICE), Some("user")));
    assert_eq!(
        (claims["upn"].as_str(), claims["aud"].as_str()),
        (Some("Alice@example.com"), Some("https://graph.microsoft.com"))
    );
    assert_eq!(payload(&body["id_token"])["preferred_username"], "Alice@example.com");
    let info: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body["client_info"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!((info["uid"].as_str(), info["utid"].as_str()), (Some(ALICE), Some(client.text("tenant"))));
    let person: Value = me(&client, &body["access_token"]).await.json().await.unwrap();
    assert_eq!(person["id"], ALICE);

    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", CLI),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
        ("scope", "https://management.core.windows.net//.default offline_access"),
    ];
    let (status, body) = post(&client, "token", &refresh).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(payload(&body["access_token"])["aud"], "https://management.core.windows.net/");
    let (status, body) = post(&client, "token", &[("grant_type", "refresh_token"), ("client_id", CLI)]).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn a_service_principal_is_nobody_to_me() {
    let client = Client::start("").await;
    let (status, body) = client.send(GRAPH, "GET", "https://graph.microsoft.com/v1.0/me", None).await;
    assert_eq!(status, 400, "{body}");
    assert!(body["error"]["message"].as_str().unwrap().contains("delegated"), "{body}");
}

#[tokio::test]
async fn refusals_come_by_number() {
    let client = Client::start(&scenario("refuse = 50076, refuse_after = 1", "")).await;
    let (status, body) = password(&client, "wrong", &[]).await;
    assert_eq!((status, &body["error_codes"][0]), (400, &json!(50126)), "{body}");
    assert!(!body.to_string().contains("wrong\""), "a password is never repeated");
    assert_eq!(password(&client, "right", &[]).await.0, 200);
    let (status, body) = password(&client, "right", &[]).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("interaction_required")));
    assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS50076: "), "{body}");
    assert!(body["error_description"].as_str().unwrap().contains("\r\n"), "as the real ones are");
    assert!(serde_json::from_str::<Value>(body["claims"].as_str().unwrap()).unwrap().is_object());

    let disabled = scenario("", "").replace("name = ", "enabled = false\nname = ");
    let (_, body) = password(&Client::start(&disabled).await, "right", &[]).await;
    assert_eq!(body["error_codes"][0], 50057);
}

#[tokio::test]
async fn a_device_code_waits_slows_down_declines_and_expires() {
    let script = |text: &str| scenario("", &format!("[entra]\ndevice_code = {{ {text} }}"));
    let cases: [(&str, &[&str]); 4] = [
        // Nobody types it, and the second poll comes at once.
        ("", &["authorization_pending", "slow_down"]),
        ("user = \"alice@example.com\", pending = 1, interval = \"0s\"", &["authorization_pending", ""]),
        ("user = \"alice@example.com\", declined = true", &["authorization_declined"]),
        ("lifetime = \"0s\"", &["expired_token"]),
    ];
    for (text, answers) in cases {
        let client = Client::start(&script(text)).await;
        let scope = "https://graph.microsoft.com/.default offline_access";
        let (status, begun) = post(&client, "devicecode", &[("client_id", CLI), ("scope", scope)]).await;
        assert_eq!(status, 200, "{begun}");
        assert!(begun["message"].as_str().unwrap().contains(begun["user_code"].as_str().unwrap()), "{begun}");
        let code = begun["device_code"].as_str().unwrap();
        for expected in answers {
            let form = [("grant_type", DEVICE), ("client_id", CLI), ("device_code", code), ("scope", scope)];
            let (status, body) = post(&client, "token", &form).await;
            assert_eq!(body["error"].as_str().unwrap_or_default(), *expected, "{text}: {body}");
            assert_eq!(status, if expected.is_empty() { 200 } else { 400 });
        }
    }
}

#[tokio::test]
async fn a_claims_challenge_lasts_until_a_sign_in_names_claims() {
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
    let client = Client::start(&scenario(&format!("claims_challenge = '{claims}'"), "")).await;
    let (_, body) = password(&client, "right", &[]).await;
    let refused = me(&client, &body["access_token"]).await;
    assert_eq!(refused.status().as_u16(), 401);
    let header = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(header.contains("error=\"insufficient_claims\""), "{header}");
    let given = header.split("claims=\"").last().unwrap().trim_end_matches('"');
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(given).unwrap(), claims.as_bytes());
    let (_, body) = password(&client, "right", &[("claims", claims)]).await;
    assert_eq!(me(&client, &body["access_token"]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn clients_find_their_way_before_they_sign_in() {
    let client = Client::start("").await;
    let get = async |path: &str| -> Value {
        let url = format!("https://login.microsoftonline.com/{path}");
        client.http.get(url).send().await.unwrap().json().await.unwrap()
    };
    let realm = get("common/UserRealm/alice%40example.com?api-version=1.0").await;
    assert_eq!((realm["account_type"].as_str(), realm["domain_name"].as_str()), (Some("Managed"), Some("example.com")));
    let openid = get("organizations/v2.0/.well-known/openid-configuration").await;
    assert!(openid["device_authorization_endpoint"].as_str().unwrap().ends_with("/oauth2/v2.0/devicecode"));
    let instance = get("common/discovery/instance?api-version=1.1&authorization_endpoint=x").await;
    assert_eq!(instance["metadata"][0]["preferred_network"], "login.microsoftonline.com");
    assert_eq!(client.sim.unknown_requests(), Vec::<String>::new());
}
