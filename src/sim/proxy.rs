//! The one port: an HTTP proxy. `CONNECT host:443` ends in the embedded services behind TLS,
//! `CONNECT address:22` in a machine's SSH server.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{
    door::Closed,
    front::Front,
    hosts::{self, Host},
    https, tunnel,
};

/// Accepts connections until the cloud stops. Every task it starts ends then, too.
pub async fn run(front: Arc<Front>, tls: TlsAcceptor, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = front.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(front.clone(), tls.clone(), stream, peer));
            }
            // Out of file descriptors, most likely; some will be given back.
            Err(error) => {
                tracing::warn!(%error, "the embedded cloud's proxy can't accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(front: Arc<Front>, tls: TlsAcceptor, stream: TcpStream, peer: SocketAddr) {
    let service = service_fn(|request| {
        let (front, tls) = (front.clone(), tls.clone());
        async move { Ok::<_, Infallible>(answer(&front, &tls, request, peer)) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::select! {
        () = front.stop.cancelled() => {}
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "proxy connection");
        }
    }
}

fn answer(
    front: &Arc<Front>,
    tls: &TlsAcceptor,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> hyper::Response<Full<Bytes>> {
    if request.method() != Method::CONNECT {
        front.record_unknown(format!("{} {}", request.method(), request.uri()));
        return plain(StatusCode::NOT_IMPLEMENTED, "the embedded cloud takes CONNECT only");
    }
    let Some(authority) = request.uri().authority().cloned() else {
        return plain(StatusCode::BAD_REQUEST, "CONNECT needs host:port");
    };
    let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
    match authority.port_u16() {
        Some(443) => match hosts::find(&front.world, &host) {
            Host::Service(_) => {
                let (front, tls) = (front.clone(), tls.clone());
                upgraded(request, move |stream| https::serve(front, tls, stream));
                plain(StatusCode::OK, "")
            }
            Host::Missing => plain(StatusCode::BAD_GATEWAY, &format!("no such host is known: {host}")),
            Host::Unknown => {
                front.record_unknown(format!("CONNECT {host}:443"));
                plain(StatusCode::NOT_IMPLEMENTED, &format!("the embedded cloud does not know the host {host}"))
            }
        },
        Some(22) => ssh(front, request, &host, peer),
        _ => plain(StatusCode::GATEWAY_TIMEOUT, &format!("nothing answers at {authority}")),
    }
}

fn ssh(
    front: &Arc<Front>,
    request: hyper::Request<Incoming>,
    host: &str,
    peer: SocketAddr,
) -> hyper::Response<Full<Bytes>> {
    match front.door(host, peer.ip()) {
        Ok(door) => {
            let stop = front.stop.clone();
            upgraded(request, move |stream| tunnel::carry(stop, stream, |far| door.serve(far)));
            plain(StatusCode::OK, "")
        }
        Err(Closed::Refused(refusal)) => plain(refusal.status(), &refusal.to_string()),
        Err(fault @ Closed::Fault) => plain(StatusCode::BAD_GATEWAY, &fault.to_string()),
    }
}

/// Runs `then` on the connection once the client has read the answer to its CONNECT.
fn upgraded<F, Fut>(request: hyper::Request<Incoming>, then: F)
where
    F: FnOnce(TokioIo<hyper::upgrade::Upgraded>) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        match hyper::upgrade::on(request).await {
            Ok(stream) => then(TokioIo::new(stream)).await,
            Err(error) => tracing::debug!(%error, "a client left before its tunnel stood"),
        }
    });
}

fn plain(status: StatusCode, reason: &str) -> hyper::Response<Full<Bytes>> {
    let body = if reason.is_empty() { Bytes::new() } else { Bytes::from(format!("{reason}\n")) };
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}
