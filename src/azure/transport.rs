//! One reqwest client under azure_core's `HttpClient`, with failures that say what they are.
//!
//! azure_core retries whatever it takes for a broken connection: an untrusted certificate takes it more than
//! a minute to report. Failures leave here as [`TransportFailure`] under `ErrorKind::Other`, which nothing retries.

use std::{collections::HashMap, path::Path, time::Duration};

use azure_core::{
    error::{Error, ErrorKind},
    http::{
        AsyncRawResponse, Body, HttpClient, Request,
        headers::{HeaderName, HeaderValue, Headers},
    },
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, future::ready};

use super::{
    direct::Direct,
    lazy_client::LazyClient,
    settings::CloudSettings,
    throttle::Throttle,
    transport_failure::{TransportFailure, innermost},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Between two reads, not for the whole answer.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Of one answer, unpacked: a page of a thousand machines has some 5 MiB.
const LONGEST: usize = 64 << 20;

/// Why no client could be made from the settings.
#[derive(Debug, thiserror::Error)]
pub enum TransportSetup {
    #[error("the certificate file {path} cannot be read: {source}")]
    UnreadableCa { path: String, source: std::io::Error },
    #[error("the certificate file {path} holds no PEM certificate")]
    NoCertificate { path: String },
    #[error("the proxy {proxy} cannot be used: {source}")]
    Proxy { proxy: String, source: reqwest::Error },
}

#[derive(Debug)]
enum Client {
    Network(LazyClient),
    Direct(Direct),
}

/// The only thing that sends.
#[derive(Debug)]
pub struct Transport {
    client: Client,
    /// For messages; without the user and password it may hold.
    proxy: Option<String>,
    throttle: Throttle,
}

impl Transport {
    pub fn new(settings: &CloudSettings, throttle: Throttle) -> Result<Self, TransportSetup> {
        if let Some(direct) = settings.direct.clone() {
            return Ok(Self { client: Client::Direct(direct), proxy: None, throttle });
        }
        // Only the first caller's provider stays; an Err says that there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        let pems = settings.ca.iter().map(|path| Pem::read(path)).collect::<Result<Vec<_>, _>>()?;
        let shown = settings.proxy.as_ref().map(without_credentials);
        if let Some(url) = &settings.proxy {
            let proxy = reqwest::Proxy::all(url.clone())
                .map_err(|source| TransportSetup::Proxy { proxy: without_credentials(url), source })?;
            // A managed identity's endpoint is on this machine or beside it; no proxy reaches that one.
            let proxy = proxy.no_proxy(reqwest::NoProxy::from_string("169.254.169.254,127.0.0.1,localhost"));
            // For every other host: NO_PROXY and its like are not asked.
            builder = builder.no_proxy().proxy(proxy);
        }
        let client = LazyClient::new(move || {
            for pem in pems {
                builder = builder.tls_certs_merge(pem.certificates().map_err(|error| error.to_string())?);
            }
            builder.build().map_err(|error| error.to_string())
        });
        Ok(Self { client: Client::Network(client), proxy: shown, throttle })
    }
}

#[async_trait::async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.throttle.count();
        let answer = match &self.client {
            Client::Network(client) => {
                let made = client.get().await.map_err(|reason| TransportFailure::Setup { reason }.into_core())?;
                self.over_network(&made, request).await
            }
            Client::Direct(direct) => within(direct, request).await,
        }?;
        // What failed is told by its status; what seems to have gone well must be Azure's word.
        match u16::from(answer.status()) < 400 && is_page(answer.headers()) {
            true => Err(TransportFailure::Impostor { host: host_of(request) }.into_core()),
            false => Ok(answer),
        }
    }
}

impl Transport {
    async fn over_network(&self, client: &reqwest::Client, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let host = host_of(request);
        let method = reqwest::Method::from_bytes(request.method().as_ref().as_bytes())
            .map_err(|error| Error::new(ErrorKind::Other, error))?;
        let mut out = client.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            out = out.header(name.as_str(), value.as_str());
        }
        out = match request.body().clone() {
            Body::Bytes(bytes) => out.body(bytes),
            Body::SeekableStream(stream) => out.body(reqwest::Body::wrap_stream(stream)),
        };
        let answer = match out.send().await {
            Ok(answer) => answer,
            // `without_url`: a SAS URL is a secret.
            Err(error) => {
                return Err(TransportFailure::of(&host, self.proxy.as_deref(), &error.without_url()).into_core());
            }
        };
        let status = answer.status().as_u16();
        let headers = headers(answer.headers());
        let over = TransportFailure::Endless { host: host.clone(), megabytes: LONGEST >> 20 };
        let body = answer.bytes_stream().map_err(move |error| {
            let reason = innermost(&error.without_url());
            TransportFailure::Torn { host: host.clone(), reason }.into_core()
        });
        let body = bounded(body, LONGEST, move || over.clone().into_core());
        Ok(AsyncRawResponse::new(status.into(), headers, Box::pin(body)))
    }
}

