//! An embedded cloud with what the samples take for granted, and the samples' requests put into its terms.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::client::{ARM, Client};

pub struct Azure {
    client: Client,
    token: String,
    pub group: String,
}

impl Azure {
    /// A group `rg` with a subnet, two free interfaces and an empty Flexible scale set.
    pub async fn start() -> Self {
        let client = Client::start("speed = 200.0\n").await;
        let token = client.token(ARM).await;
        let group = format!("/subscriptions/{}/resourceGroups/rg", client.text("subscription"));
        let azure = Self { client, token, group };
        azure.put("", json!({"location": "westus"})).await;
        let subnet = json!({"name": "default", "properties": {"addressPrefix": "172.20.2.0/24"}});
        let net = "Microsoft.Network";
        let network = json!({"location": "westus", "properties": {"addressSpace": {"addressPrefixes": ["172.20.0.0/16"]}, "subnets": [subnet]}});
        azure.put(&format!("{net}/virtualNetworks/vnet"), network).await;
        azure.put(&format!("{net}/networkSecurityGroups/nsg"), json!({"location": "westus"})).await;
        for name in ["nic", "nic2"] {
            let address = format!("{net}/publicIPAddresses/{name}-ip");
            let label = json!({"location": "westus", "sku": {"name": "Standard"}, "properties":
                {"publicIPAllocationMethod": "Static", "dnsSettings": {"domainNameLabel": format!("label-{name}")}}});
            azure.put(&address, label).await;
            let configuration = json!({"name": "ipconfig1", "properties": {
                "subnet": {"id": azure.id(&format!("{net}/virtualNetworks/vnet/subnets/default"))},
                "publicIPAddress": {"id": azure.id(&address)},
            }});
            let nic = json!({"location": "westus", "properties": {"ipConfigurations": [configuration],
                "networkSecurityGroup": {"id": azure.id(&format!("{net}/networkSecurityGroups/nsg"))}}});
            azure.put(&format!("{net}/networkInterfaces/{name}"), nic).await;
        }
        let set = json!({"location": "westus", "tags": {"a": "b"}, "properties":
            {"orchestrationMode": "Flexible", "platformFaultDomainCount": 1, "singlePlacementGroup": false}});
        azure.put("Microsoft.Compute/virtualMachineScaleSets/flex", set).await;
        azure
    }

    pub fn id(&self, resource: &str) -> String {
        match resource {
            "" => self.group.clone(),
            _ => format!("{}/providers/{resource}", self.group),
        }
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, http::HeaderMap, Value) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let url = format!("https://management.azure.com{path}{mark}api-version=2024-07-01");
        self.send(method, &url, body).await
    }

    async fn send(&self, method: &str, url: &str, body: Option<Value>) -> (u16, http::HeaderMap, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        (status, headers, body)
    }

    /// Follows what an answer started, at the pace it asks for.
    pub async fn finish(&self, headers: &http::HeaderMap) {
        let Some(url) = headers.get("azure-asyncoperation").and_then(|url| url.to_str().ok()) else { return };
        loop {
            let (status, headers, body) = self.send("GET", url, None).await;
            assert_eq!(status, 200, "{body}");
            match body["status"].as_str().unwrap() {
                "InProgress" | "Running" => {
                    let pause = headers["x-ms-retry-after-ms"].to_str().unwrap().parse().unwrap();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                ended => return assert_eq!(ended, "Succeeded", "{body}"),
            }
        }
    }

    /// Asks at a `Location` until there is an answer.
    pub async fn until_done(&self, location: &str) -> Value {
        loop {
            let (status, headers, body) = self.send("GET", location, None).await;
            if status != 202 {
                return body;
            }
            let pause = headers["x-ms-retry-after-ms"].to_str().unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// PUTs and waits; what the PUT answered.
    pub async fn put(&self, resource: &str, body: Value) -> Value {
        let (status, headers, answer) = self.call("PUT", &self.id(resource), Some(body)).await;
        assert!(status == 200 || status == 201, "{status} {answer}");
        self.finish(&headers).await;
        answer
    }

    pub async fn get(&self, resource: &str) -> Value {
        let (status, _, answer) = self.call("GET", &self.id(resource), None).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// A VM in the scale set with an extension in it.
    pub async fn machine(&self) {
        let vm = json!({"location": "westus", "tags": {"a": "b"}, "identity": {"type": "SystemAssigned"}, "properties": {
            "virtualMachineScaleSet": {"id": self.id("Microsoft.Compute/virtualMachineScaleSets/flex")},
            "hardwareProfile": {"vmSize": "Standard_B2s"},
            "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
                "osDisk": {"createOption": "FromImage", "diskSizeGB": 30}},
            "osProfile": {"computerName": "vm", "adminUsername": "clawadmin", "customData": "c2VjcmV0"},
            "networkProfile": {"networkInterfaces": [{"id": self.id("Microsoft.Network/networkInterfaces/nic")}]},
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": true}},
        }});
        self.put("Microsoft.Compute/virtualMachines/vm", vm).await;
        let extension = json!({"location": "westus", "tags": {"a": "b"}, "properties": {"publisher": "p", "type": "t",
            "typeHandlerVersion": "1.0", "autoUpgradeMinorVersion": true, "settings": {}}});
        self.put("Microsoft.Compute/virtualMachines/vm/extensions/e", extension).await;
    }

    /// The body of a sample's request, naming resources of this cloud; `None` where the samples aren't there.
    pub fn asked(&self, sample: &str, field: &str) -> Option<Value> {
        let root = std::env::var_os("CLAW_SHARED")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        let text = fs::read_to_string(root.join("facts/azure-examples").join(sample)).ok()?;
        let sample: Value = serde_json::from_str(&text).unwrap();
        Some(self.translated(&sample["parameters"][field]))
    }

    fn translated(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => json!(self.translated_text(text)),
            Value::Array(list) => list.iter().map(|v| self.translated(v)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(k, v)| (k.clone(), self.translated(v))).collect())
            }
            other => other.clone(),
        }
    }

    fn translated_text(&self, text: &str) -> String {
        let text = text
            .replace("{existing-nic-name}", "nic2")
            .replace("{existing-flex-vmss-name-with-platformFaultDomainCount-greater-than-1}", "flex")
            .replace("{your-username}", "clawadmin")
            .replace("{your-password}", "Pa55w0rd-of-nobody");
        // Whatever subscription and group the sample has in mind, here it is this one.
        match text.split_once("/resourceGroups/").filter(|(before, _)| before.starts_with("/subscriptions/")) {
            Some((_, rest)) => {
                let below = rest.split_once('/').map(|(_, below)| format!("/{below}")).unwrap_or_default();
                format!("{}{below}", self.group)
            }
            None => text,
        }
    }
}
