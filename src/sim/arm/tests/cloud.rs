//! A world with its owner as the caller.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::sim::{
    account::Account,
    arm::handle,
    clock::Clock,
    entra::Claims,
    scenario::Scenario,
    wire::Request,
    world::{RoleAssignment, State, World},
};

pub const ALICE: &str = "a1ce0000-0000-4000-8000-000000000001";

pub struct Cloud {
    pub world: Arc<World>,
    pub caller: Claims,
    subscription: String,
}

#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Answered {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{:#}", self.body);
        self
    }
}

impl Cloud {
    pub fn new(scenario: &str) -> Self {
        let user = format!("[[users]]\nid = \"{ALICE}\"\nupn = \"alice@example.com\"\nname = \"Alice\"\n{scenario}");
        let scenario: Scenario = toml::from_str(&user).unwrap();
        let account = Account::default();
        let owner = RoleAssignment {
            id: format!("{}/providers/Microsoft.Authorization/roleAssignments/owner", account.subscription_scope()),
            scope: account.subscription_scope(),
            principal: account.object_id.clone(),
            principal_type: "ServicePrincipal".into(),
            role: crate::sim::account::OWNER.into(),
            effective_at: OffsetDateTime::UNIX_EPOCH,
        };
        let caller = Claims {
            object_id: account.object_id.clone(),
            tenant: account.tenant.clone(),
            app_id: account.client_id.clone(),
            audience: "https://management.azure.com".into(),
            expires: i64::MAX,
        };
        let subscription = account.subscription_scope();
        let clock = Clock::new(scenario.speed.unwrap_or(1.0), &[]);
        let state = State { account, assignments: vec![owner], ..State::default() };
        Self {
            world: Arc::new(World {
                place: crate::sim::world::Place::default(),
                scenario,
                clock,
                chaos: crate::sim::chaos::Chaos::default(),
                state: Mutex::new(state),
            }),
            caller,
            subscription,
        }
    }

    /// With a resource group `rg` in it.
    pub async fn with_group(scenario: &str) -> Self {
        let cloud = Self::new(scenario);
        cloud.put(&cloud.group(), json!({"location": "eastus2"})).await.is(201);
        cloud
    }

    pub fn group(&self) -> String {
        format!("{}/resourceGroups/rg", self.subscription())
    }

    pub fn subscription(&self) -> String {
        self.subscription.clone()
    }

