//! Long-running operations, one form per provider (azure.md §2.1).

use std::{future::Future, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    call::{Answer, Call, Reply},
    error::ArmError,
    memory::{Ended, Form, Operation},
    store::stamp,
};
use crate::sim::{scenario::FaultKind, world::World};

/// How long the outcome of an operation can be asked for, in virtual time.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Starts an operation: `work` runs by itself, whoever asked polls. Returns the operation's id.
pub fn start<F>(world: &Arc<World>, form: Form, work: F) -> String
where
    F: Future<Output = Result<(), ArmError>> + Send + 'static,
{
    let id = super::store::new_guid();
    let done = CancellationToken::new();
    let operation = Operation { form, started: world.clock.now(), ended: None, done: done.clone() };
    let stop = {
        let mut state = world.state();
        state.arm.operations.insert(id.clone(), operation);
        state.stop.clone()
    };
    let is_doomed = world.chaos.dooms(&format!("{form:?}"), FaultKind::OperationFailed);
    let (world, key) = (world.clone(), id.clone());
    tokio::spawn(async move {
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = work => if is_doomed { result.and(Err(internal())) } else { result },
        };
        let at = world.clock.now();
        if let Some(operation) = world.state().arm.operations.get_mut(&key) {
            let canceled = result.as_ref().is_err_and(|e| e.code == "DeploymentCanceled");
            operation.ended = Some(Ended { at, result: result.map_err(|e| e.object()), canceled });
        }
        done.cancel();
    });
    id
}

/// All was done, and yet.
fn internal() -> ArmError {
    ArmError::conflict("InternalExecutionError", "An internal execution error occurred. Please retry later.")
}

/// Waits inside the cloud; the error object of a failure.
pub async fn wait(world: &World, operation: &str) -> Result<(), Value> {
    let done = world.state().arm.operations.get(operation).map(|o| o.done.clone());
    if let Some(done) = done {
        done.cancelled().await;
    }
    let state = world.state();
    let ended = state.arm.operations.get(operation).and_then(|o| o.ended.as_ref());
    ended.map_or(Ok(()), |ended| ended.result.clone())
}

/// `Retry-After` in whole seconds and, as Azure's SDKs read it too, in milliseconds of this cloud's clock.
/// Compute allows a poll each four seconds.
pub fn retry_after(world: &World, form: Form, reply: Reply) -> Reply {
    let pause = Duration::from_secs(if form == Form::Compute { 4 } else { 1 });
    let real = world.clock.real(pause).clamp(Duration::from_millis(20), pause);
    let seconds = real.as_millis().div_ceil(1000).max(1);
    reply.header("retry-after", seconds.to_string()).header("x-ms-retry-after-ms", real.as_millis().to_string())
}

/// Adds the headers by which the started operation is followed.
pub fn accepted(call: &Call, form: Form, operation: String, reply: Reply) -> Reply {
    let (target, version) = (&call.target, call.api_version());
    let base = format!("https://{}", call.arm());
    let asynchronous = "azure-asyncoperation";
    let in_region = format!(
        "{base}/subscriptions/{}/providers/{}/locations/{}/operations/{operation}",
        target.subscription,
        target.namespace,
        region(call)
    );
    let reply = match form {
        Form::Compute => reply
            .header("azure-asyncnotification", "Enabled")
            .header(asynchronous, format!("{in_region}?api-version={version}"))
            .header("location", format!("{in_region}?monitor=true&api-version={version}")),
        Form::Network => reply.header(asynchronous, format!("{in_region}?api-version={version}")),
        Form::Deployment => {
            let status = format!("{base}{}/operationStatuses/{operation}?api-version={version}", target.id());
            reply.header(asynchronous, status)
        }
        Form::Group => {
            let result = format!("{base}/subscriptions/{}/operationresults/{operation}", target.subscription);
            reply.header("location", format!("{result}?api-version={version}"))
        }
        Form::Resource => return Reply { operation: Some(operation), ..reply },
    };
    // A network deletion also names where its result will be.
    let reply = match (form, call.method.as_str()) {
        (Form::Network, "DELETE") => {
            let location = in_region.replace("/operations/", "/operationResults/");
            reply.header("location", format!("{location}?api-version={version}"))
        }
        _ => reply,
    };
    Reply { operation: Some(operation), ..retry_after(&call.world, form, reply) }
}

fn region(call: &Call) -> String {
    let state = call.world.state();
    let own = call.body["location"].as_str();
    let kept = state.resources.get(&call.target.key()).and_then(|r| r.body["location"].as_str());
    let group = state.resources.get(&call.target.group_key()).and_then(|r| r.body["location"].as_str());
    own.or(kept).or(group).unwrap_or("eastus2").replace(' ', "").to_ascii_lowercase()
}

fn find(call: &Call) -> Result<Operation, ArmError> {
    let name = call.target.name();
    let mut state = call.world.state();
    let now = call.world.clock.now();
    let is_over = |o: &Operation| o.ended.as_ref().is_some_and(|ended| ended.at + KEPT < now);
    if state.arm.operations.get(name).is_some_and(is_over) {
        state.arm.operations.remove(name);
    }
    let found = state.arm.operations.get(name).cloned();
    found.ok_or_else(|| ArmError::new(404, "NotFound", format!("The entity was not found: operation '{name}'.")))
}

/// GET of `Azure-AsyncOperation`: always 200, failures inside.
pub fn status(call: &Call) -> Answer {
    let operation = find(call)?;
    if call.query("monitor").is_some() {
        return result(call);
    }
    let name = call.target.name();
    // The network provider and deployments say less than compute does (recorded).
    let mut body = match operation.form {
        Form::Compute => json!({"startTime": stamp(operation.started), "status": "InProgress", "name": name}),
        Form::Network => json!({"status": "InProgress"}),
        _ => json!({"status": "Running"}),
    };
    let Some(ended) = operation.ended else {
        return Ok(retry_after(&call.world, operation.form, Reply::json(200, &body)));
    };
    body["status"] = match &ended.result {
        Ok(()) => json!("Succeeded"),
        Err(_) if ended.canceled => json!("Canceled"),
        Err(_) => json!("Failed"),
    };
    if operation.form == Form::Compute {
        body["endTime"] = json!(stamp(ended.at));
    }
    if let Err(error) = ended.result {
        body["error"] = error;
    }
    Ok(Reply::json(200, &body))
}

/// GET of `Location`: 202 while running, then the outcome as a status.
pub fn result(call: &Call) -> Answer {
    let operation = find(call)?;
    match operation.ended {
        None => {
            let here = format!("https://{}{}", call.arm(), call.target.id());
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &call.query {
                query.append_pair(name, value);
            }
            let reply = Reply::empty(202).header("location", format!("{here}?{}", query.finish()));
            Ok(retry_after(&call.world, operation.form, reply))
        }
        Some(Ended { result: Ok(()), .. }) => {
            let found = call.world.state().arm.results.get(call.target.name()).cloned();
            Ok(found.map_or_else(|| Reply::empty(200), |body| Reply::json(200, &body)))
        }
        Some(Ended { result: Err(error), .. }) => Ok(Reply::json(409, &json!({"error": error}))),
    }
}
