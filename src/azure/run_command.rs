//! A script on a machine through Azure's agent, as root: the way in where SSH has none (azure.md §1.11).

use std::time::Duration;

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, AzureErrorKind, Task},
    operation,
    rest::Answer,
};
use crate::fleet::names::Names;

/// How long the script may take, in seconds.
const PATIENCE: u32 = 600;
/// How long a cancel waits for the answer to what was sent: Azure carries it out whoever listens.
const GRACE: Duration = Duration::from_secs(5);
/// How long the removal may take.
const REMOVAL: Duration = Duration::from_secs(20);

/// How a script ended. Azure keeps the last 4 KiB of each output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScriptRun {
    /// `Succeeded`, `Failed`, `TimedOut`, `Canceled` …
    pub execution_state: String,
    pub execution_message: Option<String>,
    pub exit_code: Option<i64>,
    pub output: String,
    pub error: String,
}

/// Runs the script to its end. It is a resource below the VM meanwhile, and is deleted however it ended: what still
/// runs is killed by that.
pub async fn run(
    arm: &Arm,
    names: &Names,
    machine: &str,
    script: &str,
    cancel: &CancellationToken,
) -> Result<ScriptRun, AzureError> {
    let task = Task::new("run command on", machine);
    if cancel.is_cancelled() {
        return Err(task.cancelled());
    }
    let name = format!("claw-{}", Uuid::new_v4().simple());
    let id = format!("{}/runCommands/{name}", names.machine_id(machine));
    let body = json!({"location": names.location, "properties": {
        "source": {"script": script}, "asyncExecution": false, "timeoutInSeconds": PATIENCE,
        "treatFailureAsDeploymentFailure": false,
    }});
    let ran = execute(arm, task, &id, &body, cancel).await;
    remove(arm, task, &id).await;
    ran
}

async fn execute(
    arm: &Arm,
    task: Task<'_>,
    id: &str,
    body: &Value,
    cancel: &CancellationToken,
) -> Result<ScriptRun, AzureError> {
    let url = arm.url(id, api::COMPUTE, &[]);
    let answer = answered(task, cancel, arm.send(task, Method::Put, &url, Some(body))).await?;
    operation::unless_cancelled(task, cancel, outcome(arm, task, id, answer, url)).await
}

/// Dropped before it was answered, a request might take effect after its removal.
async fn answered(
    task: Task<'_>,
    cancel: &CancellationToken,
    sent: impl Future<Output = Result<Answer, AzureError>>,
) -> Result<Answer, AzureError> {
    let given_up = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        biased;
        answer = sent => answer,
        () = given_up => Err(task.cancelled()),
    }
}

async fn outcome(arm: &Arm, task: Task<'_>, id: &str, answer: Answer, url: Url) -> Result<ScriptRun, AzureError> {
    operation::finish(arm, task, answer, Some(url)).await?;
    let seen: Value = arm.get(task, &arm.url(id, api::COMPUTE, &[("$expand", "instanceView")])).await?;
    serde_json::from_value(seen["properties"]["instanceView"].clone())
        .map_err(|e| task.error(AzureErrorKind::Protocol, format!("the answer makes no sense: {e}")))
}

/// As well as can be done in time: what stays goes with the machine.
async fn remove(arm: &Arm, task: Task<'_>, id: &str) {
    let url = arm.url(id, api::COMPUTE, &[]);
    match tokio::time::timeout(REMOVAL, delete(arm, task, &url)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("{id} may stay: {error}"),
        Err(_) => tracing::warn!("{id} may stay: its removal was not answered in time"),
    }
}

/// Again and again while something else is being done to it.
async fn delete(arm: &Arm, task: Task<'_>, url: &Url) -> Result<(), AzureError> {
    loop {
        match absent_is_none(arm.send(task, Method::Delete, url, None).await) {
            Err(error) if error.kind == AzureErrorKind::Conflict => {
                tokio::time::sleep(operation::DEFAULT_DELAY).await;
            }
            done => return done.map(|_| ()),
        }
    }
}
