//! Azure Resource Manager: the resources that claw's loop needs, with the refusals and delays of the real one.

mod access;
mod budget;
mod call;
mod compute;
mod cost;
mod deployment;
mod error;
mod faults;
mod group;
mod identity;
mod limits;
mod lock;
mod lro;
pub mod memory;
mod network;
mod role_assignment;
mod role_definition;
mod routes;
pub mod schedule;
mod store;
mod tags;
mod target;
mod tenant;
#[cfg(test)]
mod tests;
mod throttle;
mod vault;

use std::sync::Arc;

use serde_json::Value;

use super::{
    entra::Claims,
    wire::{Request, Response},
    world::World,
};
use call::{Answer, Call, Caller, Reply};
use error::ArmError;
use target::Target;

/// Answers one request. Paths are matched without case, as ARM does (azure.md §12).
pub async fn handle(world: &Arc<World>, caller: &Claims, request: &Request) -> Response {
    let mut headers = Vec::new();
    let answer = match check_version(request.query("api-version")).map(|()| tenant::answer(world, request)) {
        Err(error) => Err(error),
        Ok(Some(answer)) => answer,
        Ok(None) => read(world, caller, request).and_then(|call| answer(&call, &mut headers)),
    };
    let mut response = answer.map_or_else(ArmError::into_response, |reply| reply.response);
    headers.extend(common_headers(world, request));
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response
}

fn read(world: &Arc<World>, caller: &Claims, request: &Request) -> Result<Call, ArmError> {
    let target = Target::parse(&request.path).ok_or_else(|| ArmError::unknown(&request.method, &request.path))?;
    let body = match request.body.is_empty() {
        true => Value::Null,
        false => json(&request.body).map_err(|error| {
            let message = format!("The request content was invalid and could not be deserialized: '{error}'.");
            ArmError::bad("InvalidRequestContent", message)
        })?,
    };
    let header = |name: &str| Some(request.headers.get(name)?.to_str().ok()?.to_owned());
    Ok(Call {
        world: world.clone(),
        caller: Caller { object_id: caller.object_id.clone(), app_id: caller.app_id.clone() },
        method: request.method.clone(),
        target,
        query: request.query.clone(),
        body,
        if_match: header("if-match"),
        if_none_match: header("if-none-match"),
        is_struck: faults::strikes(world, &request.method, &request.path),
    })
}

/// ARM reads what the Azure CLI sends for a deployment, `{"properties": {…, template:{…}}}`, which is no JSON.
fn json(body: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(body).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        match text.contains(" template:{") {
            true => serde_json::from_str(&text.replacen(" template:{", " \"template\":{", 1)),
            false => Err(error),
        }
    })
}

fn check_version(version: Option<&str>) -> Result<(), ArmError> {
    let Some(version) = version.filter(|v| !v.is_empty()) else {
        return Err(ArmError::bad(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let fits = date.len() == 10
        && date.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    match fits {
        true => Ok(()),
        false => Err(ArmError::bad("InvalidApiVersionParameter", format!("The api-version '{version}' is invalid."))),
    }
}

fn answer(call: &Call, headers: &mut Vec<(&'static str, String)>) -> Answer {
    headers.extend(throttle::take(call)?);
    access::check(call)?;
    routes::dispatch(call)
}

fn common_headers(world: &World, request: &Request) -> Vec<(&'static str, String)> {
    let id = store::new_guid();
    let asked = |name: &str| Some(request.headers.get(name)?.to_str().ok()?.to_owned());
    let correlation = asked("x-ms-correlation-request-id").unwrap_or_else(|| id.clone());
    let minute = store::stamp(world.clock.now()).replace(['-', ':'], "");
    let routing = format!("EASTUS2:{}Z:{id}", minute.split('.').next().unwrap_or_default());
    let fixed = [
        ("cache-control", "no-cache"),
        ("pragma", "no-cache"),
        ("expires", "-1"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ];
    let mut headers = vec![
        ("x-ms-request-id", id),
        ("x-ms-correlation-request-id", correlation),
        ("x-ms-routing-request-id", routing),
    ];
    headers.extend(asked("x-ms-client-request-id").map(|client| ("x-ms-client-request-id", client)));
    headers.extend(fixed.map(|(name, value)| (name, value.to_owned())));
    headers
}
