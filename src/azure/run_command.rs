//! A script on a machine through Azure's agent, as root: the way in where SSH has none (azure.md §1.11).

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, AzureErrorKind, Task},
    operation,
};
use crate::fleet::names::Names;

/// How long the script may take, in seconds.
const PATIENCE: u32 = 600;

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

/// Runs the script to its end. It is a resource below the VM meanwhile, and is deleted afterwards.
pub async fn run(
    arm: &Arm,
    names: &Names,
    machine: &str,
    script: &str,
    cancel: &CancellationToken,
) -> Result<ScriptRun, AzureError> {
    let task = Task::new("run command on", machine);
    let name = format!("claw-{}", Uuid::new_v4().simple());
    let id = format!("{}/runCommands/{name}", names.machine_id(machine));
    let url = arm.url(&id, api::COMPUTE, &[]);
    operation::unless_cancelled(task, cancel, async {
        let body = json!({"location": names.location, "properties": {
            "source": {"script": script}, "asyncExecution": false, "timeoutInSeconds": PATIENCE,
            "treatFailureAsDeploymentFailure": false,
        }});
        let answer = arm.send(task, Method::Put, &url, Some(&body)).await?;
        let finished = operation::finish(arm, task, answer, Some(url.clone())).await;
        let seen = match finished {
            Ok(()) => arm.get(task, &arm.url(&id, api::COMPUTE, &[("$expand", "instanceView")])).await,
            Err(error) => Err(error),
        };
        if let Some(answer) = absent_is_none(arm.send(task, Method::Delete, &url, None).await)? {
            operation::finish(arm, task, answer, None).await?;
        }
        let mut seen: Value = seen?;
        serde_json::from_value(seen["properties"]["instanceView"].take())
            .map_err(|e| task.error(AzureErrorKind::Protocol, format!("the answer makes no sense: {e}")))
    })
    .await
}
