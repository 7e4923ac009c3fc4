//! What ARM remembers of a deployment: its body, its operations, its error.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::template::{Plan, Planned};
use crate::sim::{
    arm::{
        Call,
        error::ArmError,
        store::{new_guid, stamp},
    },
    world::World,
};

/// The body of a deployment that was just taken.
pub fn accepted(call: &Call, plan: &Plan) -> Value {
    let digest = Sha256::digest(call.body["properties"]["template"].to_string());
    let hash = digest.iter().take(8).fold(0u64, |hash, byte| hash << 8 | u64::from(*byte));
    let mut body = json!({
        "id": call.target.id(), "name": call.target.name(), "type": "Microsoft.Resources/deployments",
        "properties": {
            "templateHash": hash.to_string(), "parameters": plan.parameters, "mode": "Incremental",
            "provisioningState": "Accepted", "timestamp": stamp(call.world.clock.now()), "duration": "PT0S",
            "correlationId": new_guid(), "providers": providers(plan), "dependencies": dependencies(plan),
        },
    });
    if call.body["tags"].is_object() {
        body["tags"] = call.body["tags"].clone();
    }
    body
}

fn providers(plan: &Plan) -> Value {
    let mut all: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for resource in &plan.resources {
        let (namespace, kind) = resource.kind.split_once('/').unwrap_or_default();
        let types = all.entry(namespace).or_default();
        if !types.iter().any(|t| t["resourceType"] == kind) {
            types.push(json!({"resourceType": kind, "locations": [resource.body["location"]]}));
        }
    }
    all.into_iter().map(|(namespace, types)| json!({"namespace": namespace, "resourceTypes": types})).collect()
}

fn shown(resource: &Planned) -> Value {
    json!({"id": resource.target.id(), "resourceType": resource.kind, "resourceName": resource.name})
}

fn dependencies(plan: &Plan) -> Value {
    let dependent = plan.resources.iter().filter(|r| !r.after.is_empty());
    dependent
        .map(|r| {
            let mut one = shown(r);
            one["dependsOn"] = r.after.iter().map(|at| shown(&plan.resources[*at])).collect();
            one
        })
        .collect()
}

/// `PT48.7S`.
pub fn duration(world: &World, since: OffsetDateTime) -> String {
    format!("PT{:.7}S", (world.clock.now() - since).as_seconds_f64())
}

/// How a resource's making went.
#[derive(Clone, Debug)]
pub enum Made {
    Running,
    /// With the status that answered the PUT.
    Succeeded(u16),
    /// The PUT was refused.
    Refused(ArmError),
    /// The operation that the PUT started failed: the error object of its poll.
    Failed(Value),
}

impl Made {
    fn state(&self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Succeeded(_) => "Succeeded",
            Self::Refused(_) | Self::Failed(_) => "Failed",
        }
    }

    fn status_code(&self) -> Option<String> {
        let status = match self {
            Self::Running => return None,
            Self::Succeeded(status) => *status,
            Self::Refused(error) => error.status,
            Self::Failed(_) => 409,
        };
        let reason = http::StatusCode::from_u16(status).ok()?.canonical_reason()?;
        Some(reason.replace([' ', '-'], ""))
    }

    /// The whole body that tells of the failure.
    fn message(&self) -> Option<Value> {
        match self {
            Self::Running | Self::Succeeded(_) => None,
            Self::Refused(error) => Some(error.body()),
            Self::Failed(error) => Some(json!({
                "status": "Failed",
                "error": {
                    "code": "ResourceDeploymentFailure",
                    "message": "The resource write operation failed to complete successfully, because it reached terminal provisioning state 'Failed'.",
                    "details": [error],
                },
            })),
        }
    }
}

/// An entry of the list of operations.
pub fn operation(call: &Call, id: &str, resource: &Planned, since: OffsetDateTime, made: &Made) -> Value {
    let mut properties = json!({
        "provisioningOperation": "Create", "provisioningState": made.state(),
        "timestamp": stamp(call.world.clock.now()), "duration": duration(&call.world, since),
        "trackingId": new_guid(), "targetResource": shown(resource),
    });
    if let Some(code) = made.status_code() {
        properties["statusCode"] = json!(code);
    }
    if let Some(message) = made.message() {
        properties["statusMessage"] = message;
    }
    json!({"id": format!("{}/operations/{id}", call.target.id()), "operationId": id, "properties": properties})
}

/// The deployment's error: the real causes are JSON inside of text (azure.md §2.4).
pub fn failure(call: &Call, failed: &[Made]) -> ArmError {
    let details = failed.iter().filter_map(|made| {
        let text = serde_json::to_string_pretty(&made.message()?).ok()?.replace('\n', "\r\n");
        Some(json!({"code": made.status_code(), "message": text}))
    });
    let message = "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.";
    let error = ArmError::conflict("DeploymentFailed", message).at(&call.target.id());
    ArmError { details: details.collect(), ..error }
}
