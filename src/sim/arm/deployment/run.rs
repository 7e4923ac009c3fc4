//! Making a template's resources: each as soon as what it depends on is there, all through the providers' own PUT.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    history::{self, Made, duration},
    template::{Plan, Planned},
};
use crate::sim::arm::{Call, access, error::ArmError, faults, lro, memory::Deployment, routes, store::new_guid};

/// Runs to its end; what depends on a failure is not begun, the rest is.
pub async fn run(call: Call, plan: Plan, cancel: CancellationToken) -> Result<(), ArmError> {
    let begun = call.world.clock.now();
    update(&call, |d| d.body["properties"]["provisioningState"] = json!("Running"));
    let mut results: Vec<Option<Made>> = vec![None; plan.resources.len()];
    let mut under_way: JoinSet<(usize, Made)> = JoinSet::new();
    loop {
        if !cancel.is_cancelled() {
            for at in ready(&plan, &results) {
                results[at] = Some(Made::Running);
                let (call, resource) = (call.clone(), plan.resources[at].clone());
                under_way.spawn(async move { (at, make(&call, &resource).await) });
            }
        }
        tokio::select! {
            biased;
            joined = under_way.join_next() => match joined {
                None => break,
                Some(Ok((at, made))) => results[at] = Some(made),
                // A panic there is a bug of this cloud; the deployment fails rather than hangs.
                Some(Err(error)) => {
                    let refused = Made::Refused(ArmError::new(500, "InternalServerError", error.to_string()));
                    results.push(Some(refused));
                }
            },
            () = cancel.cancelled() => break,
        }
    }
    // A cancelled deployment leaves what it has begun to itself.
    under_way.detach_all();
    finish(&call, &plan, begun, results, cancel.is_cancelled())
}

/// Not begun, with everything before it made.
fn ready(plan: &Plan, results: &[Option<Made>]) -> Vec<usize> {
    let is_made = |at: &usize| matches!(results[*at], Some(Made::Succeeded(_)));
    (0..plan.resources.len())
        .filter(|at| results[*at].is_none() && plan.resources[*at].after.iter().all(is_made))
        .collect()
}

async fn make(call: &Call, resource: &Planned) -> Made {
    let (id, since) = (new_guid().replace('-', ""), call.world.clock.now());
    record(call, history::operation(call, &id, resource, since, &Made::Running));
    let made = put(call, resource).await;
    record(call, history::operation(call, &id, resource, since, &made));
    made
}

async fn put(call: &Call, resource: &Planned) -> Made {
    let world = &call.world;
    let put = Call {
        method: "PUT".into(),
        target: resource.target.clone(),
        query: vec![("api-version".into(), resource.api_version.clone())],
        body: resource.body.clone(),
        if_match: None,
        if_none_match: None,
        is_struck: faults::strikes(world, "PUT", &resource.target.id()) || call.is_struck,
        ..call.clone()
    };
    let reply = match access::check(&put).and_then(|()| routes::dispatch(&put)) {
        Ok(reply) => reply,
        Err(error) => return Made::Refused(error),
    };
    match &reply.operation {
        None => Made::Succeeded(reply.response.status),
        Some(operation) => match lro::wait(world, operation).await {
            Ok(()) => Made::Succeeded(reply.response.status),
            Err(error) => Made::Failed(error),
        },
    }
}

/// Adds an operation, or puts its newer state in its place.
fn record(call: &Call, operation: Value) {
    update(call, |d| match d.operations.iter_mut().find(|o| o["operationId"] == operation["operationId"]) {
        Some(old) => *old = operation,
        None => d.operations.push(operation),
    });
}

fn update(call: &Call, change: impl FnOnce(&mut Deployment)) {
    if let Some(deployment) = call.world.state().arm.deployments.get_mut(&call.target.key()) {
        change(deployment);
    }
}

fn finish(
    call: &Call,
    plan: &Plan,
    begun: time::OffsetDateTime,
    results: Vec<Option<Made>>,
    was_cancelled: bool,
) -> Result<(), ArmError> {
    let made = plan.resources.iter().zip(&results).filter(|(_, r)| matches!(r, Some(Made::Succeeded(_))));
    let made: Vec<Value> = made.map(|(resource, _)| json!({"id": resource.target.id()})).collect();
    let failed: Vec<Made> =
        results.into_iter().flatten().filter(|r| matches!(r, Made::Refused(_) | Made::Failed(_))).collect();
    let (state, result) = match (was_cancelled, failed.is_empty()) {
        (true, _) => ("Canceled", Err(ArmError::conflict("DeploymentCanceled", "The deployment was canceled."))),
        (false, true) => ("Succeeded", Ok(())),
        (false, false) => ("Failed", Err(history::failure(call, &failed))),
    };
    update(call, |d| {
        let properties = &mut d.body["properties"];
        properties["provisioningState"] = json!(state);
        properties["duration"] = json!(duration(&call.world, begun));
        properties["timestamp"] = json!(crate::sim::arm::store::stamp(call.world.clock.now()));
        match &result {
            Ok(()) => {
                properties["outputs"] = plan.outputs.clone();
                properties["outputResources"] = json!(made);
            }
            Err(error) => properties["error"] = error.object(),
        }
    });
    result
}
