use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    USERS,
    client::{Client, GRAPH},
};

const USERS_URL: &str = "https://graph.microsoft.com/v1.0/users";
const SELECT: &str = "$select=id,userPrincipalName,mail,displayName,accountEnabled";

#[tokio::test]
async fn a_user_is_found_by_id_and_by_principal_name() {
    let client = Client::start(USERS).await;
    let (status, alice) = client.send(GRAPH, "GET", &format!("{USERS_URL}/ALICE%40example.com?{SELECT}"), None).await;
    assert_eq!((status, alice["accountEnabled"].as_bool()), (200, Some(true)));
    let id = alice["id"].as_str().unwrap();
    let (_, same) = client.send(GRAPH, "GET", &format!("{USERS_URL}/{id}"), None).await;
    assert_eq!(same["userPrincipalName"], "alice@example.com");
    assert!(same.get("accountEnabled").is_none(), "only on request");
    let guest = format!("{USERS_URL}/sam_partner.example%23EXT%23%40example.onmicrosoft.com?$select=userType");
    assert_eq!(client.send(GRAPH, "GET", &guest, None).await.1["userType"], "Guest");

    let (status, nobody) = client.send(GRAPH, "GET", &format!("{USERS_URL}/zoe%40example.com"), None).await;
    assert_eq!((status, nobody["error"]["code"].as_str()), (404, Some("Request_ResourceNotFound")));
    assert!(nobody["error"]["innerError"]["request-id"].is_string());
    assert_eq!(client.send(GRAPH, "GET", "https://graph.microsoft.com/v1.0/me", None).await.0, 400);
}

#[tokio::test]
async fn an_ambiguous_mail_finds_both() {
    let client = Client::start(USERS).await;
    let filter = "mail eq 'sam@example.com' or userPrincipalName eq 'sam@example.com'";
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("$filter", filter).finish();
    let (status, body) = client.send(GRAPH, "GET", &format!("{USERS_URL}?{query}&{SELECT}"), None).await;
    assert_eq!(status, 200, "{body}");
    let names: Vec<&str> = body["value"].as_array().unwrap().iter().filter_map(|u| u["displayName"].as_str()).collect();
    assert_eq!(names, ["Sam Stone", "Sam Sato (guest)"]);
}

fn batch(names: &[&str]) -> Value {
    let requests: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(n, name)| json!({"id": n.to_string(), "method": "GET", "url": format!("/users/{name}?{SELECT}")}))
        .collect();
    json!({"requests": requests})
}

async fn ask_batch(client: &Client, names: &[&str]) -> (u16, Value) {
    client.send(GRAPH, "POST", "https://graph.microsoft.com/v1.0/$batch", Some(batch(names))).await
}

#[tokio::test]
async fn a_batch_answers_each_request_in_no_order() {
    let fault = "[[faults]]\non = \"/v1.0/users/bob@example.com\"\nkind = \"arm-throttled\"\nretry_after = 3\n";
    let client = Client::start(&format!("{USERS}\n{fault}")).await;
    let (status, body) =
        ask_batch(&client, &["alice%40example.com", "frank%40example.com", "zoe@example.com", "bob@example.com"]).await;
    assert_eq!(status, 200);
    let responses = body["responses"].as_array().unwrap();
    let order: Vec<&str> = responses.iter().filter_map(|item| item["id"].as_str()).collect();
    assert_ne!(order, ["0", "1", "2", "3"]);
    let by_id: BTreeMap<&str, &Value> =
        responses.iter().filter_map(|item| Some((item["id"].as_str()?, item))).collect();
    assert_eq!(by_id["0"]["body"]["mail"], "alice@example.com");
    assert_eq!(by_id["1"]["body"]["accountEnabled"], false);
    assert_eq!(by_id["2"]["status"], 404);
    assert_eq!(by_id["2"]["body"]["error"]["code"], "Request_ResourceNotFound");
    assert_eq!(by_id["3"]["status"], 429);
    assert_eq!(by_id["3"]["headers"]["retry-after"], "3");
    assert_eq!(by_id["3"]["body"]["error"]["code"], "TooManyRequests");
    assert_eq!(ask_batch(&client, &["bob@example.com"]).await.1["responses"][0]["status"], 200);
}

#[tokio::test]
async fn a_batch_takes_twenty() {
    let client = Client::start(USERS).await;
    assert_eq!(ask_batch(&client, &["alice@example.com"; 20]).await.0, 200);
    assert_eq!(ask_batch(&client, &["alice@example.com"; 21]).await.0, 400);
}
