//! Microsoft Graph v1.0: the directory's users, one by one, by filter, and in batches.

mod applications;
mod batch;
mod filter;
mod users;

use std::sync::Arc;

use serde_json::{Value, json};
use time::{OffsetDateTime, macros::format_description};

use super::{
    entra,
    faults::Faults,
    wire::{Request, Response},
    world::World,
};

/// Answers one request to `graph.microsoft.com`. Faults strike the items of a batch one by one.
pub fn handle(world: &Arc<World>, faults: &Faults, request: &Request) -> Response {
    let caller = match entra::bearer(world, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    match (request.method.as_str(), request.segments().as_slice()) {
        // A person's own sign-in; a service principal is told off below.
        ("GET", ["v1.0", "me"]) if world.scenario.users.iter().any(|user| user.id == caller.object_id) => {
            users::one(&world.scenario.users, &caller.object_id, request)
        }
        ("POST", ["v1.0", "$batch"]) => batch::answer(world, faults, request),
        _ => single(world, request),
    }
}

/// A request that may stand in a batch.
fn single(world: &World, request: &Request) -> Response {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", ["v1.0", "users"]) => users::list(&world.scenario.users, request),
        ("GET", ["v1.0", "users", key]) => users::one(&world.scenario.users, key, request),
        ("GET", ["v1.0", "servicePrincipals"]) => applications::list(world, request),
        ("GET", ["v1.0", "servicePrincipals", id]) => applications::one(world, id),
        ("POST", ["v1.0", "directoryObjects", "getByIds"]) => applications::by_ids(world, request),
        ("GET", ["v1.0", "me"]) => {
            let message = "/me request is only valid with delegated authentication flow.";
            error(400, "BadRequest", message)
        }
        ("GET", ["v1.0", path]) => match path.strip_prefix("users('").and_then(|rest| rest.strip_suffix("')")) {
            Some(key) => users::one(&world.scenario.users, &key.replace("''", "'"), request),
            None => Response::unknown(request),
        },
        _ => Response::unknown(request),
    }
}

/// Graph's error body, azure.md §5.
fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &error_body(code, message))
}

fn error_body(code: &str, message: &str) -> Value {
    let date = OffsetDateTime::now_utc()
        .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"))
        .unwrap_or_default();
    let id = uuid::Uuid::new_v4().to_string();
    json!({"error": {
        "code": code,
        "message": message,
        "innerError": {"date": date, "request-id": id, "client-request-id": id},
    }})
}
