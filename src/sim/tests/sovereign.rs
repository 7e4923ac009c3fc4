//! The other clouds: their hosts and nobody else's (azure.md §11).

use serde_json::{Value, json};

use super::client::Client;

const CLOUDS: [(&str, &str, &str, &str, &str); 3] = [
    ("public", "management.azure.com", "login.microsoftonline.com", "graph.microsoft.com", "vault.azure.net"),
    (
        "usgov",
        "management.usgovcloudapi.net",
        "login.microsoftonline.us",
        "graph.microsoft.us",
        "vault.usgovcloudapi.net",
    ),
    (
        "china",
        "management.chinacloudapi.cn",
        "login.chinacloudapi.cn",
        "microsoftgraph.chinacloudapi.cn",
        "vault.azure.cn",
    ),
];

async fn token(client: &Client, login: &str, host: &str) -> String {
    let text = |name: &str| client.cloud["credential"][name].as_str().unwrap().to_owned();
    let (id, secret, scope) = (text("clientId"), text("clientSecret"), format!("https://{host}/.default"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("scope", scope.as_str()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("https://{login}/{}/oauth2/v2.0/token", client.text("tenant"));
    let answer: Value = client.http.post(url).body(body).send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn each_cloud_answers_under_its_own_hosts_only() {
    for (cloud, arm, login, graph, vault) in CLOUDS {
        let client = Client::start(&format!("cloud = \"{cloud}\"")).await;
        assert_eq!(client.text("environment"), cloud);
        let group = format!("https://{arm}/subscriptions/{}/resourceGroups/rg", client.text("subscription"));
        let for_arm = token(&client, login, arm).await;
        let send = async |method: reqwest::Method, url: &str, token: &str, body: Value| -> (u16, String, Value) {
            let response = client.http.request(method, url).bearer_auth(token).json(&body).send().await.unwrap();
            let location = response.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
            let status = response.status().as_u16();
            (status, location.unwrap_or_default(), response.json().await.unwrap_or_default())
        };
        let put = async |path: &str, body: Value| -> Value {
            let url = format!("{group}{path}?api-version=2024-07-01");
            let (status, _, answer) = send(reqwest::Method::PUT, &url, &for_arm, body).await;
            assert_eq!(status / 100, 2, "{cloud} {path}: {answer}");
            answer
        };
        let location = json!({"location": "here"});
        put("", location.clone()).await;
        let made = put(
            "/providers/Microsoft.KeyVault/vaults/claw-v",
            json!({"location": "here", "properties": {"tenantId": client.text("tenant"), "enableRbacAuthorization": true,
                "sku": {"family": "A", "name": "standard"}}}),
        )
        .await;
        assert_eq!(made["properties"]["vaultUri"], format!("https://claw-v.{vault}/"));
        let address = put(
            "/providers/Microsoft.Network/publicIPAddresses/a",
            json!({"location": "here", "sku": {"name": "Standard"}, "properties":
                {"publicIPAllocationMethod": "Static", "dnsSettings": {"domainNameLabel": "label-a"}}}),
        )
        .await;
        let suffix = client.sim.world().scenario.cloud.hosts().dns;
        assert_eq!(address["properties"]["dnsSettings"]["fqdn"], format!("label-a.here.{suffix}"));

        // A token that is made out to another host is refused, and the challenge names this cloud's Entra.
        let (status, ..) =
            send(reqwest::Method::GET, &format!("https://{graph}/v1.0/users"), &for_arm, json!({})).await;
        assert_eq!(status, 401, "{cloud}");
        let (status, _, users) = send(
            reqwest::Method::GET,
            &format!("https://{graph}/v1.0/users"),
            &token(&client, login, graph).await,
            json!({}),
        )
        .await;
        assert!(status == 200 && users["@odata.context"].as_str().unwrap().contains(graph), "{cloud}: {users}");
        let challenged =
            client.http.get(format!("https://claw-v.{vault}/secrets?api-version=7.5")).send().await.unwrap();
        let challenge = challenged.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains(&format!("https://{login}/")) && challenge.contains(vault), "{challenge}");
        let (status, link, _) =
            send(reqwest::Method::DELETE, &format!("{group}?api-version=2024-07-01"), &for_arm, json!({})).await;
        assert!(status == 202 && link.starts_with(&format!("https://{arm}/")), "{cloud}: {status} {link}");

        let limit = if cloud == "public" { 4000 } else { 2000 };
        for (more, expected) in [(limit - 1, 201), (limit, 400)] {
            let mut one = client.sim.world().state().assignments[0].clone();
            one.principal = "x".into();
            client.sim.world().state().assignments.resize(more, one);
            let role = "/providers/Microsoft.Authorization/roleDefinitions/fb879df8-f326-4884-b1cf-06f3ad86be52";
            let grant = json!({"properties": {"roleDefinitionId": role, "principalType": "User",
                "principalId": format!("a1ce0000-0000-4000-8000-00000000{more:04}")}});
            let name = format!("00000000-0000-4000-8000-00000000{more:04}");
            let url = format!(
                "https://{arm}/subscriptions/{}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01",
                client.text("subscription")
            );
            let (status, _, answer) = send(reqwest::Method::PUT, &url, &for_arm, grant).await;
            assert_eq!(status, expected, "{cloud} with {more}: {answer}");
        }

        assert_eq!(client.sim.unknown_requests(), Vec::<String>::new());
        let others = CLOUDS
            .iter()
            .filter(|(other, ..)| *other != cloud)
            .flat_map(|(_, arm, login, graph, _)| [arm, login, graph]);
        let mut expected = Vec::new();
        for host in others {
            assert!(client.http.get(format!("https://{host}/")).send().await.is_err(), "{host} in {cloud}");
            expected.push(format!("CONNECT {host}:443"));
        }
        assert_eq!(client.sim.unknown_requests(), expected);
    }
}
