//! Every request comes by here: counted, perhaps hit by a fault, then handed to its service.

use std::sync::Arc;

use super::{
    arm, blob, entra,
    faults::{self, Injected, Spoil},
    front::Front,
    graph,
    hosts::{self, Host, Service},
    prices, resource_graph, vault,
    wire::{Request, Response},
};

/// What becomes of a request.
pub enum Outcome {
    Answer(Response),
    /// The connection is to be cut in the middle of this answer.
    Torn(Response),
    /// The connection is to be cut without an answer.
    Cut,
    /// The connection stays, and nothing comes.
    Silence,
}

/// Answers one request.
pub async fn dispatch(front: &Arc<Front>, request: &Request) -> Outcome {
    let line = format!("{} {} {}", request.method, request.host, request.path);
    front.world.state().requests.push(line.clone());
    match front.strike(&line) {
        None => Outcome::Answer(known(front, request).await),
        // Without the services' certificate nobody gets further than its handshake.
        Some(Injected::Cut | Injected::Impostor | Injected::Later(_)) => Outcome::Cut,
        Some(Injected::Silence) => Outcome::Silence,
        Some(Injected::Answer(response)) => Outcome::Answer(response),
        Some(Injected::After(spoil)) => match (spoil, faults::spoilt(spoil, known(front, request).await)) {
            (Spoil::Torn, Some(response)) => Outcome::Torn(response),
            (_, Some(response)) => Outcome::Answer(response),
            (Spoil::Silence, None) => Outcome::Silence,
            (_, None) => Outcome::Cut,
        },
    }
}

/// The service's answer; what nobody knows is written down.
async fn known(front: &Arc<Front>, request: &Request) -> Response {
    let response = answer(front, request).await;
    if response.status == 501 {
        let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        front.record_unknown(format!("{} {}{}{mark}{}", request.method, request.host, request.path, query.join("&")));
    }
    response
}

async fn answer(front: &Arc<Front>, request: &Request) -> Response {
    let world = &front.world;
    match hosts::find(world, &request.host) {
        Host::Service(Service::Entra) => entra::handle(world, request),
        Host::Service(Service::Graph) => graph::handle(front, request),
        Host::Service(Service::Vault) => vault::handle(world, request),
        Host::Service(Service::Prices) => prices::handle(request),
        // Everybody here comes from loopback.
        Host::Service(Service::Echo) => {
            let address = world.scenario.address_of(std::net::Ipv4Addr::LOCALHOST.into());
            Response::text(200, &format!("{address}\n"))
        }
        Host::Service(Service::Blob) => blob::handle(world, request),
        Host::Service(Service::Arm) => match entra::bearer(world, request) {
            Err(refusal) => refusal,
            Ok(caller) if resource_graph::is_query(request) => front.resource_graph.handle(world, &caller, request),
            Ok(caller) => arm::handle(world, &caller, request).await,
        },
        Host::Missing | Host::Unknown => Response::unknown(request),
    }
}
