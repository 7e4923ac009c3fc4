//! Microsoft Graph v1.0: the directory's users and groups, one by one, by filter, and in batches.

mod applications;
mod batch;
pub mod error;
mod filter;
mod groups;
mod objects;
mod odata;
pub mod quota;
mod users;

use tokio::time::Instant;

use super::{
    entra::{self, Claims},
    front::Front,
    wire::{Request, Response},
    world::World,
};
use quota::Verdict;

/// Answers one request to Graph's host. Faults strike the items of a batch one by one.
pub fn handle(front: &Front, request: &Request) -> Response {
    let world = &front.world;
    let caller = match entra::bearer(world, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    match (request.method.as_str(), request.segments().as_slice()) {
        ("POST", ["v1.0", "$batch"]) => batch::answer(front, &caller, request),
        _ => single(world, &caller, request),
    }
}

/// A request that may stand in a batch, counted against the quota.
fn single(world: &World, caller: &Claims, request: &Request) -> Response {
    let (units, users) = (quota::units(request), world.scenario.users.len());
    let verdict = world.state().graph_quota.spend(&caller.app_id, units, users, Instant::now());
    match verdict {
        Verdict::Throttled(seconds) => {
            let scope = format!("{}/{}", caller.app_id, caller.tenant);
            error::throttled(&scope).header("retry-after", seconds.to_string())
        }
        Verdict::Served(share) => {
            let answer = route(world, caller, request).header("x-ms-resource-unit", units.to_string());
            match share >= 0.8 {
                true => answer.header("x-ms-throttle-limit-percentage", format!("{share:.1}")),
                false => answer,
            }
        }
    }
}

fn route(world: &World, caller: &Claims, request: &Request) -> Response {
    let scenario = &world.scenario;
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", ["v1.0", "users"]) => users::list(&scenario.users, request),
        ("GET", ["v1.0", "users", key]) => users::one(&scenario.users, key, request),
        ("GET", ["v1.0", "me"]) => users::me(&scenario.users, caller, request),
        ("GET", ["v1.0", "groups"]) => groups::list(scenario, request),
        ("GET", ["v1.0", "groups", id]) => groups::one(scenario, id, request),
        ("GET", ["v1.0", "groups", id, "members"]) => groups::members(scenario, id, false, None, request),
        ("GET", ["v1.0", "groups", id, "members", cast]) => groups::members(scenario, id, false, Some(cast), request),
        ("GET", ["v1.0", "groups", id, "transitiveMembers"]) => groups::members(scenario, id, true, None, request),
        ("GET", ["v1.0", "groups", id, "transitiveMembers", cast]) => {
            groups::members(scenario, id, true, Some(cast), request)
        }
        ("GET", ["v1.0", "servicePrincipals"]) => applications::list(world, request),
        ("GET", ["v1.0", "servicePrincipals", id]) => applications::one(world, id),
        ("POST", ["v1.0", "directoryObjects", "getByIds"]) => objects::by_ids(world, request),
        ("GET", ["v1.0", path]) => match path.strip_prefix("users('").and_then(|rest| rest.strip_suffix("')")) {
            Some(key) => users::one(&scenario.users, &key.replace("''", "'"), request),
            None => Response::unknown(request),
        },
        _ => Response::unknown(request),
    }
}