/// Passes on what comes until it is more than `most` bytes; then an error, and nothing more is read.
fn bounded<E>(
    body: impl Stream<Item = Result<Bytes, E>>,
    most: usize,
    over: impl Fn() -> E,
) -> impl Stream<Item = Result<Bytes, E>> {
    body.scan(Some(most), move |left, piece| {
        let Some(room) = *left else { return ready(None) };
        ready(Some(piece.and_then(|bytes| {
            *left = room.checked_sub(bytes.len());
            if left.is_some() { Ok(bytes) } else { Err(over()) }
        })))
    })
}

/// The same to a cloud in this process.
async fn within(direct: &Direct, request: &Request) -> azure_core::Result<AsyncRawResponse> {
    let host = host_of(request);
    let mut out = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        out = out.header(name.as_str(), value.as_str());
    }
    let Body::Bytes(body) = request.body().clone() else {
        return Err(Error::with_message(ErrorKind::Other, "a streamed body goes over the network only"));
    };
    let out = out.body(body).map_err(|error| Error::new(ErrorKind::Other, error))?;
    let broken =
        |error: std::io::Error| TransportFailure::Broken { host: host.clone(), reason: error.to_string() }.into_core();
    let (head, body) = direct.send(out).await.map_err(broken)?.into_parts();
    let body =
        body.map_err(move |error| TransportFailure::Torn { host: host.clone(), reason: error.to_string() }.into_core());
    Ok(AsyncRawResponse::new(head.status.as_u16().into(), headers(&head.headers), Box::pin(body)))
}

fn is_page(headers: &Headers) -> bool {
    let kind = headers.get_optional_str(&azure_core::http::headers::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

fn host_of(request: &Request) -> String {
    request.url().host_str().unwrap_or_default().to_owned()
}

/// azure_core keeps one value a name; repeated ones (`x-ms-ratelimit-remaining-resource`) are joined by commas.
fn headers(map: &reqwest::header::HeaderMap) -> Headers {
    let mut all: HashMap<HeaderName, HeaderValue> = HashMap::new();
    for name in map.keys() {
        let values: Vec<&str> = map.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
        all.insert(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(values.join(", ")));
    }
    Headers::from(all)
}

/// A file of certificates, not decoded yet: a system's bundle has hundreds.
struct Pem {
    path: String,
    text: Vec<u8>,
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

impl Pem {
    fn read(path: &Path) -> Result<Self, TransportSetup> {
        let shown = path.display().to_string();
        let read = std::fs::read(path);
        let text = read.map_err(|source| TransportSetup::UnreadableCa { path: shown.clone(), source })?;
        match text.windows(BEGIN.len()).any(|part| part == BEGIN) {
            true => Ok(Self { path: shown, text }),
            false => Err(TransportSetup::NoCertificate { path: shown }),
        }
    }

    fn certificates(self) -> Result<Vec<reqwest::Certificate>, TransportSetup> {
        match reqwest::Certificate::from_pem_bundle(&self.text) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(TransportSetup::NoCertificate { path: self.path }),
        }
    }
}

fn without_credentials(url: &url::Url) -> String {
    let port = url.port_or_known_default().map(|p| format!(":{p}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_without_end_is_left() {
        let endless = |read: &'static std::sync::atomic::AtomicUsize| {
            futures::stream::repeat_with(move || {
                read.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ok::<_, &str>(Bytes::from_static(b"0123456789"))
            })
        };
        static READ: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let got: Vec<_> = bounded(endless(&READ), 35, || "over").collect().await;
        assert_eq!((got.len(), got[3].clone()), (4, Err("over")));
        assert!(READ.load(std::sync::atomic::Ordering::SeqCst) <= 5);
        let fits: Vec<_> = bounded(endless(&READ).take(3), 30, || "over").try_collect().await.unwrap();
        let fits: Vec<Bytes> = fits;
        assert_eq!(fits.len(), 3);
    }
}