    /// Id of a resource of the group, e.g. `Microsoft.Compute/virtualMachines/x`.
    pub fn id(&self, resource: &str) -> String {
        format!("{}/providers/{resource}", self.group())
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answered {
        self.send_with(method, path, body, &[]).await
    }

    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&'static str, &str)],
    ) -> Answered {
        let (path, query) = path.split_once('?').unwrap_or((path, "api-version=2024-07-01"));
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let request = Request {
            method: method.into(),
            host: "management.azure.com".into(),
            path: path.into(),
            query,
            headers: map,
            body: body.map_or_else(Bytes::new, |b| Bytes::from(b.to_string())),
        };
        let response = handle(&self.world, &self.caller, &request).await;
        let body = serde_json::from_slice(&response.body).unwrap_or_default();
        Answered { status: response.status, headers: response.headers.into_iter().collect(), body }
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.send("GET", path, None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answered {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn post(&self, path: &str) -> Answered {
        self.send("POST", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answered {
        self.send("DELETE", path, None).await
    }

    /// Follows a URL of an answer.
    pub async fn follow(&self, url: &str) -> Answered {
        self.get(url.strip_prefix("https://management.azure.com").unwrap()).await
    }

    /// Polls what an answer started until it has ended; its last body.
    pub async fn finish(&self, started: &Answered) -> Value {
        let url = started.headers.get("azure-asyncoperation").expect("an operation").clone();
        loop {
            let polled = self.follow(&url).await.is(200);
            if !["InProgress", "Running"].contains(&polled.body["status"].as_str().unwrap()) {
                return polled.body;
            }
            let pause: u64 = polled.headers["x-ms-retry-after-ms"].parse().unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// PUT and wait; it must succeed.
    pub async fn make(&self, resource: &str, body: Value) -> Value {
        let id = self.id(resource);
        let started = self.put(&id, body).await;
        assert!(started.status < 300, "{started:#?}");
        if started.headers.contains_key("azure-asyncoperation") {
            let ended = self.finish(&started).await;
            assert_eq!(ended["status"], "Succeeded", "{ended:#}");
        }
        self.get(&id).await.is(200).body
    }

    /// Network, identity and scale set as claw's own template makes them.
    pub async fn with_fleet(scenario: &str) -> Self {
        let cloud = Self::with_group(scenario).await;
        let template: Value = serde_json::from_str(include_str!("../../../../assets/infra/fleet.json")).unwrap();
        let tenant = cloud.caller.tenant.clone();
        let parameters = parameters(json!({
            "location": "eastus2", "project": "p", "environment": "dev", "vaultName": "claw-vault",
            "tenantId": tenant, "sshFrom": ["0.0.0.0/0"], "otherRules": [], "fingerprint": "f",
        }));
        let ended = cloud.deploy("claw-infra", &template, parameters).await;
        assert_eq!(ended["status"], "Succeeded", "{ended:#}");
        cloud
    }

    /// Takes the template's lock from the scale set.
    pub async fn unlock(&self) {
        let lock =
            "Microsoft.Compute/virtualMachineScaleSets/openclaw/providers/Microsoft.Authorization/locks/claw-keep";
        self.delete(&self.id(lock)).await.is(200);
    }

    pub async fn deploy(&self, name: &str, template: &Value, parameters: Value) -> Value {
        let started = self.start_deployment(name, template, parameters).await;
        assert!(started.status < 300, "{started:#?}");
        self.finish(&started).await
    }

    pub async fn start_deployment(&self, name: &str, template: &Value, parameters: Value) -> Answered {
        let body = json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}});
        self.put(&self.id(&format!("Microsoft.Resources/deployments/{name}")), body).await
    }

    /// The member template's parameters for alice.
    pub fn member(&self) -> Value {
        let net = self.id("Microsoft.Network");
        parameters(json!({
            "location": "eastus2", "machineName": "claw-alice", "vmSize": "Standard_B2s", "adminUsername": "clawadmin",
            "sshPublicKey": "ssh-ed25519 AAAA operator", "customData": "I2Nsb3VkLWNvbmZpZwo=",
            "subnetId": format!("{net}/virtualNetworks/claw-vnet/subnets/machines"),
            "nsgId": format!("{net}/networkSecurityGroups/claw-nsg"),
            "scaleSetId": self.id("Microsoft.Compute/virtualMachineScaleSets/openclaw"),
            "identityId": self.id("Microsoft.ManagedIdentity/userAssignedIdentities/claw-fleet"),
            "dnsLabel": "claw-alice-0123abcd", "tags": {"claw-member": ALICE, "claw-slug": "alice"},
            "memberObjectId": ALICE,
            "loginAssignment": "00000000-0000-4000-8000-0000000000aa",
            "powerAssignment": "00000000-0000-4000-8000-0000000000bb",
            "loginRole": "fb879df8-f326-4884-b1cf-06f3ad86be52",
            "powerRole": "40c5ff49-9181-41f8-ae61-143b0e78555e",
        }))
    }

    /// The fleet with alice's machine in it.
    pub async fn with_alice(scenario: &str) -> Self {
        let cloud = Self::with_fleet(scenario).await;
        let ended = cloud.deploy("claw-alice", &member_template(), cloud.member()).await;
        assert_eq!(ended["status"], "Succeeded", "{ended:#}");
        cloud
    }

    pub fn alice(&self) -> String {
        self.id("Microsoft.Compute/virtualMachines/claw-alice")
    }

    /// Power state and provisioning state of alice's VM.
    pub async fn states(&self) -> (Option<String>, String) {
        let vm = self.get(&format!("{}?api-version=2024-07-01&$expand=instanceView", self.alice())).await.is(200).body;
        let statuses = vm["properties"]["instanceView"]["statuses"].as_array().unwrap().clone();
        let mut codes = statuses.iter().filter_map(|s| s["code"].as_str());
        let power = codes.find_map(|code| code.strip_prefix("PowerState/")).map(str::to_owned);
        (power, vm["properties"]["provisioningState"].as_str().unwrap().to_owned())
    }

    pub async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

pub fn member_template() -> Value {
    serde_json::from_str(include_str!("../../../../assets/infra/member.json")).unwrap()
}

/// Plain values as ARM wants them.
pub fn parameters(plain: Value) -> Value {
    let all = plain.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!({"value": value})));
    Value::Object(all.collect())
}
