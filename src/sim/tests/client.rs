//! A client as claw, `az` or an SDK would be one: the proxy, the authority, a client secret.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::sim::{Sim, SimOptions};

pub const ARM: &str = "https://management.azure.com/.default";
pub const GRAPH: &str = "https://graph.microsoft.com/.default";
pub const VAULT: &str = "https://vault.azure.net/.default";

/// An embedded cloud with a client of its own.
pub struct Client {
    pub sim: Sim,
    pub cloud: Value,
    pub http: reqwest::Client,
    _folder: TempDir,
}

impl Client {
    /// A cloud that runs `scenario` (TOML text).
    pub async fn start(scenario: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("scenario.toml");
        fs::write(&path, scenario).unwrap();
        let dir = folder.path().join("cloud");
        let sim = Sim::start(&SimOptions { dir, scenario: Some(path), port: 0 }).await.unwrap();
        let cloud: Value = serde_json::from_str(&fs::read_to_string(&sim.cloud_file).unwrap()).unwrap();
        let ca = fs::read(sim.dir().join(cloud["ca"].as_str().unwrap())).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let http = builder(&cloud).tls_certs_only([ca]).build().unwrap();
        Self { sim, cloud, http, _folder: folder }
    }

    pub fn text(&self, name: &str) -> &str {
        self.cloud[name].as_str().unwrap()
    }

    /// Asks for a token with a scope and a secret.
    pub async fn ask_token(&self, scope: &str, secret: &str) -> (u16, Value) {
        let form = [
            ("client_id", self.cloud["credential"]["clientId"].as_str().unwrap()),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
            ("scope", scope),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let url = format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.text("tenant"));
        let request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn token(&self, scope: &str) -> String {
        let secret = self.cloud["credential"]["clientSecret"].as_str().unwrap();
        let (status, body) = self.ask_token(scope, secret).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a request with a fresh token of the scope; the answer's body may be empty.
    pub async fn send(&self, scope: &str, method: &str, url: &str, body: Option<Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url).bearer_auth(self.token(scope).await);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(json!(null)))
    }

    /// Sends a bare `CONNECT` and returns the status line's code and the text after the head.
    pub async fn connect(&self, target: &str) -> (u16, String) {
        let (status, mut stream) = self.tunnel(target).await;
        let mut body = String::new();
        stream.read_to_string(&mut body).await.unwrap();
        (status, body)
    }

    /// The status of a `CONNECT`, and what is behind it, past the head.
    pub async fn tunnel(&self, target: &str) -> (u16, TcpStream) {
        let address = self.text("proxy").strip_prefix("http://").unwrap().to_owned();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), stream)
    }
}

/// A client that goes through the proxy and trusts nobody yet but the system's authorities.
pub fn builder(cloud: &Value) -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().proxy(reqwest::Proxy::all(cloud["proxy"].as_str().unwrap()).unwrap())
}

/// Permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}
