//! Groups, `/me`, known ids, and the quota.

use serde_json::{Value, json};

use super::client::{Client, GRAPH};
use crate::sim::token;

const V1: &str = "https://graph.microsoft.com/v1.0";
const ALL: &str = "90000000-0000-4000-8000-000000000001";
const TEAM: &str = "90000000-0000-4000-8000-000000000002";
const SECRET: &str = "90000000-0000-4000-8000-000000000003";

fn scenario(users: usize) -> String {
    let mut text = String::new();
    for n in 0..users {
        text +=
            &format!("[[users]]\nid = \"00000000-0000-4000-8000-{n:012}\"\nupn = \"u{n}@x.org\"\nname = \"U{n}\"\n");
        text += &format!("mail = \"u{n}@mail.org\"\naliases = [\"First.{n}@x.org\"]\n");
    }
    text += "user_type = \"Guest\"\n";
    let members = |list: &[&str]| list.iter().map(|m| format!("\"{m}\"")).collect::<Vec<_>>().join(",");
    let everybody: Vec<String> = (2..users).map(|n| format!("u{n}@x.org")).collect();
    let everybody: Vec<&str> = everybody.iter().map(String::as_str).chain([TEAM, SECRET]).collect();
    for (id, name, members, hidden) in [
        (ALL, "Everybody", members(&everybody), false),
        (TEAM, "Team", members(&["U2@x.org", "u1@x.org", ALL]), false),
        (SECRET, "Team", members(&["u0@x.org", "u1@x.org"]), true),
    ] {
        text += &format!("[[groups]]\nid = \"{id}\"\nname = \"{name}\"\nmembers = [{members}]\nhidden = {hidden}\n");
    }
    text
}

