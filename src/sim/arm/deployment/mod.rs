//! Template deployments at group scope (azure.md §8).

pub mod expression;
pub mod functions;
mod graph;
mod history;
mod parameters;
mod run;
mod template;
mod what_if;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, ArmError, Call, Reply, limits, lro,
    memory::{Deployment, Form},
    routes,
    store::{self, group_is_writable, page},
    target::Target,
};

pub fn route(call: &Call, pattern: &str) -> Answer {
    store::group_exists(&call.world.state(), &call.target)?;
    let path = pattern.trim_start_matches("microsoft.resources/");
    match (call.method.as_str(), path) {
        ("GET", "deployments") => list(call),
        ("GET", "deployments/*") => Ok(Reply::json(200, &find(call, &call.target)?.body)),
        ("PUT", "deployments/*") => put(call),
        ("POST", "deployments/*/validate") => validate(call),
        ("POST", "deployments/*/whatif") => what_if::what_if(call),
        ("POST", "deployments/*/cancel") => cancel(call),
        ("GET", "deployments/*/operations") => {
            let of = Target { tail: None, ..call.target.clone() };
            Ok(page(call, find(call, &of)?.operations, 500))
        }
        ("GET", "deployments/*/operationstatuses/*") => lro::status(call),
        _ => Err(call.unknown()),
    }
}

fn find(call: &Call, target: &Target) -> Result<Deployment, ArmError> {
    let found = call.world.state().arm.deployments.get(&target.key()).cloned();
    found.ok_or_else(|| {
        let message = format!("Deployment '{}' could not be found.", target.name());
        ArmError::new(404, "DeploymentNotFound", message)
    })
}

fn list(call: &Call) -> Answer {
    let inside = format!("{}/", call.target.group_key());
    let filter = call.query("$filter").map(|f| f.split('\'').nth(1).unwrap_or_default().to_ascii_lowercase());
    let state = call.world.state();
    let deployments = state.arm.deployments.iter().filter(|(key, _)| key.starts_with(&inside)).map(|(_, d)| d);
    let chosen = deployments.filter(|d| filter.as_ref().is_none_or(|state| d.state().eq_ignore_ascii_case(state)));
    Ok(page(call, chosen.map(|d| d.body.clone()).collect(), 500))
}

/// The template with its parameters, checked and in order.
fn read(call: &Call, asked: &Value) -> Result<template::Plan, ArmError> {
    let mode = asked["mode"].as_str().unwrap_or_default();
    if !mode.eq_ignore_ascii_case("Incremental") {
        let message = format!(
            "The deployment mode '{mode}' is not supported by the embedded cloud: only Incremental deletes nothing."
        );
        return Err(ArmError::bad("InvalidDeploymentMode", message));
    }
    if !asked["template"].is_object() {
        let message = "The request content was invalid: 'properties.template' is required (the embedded cloud follows no templateLink).";
        return Err(ArmError::bad("InvalidRequestContent", message));
    }
    let plan = template::read(call, &asked["template"], &asked["parameters"])?;
    for resource in &plan.resources {
        if !routes::is_deployable(&resource.kind) {
            return Err(routes::unknown_kind(&resource.kind));
        }
    }
    Ok(plan)
}

fn put(call: &Call) -> Answer {
    let key = call.target.key();
    let name = call.target.name();
    if name.is_empty() || name.len() > 64 {
        let message = format!("The deployment name '{name}' is invalid: it must have 1 to 64 characters.");
        return Err(ArmError::bad("InvalidDeploymentName", message));
    }
    {
        let state = call.world.state();
        group_is_writable(&state, &call.target)?;
        is_free(state.arm.deployments.get(&key), call)?;
    }
    let plan = read(call, &call.body["properties"])?;
    let body = history::accepted(call, &plan);
    let cancel = CancellationToken::new();
    let work = run::run(call.clone(), plan, cancel.clone());
    let deployment = Deployment { body: body.clone(), operations: Vec::new(), operation: String::new(), cancel };
    // Another one may have come while the template was read.
    let is_new = {
        let deployments = &mut call.world.state().arm.deployments;
        is_free(deployments.get(&key), call)?;
        deployments.insert(key.clone(), deployment).is_none()
    };
    let operation = lro::start(&call.world, Form::Deployment, work);
    if let Some(deployment) = call.world.state().arm.deployments.get_mut(&key) {
        deployment.operation.clone_from(&operation);
    }
    let reply = Reply::json(if is_new { 201 } else { 200 }, &body);
    Ok(lro::accepted(call, Form::Deployment, operation, reply))
}

fn is_free(kept: Option<&Deployment>, call: &Call) -> Result<(), ArmError> {
    if !kept.is_some_and(Deployment::is_active) {
        return Ok(());
    }
    let message = format!(
        "The deployment with resource id '{}' cannot be saved, because this would overwrite an existing deployment which is still active. Please see https://aka.ms/arm-deploy for usage details.",
        call.target.id()
    );
    Err(ArmError::conflict("DeploymentActive", message))
}

/// Reads the template and makes nothing.
fn validate(call: &Call) -> Answer {
    let call = Call { target: Target { tail: None, ..call.target.clone() }, ..call.clone() };
    let plan = read(&call, &call.body["properties"])?;
    let put = |r: &template::Planned| Call {
        method: "PUT".into(),
        target: r.target.clone(),
        body: r.body.clone(),
        ..call.clone()
    };
    let refused: Vec<Value> =
        plan.resources.iter().filter_map(|r| limits::check(&put(r)).err()).map(|error| error.object()).collect();
    if !refused.is_empty() {
        let message =
            "The template deployment is not valid according to the validation procedure. See inner errors for details.";
        return Err(ArmError { details: refused, ..ArmError::bad("InvalidTemplateDeployment", message) });
    }
    let mut body = history::accepted(&call, &plan);
    body["properties"]["provisioningState"] = json!("Succeeded");
    body["properties"]["validatedResources"] = plan.resources.iter().map(|r| json!({"id": r.target.id()})).collect();
    Ok(Reply::json(200, &body))
}

fn cancel(call: &Call) -> Answer {
    let of = Target { tail: None, ..call.target.clone() };
    let found = find(call, &of)?;
    if !found.is_active() {
        let message = format!("The deployment '{}' cannot be cancelled because it is already completed.", of.name());
        return Err(ArmError::conflict("DeploymentCannotBeCancelled", message));
    }
    found.cancel.cancel();
    Ok(Reply::empty(204))
}
