//! The instance metadata service of one machine: tokens for its identities.

use std::{convert::Infallible, pin::pin};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::hardware::Hardware;
use crate::sim::token;

/// Serves one connection at a time, which is enough for a machine's boot; ends when it is dropped.
pub async fn serve(hardware: &Hardware, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(|request| async move {
            let (status, body) = answer(hardware, &request);
            let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
            *response.status_mut() = status;
            Ok::<_, Infallible>(response)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = pin!(connection).await {
            tracing::debug!(%error, "a metadata connection ended");
        }
    }
}

/// Status and body as the metadata service has them (`GET /metadata/identity/oauth2/token`).
fn answer(hardware: &Hardware, request: &Request<Incoming>) -> (StatusCode, Value) {
    let refused = |why: &str| (StatusCode::BAD_REQUEST, json!({"error": "invalid_request", "error_description": why}));
    if request.uri().path().trim_end_matches('/') != "/metadata/identity/oauth2/token" {
        return (StatusCode::NOT_FOUND, json!({"error": "Not found"}));
    }
    if request.headers().get("metadata").is_none_or(|value| value != "true") {
        return refused("Required metadata header not specified");
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if asked("api-version").is_none() {
        return refused("Required audience or api-version parameter not specified");
    }
    let Some(resource) = asked("resource") else {
        return refused("Required audience parameter not specified");
    };
    let spec = &hardware.spec;
    let identity = match asked("client_id").filter(|id| !id.is_empty()) {
        None => Some((spec.system_principal.as_str(), spec.system_principal.as_str())),
        Some(wanted) => spec
            .user_identities
            .iter()
            .find(|(client, _)| client.eq_ignore_ascii_case(wanted))
            .map(|(client, principal)| (client.as_str(), principal.as_str())),
    };
    let Some((client, principal)) = identity.filter(|(_, principal)| !principal.is_empty()) else {
        return refused("Identity not found");
    };
    let account = hardware.world.state().account.clone();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let body = json!({
        "access_token": token::issue(&account, principal, client, resource, token::LIFETIME),
        "client_id": client,
        "expires_in": token::LIFETIME.to_string(),
        "expires_on": (now + token::LIFETIME).to_string(),
        "ext_expires_in": token::LIFETIME.to_string(),
        "not_before": now.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    });
    (StatusCode::OK, body)
}
