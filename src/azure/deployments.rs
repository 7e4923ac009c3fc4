//! Template deployments at group scope: put, wait, and on failure find the innermost cause.

use std::{collections::BTreeMap, time::Duration};

use azure_core::http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    api,
    arm::Arm,
    deployment_board::Board,
    error::{AzureError, AzureErrorKind, Task},
    error_body::ErrorBody,
    failure::from_body,
    models::deployment::{DeploymentExtended, DeploymentOperation, TargetResource},
    operation::{self, DEFAULT_DELAY, Ended, Progress, delay_of, failed},
};
use crate::fleet::names::Names;

/// One template deployment at group scope.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub name: String,
    pub template: Value,
    /// Plain `{name: value}`; wrapped as ARM wants it. Never holds a secret.
    pub parameters: BTreeMap<String, Value>,
}

impl Deployment {
    /// Incremental, always: `Complete` would delete what the template does not name, members' machines among it.
    pub(in crate::azure) fn body(&self) -> Value {
        let parameters: serde_json::Map<String, Value> =
            self.parameters.iter().map(|(name, value)| (name.clone(), json!({"value": value}))).collect();
        json!({"properties": {"mode": "Incremental", "template": self.template, "parameters": parameters}})
    }
}

/// Whose deployment it was that has ended.
#[derive(Debug)]
pub enum Deployed {
    /// This one, and well.
    AsSent,
    /// One of the same name that ran already, with parameters that may have been others; how that went.
    Joined(Result<(), AzureError>),
}

impl Deployed {
    /// How it went, whosever it was.
    pub fn went(self) -> Result<(), AzureError> {
        match self {
            Self::AsSent => Ok(()),
            Self::Joined(went) => went,
        }
    }
}

