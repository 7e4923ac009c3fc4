//! Inside the tunnel: TLS, then HTTP/2 or HTTP/1.1, then the dispatcher.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    dispatch::{self, Outcome},
    front::Front,
    wire::{Request, Response},
};

/// ARM takes 4 MB; more is a mistake here as well.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Between the first half of a torn answer and the cut.
const TORN_AFTER: std::time::Duration = std::time::Duration::from_millis(100);

/// Why a request got no answer: its connection is being cut.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut")]
struct Cut;

type Body = UnsyncBoxBody<Bytes, Cut>;

/// Serves one connection until either side ends it.
pub async fn serve(front: Arc<Front>, tls: TlsAcceptor, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    // A fault, or the end of the cloud, cuts the connection with all that runs on it.
    let cut = front.stop.child_token();
    let connection = async {
        let stream = match tls.accept(stream).await {
            Ok(stream) => stream,
            Err(error) => return tracing::debug!(%error, "TLS handshake"),
        };
        let service = service_fn(|request| exchange(front.clone(), cut.clone(), request));
        let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
            tracing::debug!(%error, "HTTPS connection");
        }
    };
    tokio::select! {
        () = cut.cancelled() => {}
        () = connection => {}
    }
}

async fn exchange(
    front: Arc<Front>,
    cut: CancellationToken,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Body>, Cut> {
    let request = match read(request).await {
        Ok(request) => request,
        Err(response) => return Ok(write(response).map(whole)),
    };
    let outcome = tokio::select! {
        () = cut.cancelled() => return Err(Cut),
        outcome = dispatch::dispatch(&front, &request) => outcome,
    };
    match outcome {
        Outcome::Answer(response) => Ok(write(response).map(whole)),
        Outcome::Torn(response) => Ok(write(response).map(half)),
        Outcome::Silence => {
            cut.cancelled().await;
            Err(Cut)
        }
        Outcome::Cut => {
            cut.cancel();
            Err(Cut)
        }
    }
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// The first half, and then no more.
fn half(body: Bytes) -> Body {
    let first = body.slice(..body.len() / 2);
    // A reset that comes at once would take along what is still in HTTP/2's queue.
    let end = stream::once(async {
        tokio::time::sleep(TORN_AFTER).await;
        Err(Cut)
    });
    StreamBody::new(stream::iter([Ok(Frame::data(first))]).chain(end)).boxed_unsync()
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        Response::error(413, "RequestContentTooLarge", &format!("the request's body can't be read: {error}"))
    })?;
    Ok(understand(parts, body.to_bytes()))
}

/// A request as the services see it.
pub fn understand(parts: http::request::Parts, body: Bytes) -> Request {
    // HTTP/2 has no Host header; its authority stands in the URI.
    let header = parts.headers.get("host").and_then(|host| host.to_str().ok());
    let authority = parts.uri.authority().map(http::uri::Authority::as_str).or(header).unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = percent_decode(parts.uri.path());
    Request {
        method: parts.method.as_str().to_owned(),
        host,
        path: if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path },
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
    }
}

/// A path's `%41` is `A`; its `+` stays one, unlike a query's.
pub fn percent_decode(path: &str) -> String {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = (byte == b'%').then(|| after.get(..2)).flatten();
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(hex.unwrap_or(byte));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// An answer as HTTP has it.
pub fn write(answer: Response) -> http::Response<Bytes> {
    let mut response = http::Response::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        match (HeaderName::try_from(&name), HeaderValue::try_from(&value)) {
            (Ok(name), Ok(value)) => {
                response.headers_mut().append(name, value);
            }
            _ => tracing::warn!(%name, "an answer's header can't be sent"),
        }
    }
    let id = uuid::Uuid::new_v4().to_string();
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().entry("x-ms-request-id").or_insert(id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn paths_are_decoded_and_broken_escapes_kept() {
        assert_eq!(percent_decode("/users/alice%40example.com"), "/users/alice@example.com");
        assert_eq!(percent_decode("/a+b/%C3%A4/%zz/%4"), "/a+b/ä/%zz/%4");
    }
}
