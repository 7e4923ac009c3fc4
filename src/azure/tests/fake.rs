//! A scripted Azure: a CONNECT proxy that ends TLS itself with a certificate authority made at start.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{rt::TokioExecutor, rt::TokioIo, server::conn::auto};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls};

use crate::{
    azure::{Cloud, CloudSettings, settings::CredentialSettings},
    fleet::names::Names,
};

pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";
pub const SUBSCRIPTION: &str = "22222222-2222-2222-2222-222222222222";
pub const CALLER: &str = "33333333-3333-3333-3333-333333333333";
pub const ARM: &str = "https://management.azure.com";
pub const SECRET: &str = "the-client-secret";

/// A request as it came out of TLS.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub host: String,
    pub path: String,
    /// As sent, encoded.
    pub query: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Asked {
    /// `GET management.azure.com/path`, path in lower case.
    pub fn line(&self) -> String {
        format!("{} {}{}", self.method, self.host, self.path.to_lowercase())
    }

    pub fn is(&self, method: &str, path_end: &str) -> bool {
        self.method == method && self.path.to_lowercase().ends_with(&path_end.to_lowercase())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn has_token(&self) -> bool {
        self.headers.contains_key("authorization")
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    broken: bool,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string().into(), broken: false }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned().into(), broken: false }
    }

    /// The connection ends without an answer.
    pub fn broken() -> Self {
        Self { broken: true, ..Self::text(500, "") }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The pause that the embedded cloud names on its fast clock.
    pub fn soon(self) -> Self {
        self.header("retry-after", "1").header("x-ms-retry-after-ms", "20")
    }
}

type Script = Box<dyn Fn(&Asked) -> Option<Reply> + Send + Sync>;

struct State {
    script: Script,
    asked: Mutex<Vec<Asked>>,
    missed: Mutex<Vec<String>>,
    tls: Arc<rustls::ServerConfig>,
}

pub struct Fake {
    state: Arc<State>,
    port: u16,
    folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Fake {
    /// Token requests are answered already; what the script leaves is 501 and fails the test.
    pub async fn start(script: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Self::with_sign_in(move |asked| token(asked).or_else(|| script(asked))).await
    }

    /// The script answers token requests as well.
    pub async fn with_sign_in(script: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let (ca, tls) = certificates();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca).unwrap();
        let state =
            Arc::new(State { script: Box::new(script), asked: Mutex::default(), missed: Mutex::default(), tls });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, serving.clone()));
            }
        });
        Self { state, port, folder, task }
    }

    pub fn settings(&self) -> CloudSettings {
        CloudSettings {
            tenant: Some(TENANT.to_owned()),
            subscription: Some(SUBSCRIPTION.to_owned()),
            proxy: Some(format!("http://127.0.0.1:{}", self.port).parse().unwrap()),
            ca: vec![self.folder.path().join("ca.pem")],
            credential: CredentialSettings::ClientSecret { client_id: "app".to_owned(), secret: SECRET.into() },
            ..CloudSettings::public()
        }
    }

    pub fn cloud(&self) -> Cloud {
        Cloud::new(&self.settings()).unwrap()
    }

    /// Every request except those for tokens.
    pub fn asked(&self) -> Vec<Asked> {
        let all = self.state.asked.lock().unwrap();
        all.iter().filter(|a| !a.path.ends_with("/oauth2/v2.0/token")).cloned().collect()
    }

    /// The requests for tokens.
    pub fn sign_ins(&self) -> Vec<Asked> {
        let all = self.state.asked.lock().unwrap();
        all.iter().filter(|a| a.path.ends_with("/oauth2/v2.0/token")).cloned().collect()
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
        if !std::thread::panicking() {
            assert_eq!(*self.state.missed.lock().unwrap(), Vec::<String>::new(), "requests nobody expected");
        }
    }
}

pub fn names() -> Names {
    Names {
        subscription: SUBSCRIPTION.to_owned(),
        resource_group: "openclaw-rg".to_owned(),
        location: "eastus2".to_owned(),
    }
}

pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"code": code, "message": message}}))
}

/// CA in PEM and a server that speaks for every host claw knows.
pub fn certificates() -> (String, Arc<rustls::ServerConfig>) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let hosts = [
        "management.azure.com",
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "*.vault.azure.net",
        "*.blob.core.windows.net",
        "prices.azure.com",
    ];
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(hosts.map(str::to_owned).to_vec()).unwrap().signed_by(&key, &ca).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (ca.pem(), Arc::new(config))
}

async fn tunnel(mut stream: TcpStream, state: Arc<State>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let host = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()).unwrap_or_default().to_owned();
    if host.is_empty() || stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_err() {
        return;
    }
    let Ok(tls) = TlsAcceptor::from(state.tls.clone()).accept(stream).await else { return };
    let service = service_fn(move |request| answer(request, host.clone(), state.clone()));
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), service).await;
}

async fn answer(
    request: http::Request<Incoming>,
    host: String,
    state: Arc<State>,
) -> Result<http::Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let asked = Asked {
        method: parts.method.to_string(),
        host,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.collect().await.map_err(std::io::Error::other)?.to_bytes(),
    };
    state.asked.lock().unwrap().push(asked.clone());
    let reply = (state.script)(&asked).unwrap_or_else(|| {
        state.missed.lock().unwrap().push(format!("{}?{}", asked.line(), asked.query));
        error(501, "NotScripted", "nobody expected this")
    });
    if reply.broken {
        return Err(std::io::Error::other("broken on purpose"));
    }
    let mut response = http::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(reply.body)).unwrap())
}

/// Answers token requests with `token-0`, `token-1` and so on.
pub fn numbered_token(asked: &Asked, given: &AtomicUsize) -> Option<Reply> {
    asked.path.ends_with("/oauth2/v2.0/token").then(|| {
        let token = format!("token-{}", given.fetch_add(1, SeqCst));
        Reply::json(200, json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token}))
    })
}

fn token(asked: &Asked) -> Option<Reply> {
    if !asked.is("POST", &format!("/{TENANT}/oauth2/v2.0/token")) {
        return None;
    }
    let claims = json!({"oid": CALLER, "tid": TENANT, "appid": "app", "idtyp": "app"});
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Some(Reply::json(200, json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token})))
}
