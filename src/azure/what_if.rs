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
use crate::fleet::{
    names::Names,
    what_if::{Change, Difference, Kind},
};

const LOCATION: HeaderName = HeaderName::from_static("location");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WhatIfChange {
    resource_id: String,
    change_type: String,
    #[serde(default)]
    delta: Option<Vec<PropertyChange>>,
    #[serde(default)]
    unsupported_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertyChange {
    path: String,
    #[serde(default)]
    property_change_type: String,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    children: Option<Vec<PropertyChange>>,
}

pub async fn of(arm: &Arm, names: &Names, deployment: &Deployment) -> Result<Vec<Change>, AzureError> {
    let task = Task::new("forecast deployment", &deployment.name);
    let id = names.resource("Microsoft.Resources/deployments", &deployment.name);
    let url = arm.url(&format!("{id}/whatIf"), api::RESOURCES, &[]);
    let mut body = deployment.body();
    body["properties"]["whatIfSettings"] = json!({"resultFormat": "FullResourcePayloads"});
    let mut answer = arm.send(task, Method::Post, &url, Some(&body)).await?;
    let mut next = None;
    while answer.status == 202 {
        // A later answer may leave the place out: it has not moved then.
        next = match answer.headers.get_optional_str(&LOCATION) {
            Some(at) => Some(arm.rest().follow(task, at)?),
            None => next,
        };
        let nowhere = || task.error(AzureErrorKind::Protocol, "ARM did not say where the answer will be");
        let next = next.as_ref().ok_or_else(nowhere)?;
        tokio::time::sleep(delay_of(&answer.headers)).await;
        answer = arm.send(task, Method::Get, next, None).await?;
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
    let mut differences = Vec::new();
    for property in change.delta.into_iter().flatten() {
        collect(property, "", &mut differences);
    }
    let mut told = Change::new(change.resource_id, change.change_type, &differences);
    told.details.extend(change.unsupported_reason);
    told
}

/// Elements of a list come as children under their place.
fn collect(property: PropertyChange, above: &str, differences: &mut Vec<Difference>) {
    let path = if above.is_empty() { property.path } else { format!("{above}.{}", property.path) };
    let kind = match property.property_change_type.as_str() {
        "Create" => Kind::Create,
        "Delete" => Kind::Delete,
        "NoEffect" => Kind::NoEffect,
        _ => Kind::Modify,
    };
    match property.children {
        // Of what is read-only, so are its parts.
        Some(children) if !children.is_empty() && kind != Kind::NoEffect => {
            children.into_iter().for_each(|child| collect(child, &path, differences));
        }
        _ => differences.push(Difference { path, kind, before: property.before, after: property.after }),
    }
}
