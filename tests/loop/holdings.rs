//! What the embedded cloud holds, asked on the wire by a client that is not claw.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

use regex::Regex;
use serde_json::Value;

use crate::cloud::Cloud;

/// Everything below a group as sorted lines, with what its vault holds, and without what differs from run to run: keys,
/// addresses, times, generated ids.
pub fn of(cloud: &Cloud, group: &str) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let held = runtime.block_on(Wire::new(cloud).holdings(group));
    held.iter().map(|line| GENERATED.replace_all(line, "…").into_owned()).collect()
}

/// The subscription's id, and what is derived from it: the vault's name, DNS labels, the mark of what was deployed.
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("subscriptions/[0-9a-f-]{36}|claw-[0-9a-f]{16}|claw-dns=[^,]*|claw-infra=[^,]*").unwrap()
});

struct Wire {
    http: reqwest::Client,
    file: Value,
}

impl Wire {
    fn new(cloud: &Cloud) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let file: Value = serde_json::from_str(&fs::read_to_string(cloud.path("sim/cloud.json")).unwrap()).unwrap();
        let ca = reqwest::Certificate::from_pem(&fs::read(cloud.path("sim/ca.pem")).unwrap()).unwrap();
        let proxy = reqwest::Proxy::all(file["proxy"].as_str().unwrap()).unwrap();
        let http = reqwest::Client::builder().no_proxy().proxy(proxy).tls_certs_only([ca]).build().unwrap();
        Self { http, file }
    }

    async fn token(&self, audience: &str) -> String {
        let form = [
            ("client_id", self.file["credential"]["clientId"].as_str().unwrap()),
            ("client_secret", self.file["credential"]["clientSecret"].as_str().unwrap()),
            ("grant_type", "client_credentials"),
            ("scope", &format!("https://{audience}/.default")),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let tenant = self.file["tenant"].as_str().unwrap();
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// `None` for what is not there.
    async fn get(&self, token: &str, path: &str) -> Option<Value> {
        self.get_at(token, &format!("https://management.azure.com{path}")).await
    }

    async fn get_at(&self, token: &str, url: &str) -> Option<Value> {
        loop {
            let answer = self.http.get(url).bearer_auth(token).send().await.unwrap();
            match answer.status().as_u16() {
                200 => return Some(answer.json().await.unwrap()),
                404 => return None,
                // claw has spent what one second allows.
                429 => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                status => panic!("{url}: {status} {}", answer.text().await.unwrap()),
            }
        }
    }

    async fn holdings(&self, group: &str) -> BTreeSet<String> {
        let token = self.token("management.azure.com").await;
        let at = format!("/subscriptions/{}/resourceGroups/{group}", self.file["subscription"].as_str().unwrap());
        let mut held = BTreeSet::new();
        if self.get(&token, &format!("{at}?api-version=2024-07-01")).await.is_none() {
            return held;
        }
        let list = |path: &str| format!("{at}/{path}");
        for resource in self.all(&token, &list("resources?api-version=2024-07-01")).await {
            held.insert(format!("{} {} {}", resource["type"], resource["name"], tags(&resource)));
            if resource["type"].as_str().unwrap().eq_ignore_ascii_case("Microsoft.KeyVault/vaults") {
                held.extend(self.secrets(resource["name"].as_str().unwrap()).await);
            }
        }
        let mut identities = BTreeMap::new();
        let assigned = "providers/Microsoft.ManagedIdentity/userAssignedIdentities?api-version=2023-01-31";
        for identity in self.all(&token, &list(assigned)).await {
            identities.insert(identity["properties"]["principalId"].to_string(), identity["name"].to_string());
        }
        let blocks = "providers/Microsoft.Network/networkSecurityGroups?api-version=2024-05-01";
        for block in self.all(&token, &list(blocks)).await {
            for rule in block["properties"]["securityRules"].as_array().into_iter().flatten() {
                held.insert(format!("{} {}: {}", block["name"], rule["name"], rule["properties"]));
            }
        }
        let machines = "providers/Microsoft.Compute/virtualMachines";
        for machine in self.all(&token, &list(&format!("{machines}?api-version=2024-07-01"))).await {
            let name = machine["name"].as_str().unwrap();
            let one = list(&format!("{machines}/{name}?api-version=2024-07-01&$expand=instanceView"));
            let one = self.get(&token, &one).await.unwrap();
            let statuses = one["properties"]["instanceView"]["statuses"].as_array().unwrap().iter();
            let codes: Vec<_> = statuses.map(|s| s["code"].as_str().unwrap()).collect();
            held.insert(format!("{name}: {codes:?} {}", one["properties"]["hardwareProfile"]));
            identities.insert(one["identity"]["principalId"].to_string(), name.to_owned());
        }
        let roles = "providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01";
        for role in self.all(&token, &list(roles)).await {
            let role = &role["properties"];
            // Who is no person of the scenario is an identity that Azure has made, of a machine that may be gone.
            let who = match &role["principalId"] {
                person if role["principalType"] == "User" => person.to_string(),
                own => identities.get(&own.to_string()).cloned().unwrap_or_else(|| "another".to_owned()),
            };
            held.insert(format!("{} at {} for {who}", role["roleDefinitionId"], role["scope"]).to_lowercase());
        }
        let budget = "providers/Microsoft.Consumption/budgets/claw-monthly?api-version=2023-11-01";
        if let Some(budget) = self.get(&token, &list(budget)).await {
            held.insert(format!("budget {}", budget["properties"]["amount"]));
        }
        for lock in self.all(&token, &list("providers/Microsoft.Authorization/locks?api-version=2020-05-01")).await {
            held.insert(format!("lock {}", lock["id"]).to_lowercase());
        }
        held
    }

    /// Names and values.
    async fn secrets(&self, vault: &str) -> Vec<String> {
        let token = self.token("vault.azure.net").await;
        let mut next = Some(format!("https://{vault}.vault.azure.net/secrets?api-version=7.5"));
        let mut told = Vec::new();
        while let Some(url) = next {
            let page = self.get_at(&token, &url).await.unwrap();
            for secret in page["value"].as_array().unwrap() {
                let id = secret["id"].as_str().unwrap();
                let one = self.get_at(&token, &format!("{id}?api-version=7.5")).await.unwrap();
                told.push(format!("{}: {}", id.rsplit('/').next().unwrap(), one["value"]));
            }
            next = page["nextLink"].as_str().filter(|link| !link.is_empty()).map(str::to_owned);
        }
        told
    }

    async fn all(&self, token: &str, path: &str) -> Vec<Value> {
        let page = self.get(token, path).await.unwrap_or_else(|| panic!("{path} is not there"));
        assert!(page["nextLink"].is_null(), "more than one page: {path}");
        page["value"].as_array().unwrap().clone()
    }
}

/// Tags, of the host key only that there is one.
fn tags(resource: &Value) -> String {
    let Some(tags) = resource["tags"].as_object() else { return String::new() };
    let told = tags.iter().map(|(name, value)| match name.as_str() {
        "claw-host-key" => format!("{name}={}", value.as_str().unwrap().starts_with("ssh-ed25519 ")),
        _ => format!("{name}={value}"),
    });
    told.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}
