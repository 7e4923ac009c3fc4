//! `…/whatIf`: what ARM says a deployment would change (azure.md §8).

use azure_core::http::{Method, headers::HeaderName};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api,
    arm::Arm,
    deployments::Deployment,
    error::{AzureError, AzureErrorKind, Task},
    operation::{Ended, delay_of, failed},
};
use crate::fleet::{names::Names, what_if::Change};

const LOCATION: HeaderName = HeaderName::from_static("location");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WhatIfChange {
    resource_id: String,
    change_type: String,
    #[serde(default)]
    delta: Option<Vec<Difference>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Difference {
    path: String,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    children: Option<Vec<Difference>>,
}

pub async fn of(arm: &Arm, names: &Names, deployment: &Deployment) -> Result<Vec<Change>, AzureError> {
    let task = Task::new("forecast deployment", &deployment.name);
    let id = names.resource("Microsoft.Resources/deployments", &deployment.name);
    let url = arm.url(&format!("{id}/whatIf"), api::RESOURCES, &[]);
    let mut body = deployment.body();
    body["properties"]["whatIfSettings"] = json!({"resultFormat": "FullResourcePayloads"});
    let mut answer = arm.send(task, Method::Post, &url, Some(&body)).await?;
    while answer.status == 202 {
        let at = answer.headers.get_optional_str(&LOCATION);
        let at = at.ok_or_else(|| task.error(AzureErrorKind::Protocol, "ARM did not say where the answer will be"))?;
        let next = arm.rest().follow(task, at)?;
        tokio::time::sleep(delay_of(&answer.headers)).await;
        answer = arm.send(task, Method::Get, &next, None).await?;
    }
    let body: Value = answer.json(task)?;
    if let Some(ended @ (Ended::Failed | Ended::Canceled)) = body["status"].as_str().and_then(Ended::of) {
        return Err(failed(task, ended, Some(answer.status), &body));
    }
    let changes = Vec::<WhatIfChange>::deserialize(&body["properties"]["changes"]);
    let changes =
        changes.map_err(|e| task.error(AzureErrorKind::Protocol, format!("the answer can't be read: {e}")))?;
    Ok(changes.into_iter().map(change).collect())
}

fn change(change: WhatIfChange) -> Change {
    let mut details = Vec::new();
    for difference in change.delta.iter().flatten() {
        tell(difference, "", &mut details);
    }
    Change { id: change.resource_id, change: change.change_type, details }
}

/// Array elements come as children under their place.
fn tell(difference: &Difference, above: &str, details: &mut Vec<String>) {
    let path = if above.is_empty() { difference.path.clone() } else { format!("{above}.{}", difference.path) };
    match difference.children.as_deref() {
        Some(children) if !children.is_empty() => children.iter().for_each(|child| tell(child, &path, details)),
        _ => details.push(format!("{path}: {} → {}", difference.before, difference.after)),
    }
}