/// Cancels every deployment of the group that runs under one of claw's names. Says which.
pub async fn cancel(arm: &Arm, names: &Names) -> Result<Vec<String>, AzureError> {
    let task = Task::new("list deployments", "of the group");
    let path = format!("{}/providers/Microsoft.Resources/deployments", names.group_id());
    let all: Option<Vec<DeploymentExtended>> =
        super::arm::absent_is_none(arm.list(task, arm.url(&path, api::RESOURCES, &[])).await)?;
    let is_running = |d: &DeploymentExtended| d.state().is_some_and(|state| Ended::of(state).is_none());
    let own =
        all.into_iter().flatten().filter(is_running).filter_map(|d| d.name).filter(|name| name.starts_with("claw-"));
    let mut cancelled = Vec::new();
    for name in own {
        let task = Task::new("cancel deployment", &name);
        let url = arm.url(&format!("{path}/{name}/cancel"), api::RESOURCES, &[]);
        match arm.send(task, Method::Post, &url, None).await {
            Ok(_) => cancelled.push(name),
            // It came to its end meanwhile.
            Err(error) if error.kind == AzureErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Ok(cancelled)
}

/// Listings in a row that may fail, or lack the deployment, before the wait ends.
const MOST_MISSES: u32 = 3;

pub async fn deploy(
    arm: &Arm,
    board: &Board,
    names: &Names,
    deployment: &Deployment,
    progress: Progress<'_>,
    cancel: &CancellationToken,
) -> Result<Deployed, AzureError> {
    let name = &deployment.name;
    let task = Task::new("deploy", name);
    operation::unless_cancelled(task, cancel, run(arm, board, task, names, deployment, progress)).await
}

/// What a wait on the board starts from.
struct Put {
    is_joined: bool,
    /// Of this very run; unknown when somebody else's is joined.
    correlation: Option<String>,
    /// Until the first listing.
    first: Duration,
    /// Between listings, where they name no pause.
    then: Duration,
}

async fn run(
    arm: &Arm,
    board: &Board,
    task: Task<'_>,
    names: &Names,
    deployment: &Deployment,
    progress: Progress<'_>,
) -> Result<Deployed, AzureError> {
    let name = &deployment.name;
    let path = format!("{}/providers/Microsoft.Resources/deployments/{name}", names.group_id());
    let url = arm.url(&path, api::RESOURCES, &[]);
    let put = match arm.send(task, Method::Put, &url, Some(&deployment.body())).await {
        Ok(answer) => {
            let accepted: DeploymentExtended = answer.json(task)?;
            progress(format!("{name}: {}", accepted.state().unwrap_or("Accepted").to_lowercase()));
            let delay = delay_of(&answer.headers);
            Put { is_joined: false, correlation: accepted.correlation().map(str::to_owned), first: delay, then: delay }
        }
        Err(error) if error.has_code("DeploymentActive") => {
            progress(format!("{name}: already being deployed by somebody; waiting for that"));
            Put { is_joined: true, correlation: None, first: Duration::ZERO, then: DEFAULT_DELAY }
        }
        Err(error) => return Err(error),
    };
    let went = match wait(arm, board, task, &put, progress).await? {
        (Ended::Succeeded, _) => Ok(()),
        (ended, last) => Err(why(arm, names, task, ended, &last).await),
    };
    if put.is_joined { Ok(Deployed::Joined(went)) } else { went.map(|()| Deployed::AsSent) }
}

/// Follows the deployment on the shared board until it has ended.
async fn wait(
    arm: &Arm,
    board: &Board,
    task: Task<'_>,
    put: &Put,
    progress: Progress<'_>,
) -> Result<(Ended, DeploymentExtended), AzureError> {
    let (mut after, mut delay, mut misses, mut shown) = (Instant::now(), put.first, 0, String::new());
    loop {
        let listing = match board.after(arm, after, delay).await {
            Ok(listing) => listing,
            Err(error) if error.kind == AzureErrorKind::Network && misses < MOST_MISSES => {
                (after, delay) = (Instant::now(), put.then);
                misses += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        (after, delay) = (listing.asked_at.max(after), put.then);
        let Some(deployment) = listing.get(task.target) else {
            misses += 1;
            if misses > MOST_MISSES {
                return Err(task.error(AzureErrorKind::NotFound, "has vanished from the group's deployments"));
            }
            continue;
        };
        let earlier = put.correlation.is_some() && deployment.correlation() != put.correlation.as_deref();
        if earlier && misses < MOST_MISSES {
            // The list may still show an earlier run of the same name.
            misses += 1;
            continue;
        }
        misses = if earlier { misses } else { 0 };
        let state = deployment.state().unwrap_or_default();
        if state != shown {
            shown = state.to_owned();
            progress(format!("{}: {}", task.target, state.to_lowercase()));
        }
        if let Some(ended) = Ended::of(state) {
            return Ok((ended, deployment.clone()));
        }
    }
}

/// The failed operation's own words; the deployment's error when its operations can't be read.
async fn why(arm: &Arm, names: &Names, task: Task<'_>, ended: Ended, last: &DeploymentExtended) -> AzureError {
    let path = format!(
        "/subscriptions/{}/resourcegroups/{}/deployments/{}/operations",
        names.subscription, names.resource_group, task.target
    );
    let operations = arm.list::<DeploymentOperation>(task, arm.url(&path, api::RESOURCES, &[])).await;
    let found = operations.unwrap_or_default().into_iter().find_map(|operation| {
        let properties = operation.properties?;
        if Ended::of(properties.provisioning_state.as_deref()?) != Some(Ended::Failed) {
            return None;
        }
        let body = error_of(properties.status_message?)?;
        Some((body, properties.target_resource))
    });
    if let Some((body, target)) = found {
        let mut error = from_body(task, None, &body);
        error.causes.extend(target.and_then(resource_words));
        return error;
    }
    let body = last.properties.as_ref().and_then(|p| p.error.clone()).map(|error| json!({"error": error}));
    failed(task, ended, None, &body.unwrap_or_default())
}

fn error_of(message: Value) -> Option<ErrorBody> {
    match message {
        Value::String(text) => ErrorBody::from_value(&json!({"message": text})),
        value => ErrorBody::from_value(&value),
    }
}

fn resource_words(target: TargetResource) -> Option<String> {
    Some(format!("at {} {}", target.resource_type?, target.resource_name?))
}
