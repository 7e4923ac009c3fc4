//! Long-running operations, one form per provider (azure.md §2.1).

use std::{future::Future, sync::Arc, time::Duration};

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{error::ArmError, id::ResourceId};
use crate::sim::{
    wire::Response,
    world::{Operation, World},
};

/// How often a client is asked to poll, in virtual time.
const POLL: Duration = Duration::from_secs(4);

/// Starts an operation: `work` runs by itself, the caller polls. Returns the operation's id.
pub fn start<F>(world: &Arc<World>, work: F) -> String
where
    F: Future<Output = Result<(), ArmError>> + Send + 'static,
{
    let id = uuid::Uuid::new_v4().to_string();
    let operation = Operation { started: world.clock.now(), ended: None };
    let stop = {
        let mut state = world.state();
        state.operations.insert(id.clone(), operation);
        state.stop.clone()
    };
    let (world, key) = (world.clone(), id.clone());
    tokio::spawn(async move {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = work => ended.map_err(|e| e.pair()),
        };
        if let Some(operation) = world.state().operations.get_mut(&key) {
            operation.ended = Some(ended);
        }
    });
    id
}

/// Adds `Retry-After` in whole seconds and, as Azure's SDKs read it too, in milliseconds of this cloud's clock.
pub fn retry_after(world: &World, response: Response) -> Response {
    let ms = world.clock.real(POLL).as_millis().clamp(20, 4_000);
    response.header("retry-after", "1").header("x-ms-retry-after-ms", ms.to_string())
}

/// The headers of an accepted operation of a provider.
pub fn accepted(world: &World, response: Response, id: &ResourceId, operation: &str, version: &str) -> Response {
    let base = format!(
        "https://management.azure.com/subscriptions/{}/providers/{}/locations/eastus2/operations/{operation}",
        id.subscription, id.namespace
    );
    let response = response.header("azure-asyncoperation", format!("{base}?api-version={version}"));
    // The network provider sends no Location (recorded); compute does.
    let response = if id.namespace.eq_ignore_ascii_case("Microsoft.Network") {
        response
    } else {
        response.header("location", format!("{base}?monitor=true&api-version={version}"))
    };
    retry_after(world, response)
}

/// GET of `Azure-AsyncOperation` (always 200) or, with `monitor`, of `Location`.
pub fn poll(world: &World, operation: &str, monitor: bool) -> Response {
    let Some(found) = world.state().operations.get(operation).cloned() else {
        return Response::error(404, "ResourceNotFound", "The entity was not found.");
    };
    match (&found.ended, monitor) {
        (None, true) => retry_after(world, Response::empty(202)),
        (Some(Ok(())), true) => Response::empty(200),
        (Some(Err((code, message))), true) => Response::error(409, code, message),
        (None, false) => retry_after(world, Response::json(200, &status(operation, &found, world))),
        (Some(_), false) => Response::json(200, &status(operation, &found, world)),
    }
}

fn status(name: &str, operation: &Operation, world: &World) -> Value {
    let time = |at: time::OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let mut body = json!({"startTime": time(operation.started), "status": "InProgress", "name": name});
    match &operation.ended {
        None => {}
        Some(Ok(())) => {
            body["status"] = json!("Succeeded");
            body["endTime"] = json!(time(world.clock.now()));
        }
        Some(Err((code, message))) => {
            body["status"] = json!("Failed");
            body["endTime"] = json!(time(world.clock.now()));
            body["error"] = json!({"code": code, "message": message});
        }
    }
    body
}

/// GET of a group deletion's `Location`: 202 while running, 200 when done.
pub fn result(world: &World, operation: &str) -> Response {
    let found = world.state().operations.get(operation).cloned();
    match found.map(|o| o.ended) {
        None => Response::error(404, "ResourceNotFound", "The entity was not found."),
        Some(None) => {
            let url = format!(
                "https://management.azure.com/subscriptions/{}/operationresults/{operation}?api-version=2024-07-01",
                world.state().account.subscription
            );
            retry_after(world, Response::empty(202).header("location", url))
        }
        Some(Some(Ok(()))) => Response::empty(200),
        Some(Some(Err((code, message)))) => Response::error(409, &code, &message),
    }
}
