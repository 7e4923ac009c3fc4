//! The caller's own public address, from services that answer with nothing else.

use std::{net::Ipv4Addr, time::Duration};

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request};
use url::Url;

/// Longer than any of them takes; the next is asked then.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first answer that is an address; otherwise why each service gave none. They are asked one after the other, so
/// that one learns of it and not all.
pub async fn find(pipeline: &Pipeline, services: &[String]) -> Result<Ipv4Addr, Vec<String>> {
    let mut reasons = Vec::new();
    for service in services {
        match tokio::time::timeout(PATIENCE, ask(pipeline, service)).await {
            Ok(Ok(address)) => return Ok(address),
            Ok(Err(reason)) => reasons.push(format!("{service}: {reason}")),
            Err(_) => reasons.push(format!("{service}: no answer in {} s", PATIENCE.as_secs())),
        }
    }
    Err(reasons)
}

async fn ask(pipeline: &Pipeline, service: &str) -> Result<Ipv4Addr, String> {
    let url = Url::parse(service).map_err(|e| e.to_string())?;
    if url.scheme() != "https" {
        return Err("is no https URL".into());
    }
    let mut request = Request::new(url, Method::Get);
    let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
    let answer = pipeline.send(&Context::new(), &mut request, Some(options)).await.map_err(|e| e.to_string())?;
    let (status, _, body) = answer.deconstruct();
    if u16::from(status) != 200 {
        return Err(format!("HTTP {}", u16::from(status)));
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(64)]).trim().to_owned();
    let address: Ipv4Addr = text.parse().map_err(|_| "the answer is no IPv4 address".to_owned())?;
    match address.is_private() || address.is_loopback() || address.is_unspecified() {
        true => Err(format!("{address} is no address of the internet")),
        false => Ok(address),
    }
}