/// Reads with the terms of an advanced query.
async fn advanced(client: &Client, url: &str) -> (u16, Value) {
    let request = client.http.get(url).header("ConsistencyLevel", "eventual");
    let response = request.bearer_auth(client.token(GRAPH).await).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn people_of_nested_groups_come_once_and_page_by_page() {
    let client = Client::start(&scenario(9)).await;
    let url =
        format!("{V1}/groups/{ALL}/transitiveMembers/microsoft.graph.user?$select=id,mail,userPrincipalName&$top=4");
    let (status, refused) = client.send(GRAPH, "GET", &format!("{url}&$count=true"), None).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (400, Some("Request_UnsupportedQuery")));
    assert_eq!(advanced(&client, &url).await.0, 400, "without $count");

    let (mut next, mut people, mut pages) = (Some(format!("{url}&$count=true")), Vec::new(), 0);
    while let Some(url) = next {
        let (status, page) = advanced(&client, &url).await;
        assert_eq!(status, 200, "{page}");
        assert_eq!(page["@odata.count"].as_u64(), (pages == 0).then_some(9), "on the first page only");
        people.extend(page["value"].as_array().unwrap().clone());
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!((people.len(), pages), (9, 3));
    let named: Vec<&str> = people.iter().filter_map(|p| p["userPrincipalName"].as_str()).collect();
    assert_eq!(named.len(), 8, "u0 is in a hidden group only, u1 in another one too: {named:?}");
    assert_eq!((people[0]["@odata.type"].as_str(), &people[0]["mail"]), (Some("#microsoft.graph.user"), &Value::Null));
}

#[tokio::test]
async fn groups_by_name_and_by_id() {
    let client = Client::start(&scenario(3)).await;
    let get = async |path: &str| client.send(GRAPH, "GET", &format!("{V1}{path}"), None).await;
    let ids = |body: &Value| body["value"].as_array().unwrap().iter().map(|g| g["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&get("/groups?$filter=displayName%20eq%20'team'").await.1), [TEAM, SECRET]);
    assert_eq!(ids(&get("/groups?$filter=displayName%20eq%20'nobody'").await.1), [Value::Null; 0]);
    assert_eq!(get(&format!("/groups/{SECRET}")).await.1["visibility"], "HiddenMembership");
    let missing = TEAM.replace('9', "8");
    for path in [format!("/groups/{missing}"), format!("/groups/{missing}/members")] {
        assert_eq!(get(&path).await.1["error"]["code"], "Request_ResourceNotFound");
    }
    assert_eq!(get("/groups/Team").await.0, 400, "a name is no id");
    let direct = get(&format!("/groups/{TEAM}/members")).await.1;
    let kinds: Vec<&str> =
        direct["value"].as_array().unwrap().iter().filter_map(|m| m["@odata.type"].as_str()).collect();
    assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.user", "#microsoft.graph.group"]);
}

#[tokio::test]
async fn an_alias_finds_its_user_and_its_prefix_has_a_case() {
    let client = Client::start(&scenario(3)).await;
    let found = async |address: &str| {
        let filter = format!("proxyAddresses/any(p:p eq '{address}')");
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("$filter", &filter).finish();
        let (status, body) = client.send(GRAPH, "GET", &format!("{V1}/users?{query}&$select=userType"), None).await;
        assert_eq!(status, 200, "{body}");
        body["value"].as_array().unwrap().iter().map(|u| u["userType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("smtp:first.2@x.org").await, ["Guest"]);
    assert_eq!(found("SMTP:U1@mail.org").await, ["Member"]);
    assert_eq!(found("smtp:u1@mail.org").await, [""; 0]);
}

#[tokio::test]
async fn me_is_for_people() {
    let client = Client::start(&scenario(3)).await;
    let account = client.sim.world().state().account.clone();
    let ask = async |object_id: &str| {
        let token = token::issue(&account, object_id, "az", "https://graph.microsoft.com", token::LIFETIME);
        let response = client.http.get(format!("{V1}/me?$select=id,mail")).bearer_auth(token).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (status, me) = ask("00000000-0000-4000-8000-000000000001").await;
    assert_eq!((status, me["mail"].as_str()), (200, Some("u1@mail.org")));
    let (status, refused) = ask(&account.object_id).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (400, Some("BadRequest")));
}

#[tokio::test]
async fn known_ids_become_objects_and_unknown_ones_are_left_out() {
    let client = Client::start(&scenario(3)).await;
    let own = client.sim.world().state().account.object_id.clone();
    let by_ids = async |ids: &[&str], types: &[&str]| {
        let body = json!({"ids": ids, "types": types});
        client.send(GRAPH, "POST", &format!("{V1}/directoryObjects/getByIds"), Some(body)).await
    };
    let all = ["00000000-0000-4000-8000-000000000001", TEAM, &own, "11111111-0000-4000-8000-000000000001"];
    let (_, body) = by_ids(&all, &[]).await;
    let kinds: Vec<&str> = body["value"].as_array().unwrap().iter().filter_map(|o| o["@odata.type"].as_str()).collect();
    assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.group", "#microsoft.graph.servicePrincipal"]);
    assert_eq!(by_ids(&all, &["group"]).await.1["value"].as_array().unwrap().len(), 1);
    assert_eq!(by_ids(&[TEAM; 1001], &[]).await.0, 400);
    assert_eq!(by_ids(&all, &["toaster"]).await.0, 501);
}

#[tokio::test]
async fn who_spends_the_quota_is_told_to_wait_in_graphs_own_words() {
    let client = Client::start(&scenario(3)).await;
    let token = client.token(GRAPH).await;
    let app = client.sim.world().state().account.client_id.clone();
    let get = async || client.http.get(format!("{V1}/users/u1@x.org")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(get().await.headers()["x-ms-resource-unit"], "1");
    let now = tokio::time::Instant::now();
    client.sim.world().state().graph_quota.spend(&app, 3498, 3, now);
    let last = get().await;
    assert_eq!(
        (last.status().as_u16(), &last.headers()["x-ms-throttle-limit-percentage"]),
        (200, &"1.0".parse().unwrap())
    );
    let refused = get().await;
    assert_eq!(refused.status().as_u16(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(refused.headers()["x-ms-throttle-information"], "ResourceUnitLimitExceeded");
    assert!(refused.headers()["x-ms-throttle-scope"].to_str().unwrap().contains(&app));
    let body: Value = refused.json().await.unwrap();
    assert_eq!(
        (&body["error"]["code"], &body["error"]["innerError"]["status"]),
        (&json!("TooManyRequests"), &json!("429"))
    );
}

#[tokio::test]
async fn what_it_does_not_know_is_501_also_inside_a_batch() {
    let client = Client::start(&scenario(3)).await;
    for path in ["/users?$orderby=mail", "/users?$filter=startswith(mail,'a')", "/groups/delta/x", "/devices"] {
        assert_eq!(client.send(GRAPH, "GET", &format!("{V1}{path}"), None).await.0, 501, "{path}");
    }
    let item = |url: &str, headers: Value| json!({"id": url, "method": "GET", "url": url, "headers": headers});
    let batch = async |items: &[Value]| {
        client.send(GRAPH, "POST", &format!("{V1}/$batch"), Some(json!({"requests": items}))).await
    };
    let (status, body) = batch(&[item("/users/u1@x.org", json!({})), item("/devices", json!({}))]).await;
    assert!(status == 501 && body["error"]["message"].as_str().unwrap().contains("/devices"), "{body}");
    let cast = format!("/groups/{ALL}/transitiveMembers/microsoft.graph.user?$count=true");
    let terms = json!({"ConsistencyLevel": "eventual"});
    assert_eq!(batch(&[item(&cast, terms)]).await.1["responses"][0]["status"], 200);
    assert_eq!(batch(&[item(&cast, json!({}))]).await.1["responses"][0]["status"], 400, "the item's own headers count");
}
