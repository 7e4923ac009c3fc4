//! A template with its parameters becomes resources in an order in which they can be made.

use serde_json::{Map, Value, json};

use super::{
    ArmError,
    expression::{Scope, expand},
    id::ResourceId,
};

/// One resource to make.
#[derive(Clone, Debug)]
pub struct Planned {
    /// ARM id, for a role assignment with its scope in front.
    pub id: String,
    pub kind: String,
    pub body: Value,
}

/// Where the deployment runs.
pub struct Place<'a> {
    pub subscription: &'a str,
    pub group: &'a str,
    pub location: &'a str,
}

/// Checks and expands; the resources come in dependency order.
pub fn plan(template: &Value, given: &Value, place: &Place<'_>) -> Result<Vec<Planned>, ArmError> {
    let parameters = parameters(template, given)?;
    let none = json!({});
    let scope = Scope {
        parameters: &parameters,
        variables: template.get("variables").unwrap_or(&none),
        subscription: place.subscription,
        group: place.group,
        location: place.location,
    };
    let listed = template["resources"].as_array().ok_or_else(|| ArmError::invalid_template("resources is missing"))?;
    let mut waiting = Vec::new();
    for resource in listed {
        if resource.get("copy").is_some() {
            return Err(ArmError::invalid_template("copy loops are not known to the embedded cloud"));
        }
        let resource = expand(resource, &scope)?;
        let after: Vec<String> = resource["dependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|d| d.as_str().map(str::to_ascii_lowercase))
            .collect();
        waiting.push((planned(resource, place)?, after));
    }
    ordered(waiting)
}

fn parameters(template: &Value, given: &Value) -> Result<Value, ArmError> {
    let declared = template["parameters"].as_object().cloned().unwrap_or_default();
    let given = given.as_object().cloned().unwrap_or_default();
    if let Some(extra) = given.keys().find(|k| !declared.contains_key(*k)) {
        let message = format!(
            "The template parameters '{extra}' in the parameters file are not valid; they are not present in the original template"
        );
        return Err(ArmError::invalid_template(&message));
    }
    let mut settled = Map::new();
    for (name, declaration) in &declared {
        let value = given.get(name).map(|g| g["value"].clone()).or_else(|| declaration.get("defaultValue").cloned());
        let Some(value) = value else {
            return Err(ArmError::invalid_template(&format!(
                "The value for the template parameter '{name}' is not provided"
            )));
        };
        let fits = match declaration["type"].as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
            "string" | "securestring" => value.is_string(),
            "array" => value.is_array(),
            "object" | "secureobject" => value.is_object(),
            "int" => value.is_i64(),
            "bool" => value.is_boolean(),
            _ => false,
        };
        if !fits {
            return Err(ArmError::invalid_template(&format!(
                "The provided value for the template parameter '{name}' is not valid"
            )));
        }
        settled.insert(name.clone(), value);
    }
    Ok(Value::Object(settled))
}

fn planned(resource: Value, place: &Place<'_>) -> Result<Planned, ArmError> {
    let text = |name: &str| resource[name].as_str().map(str::to_owned);
    let (Some(kind), Some(name), Some(_)) = (text("type"), text("name"), text("apiVersion")) else {
        return Err(ArmError::invalid_template("a resource needs type, name and apiVersion"));
    };
    let (namespace, types) =
        kind.split_once('/').ok_or_else(|| ArmError::invalid_template(&format!("the type {kind} is not valid")))?;
    let (types, names): (Vec<&str>, Vec<&str>) = (types.split('/').collect(), name.split('/').collect());
    if types.len() != names.len() {
        let message = format!("the resource '{name}' of type '{kind}' has the wrong number of segments");
        return Err(ArmError::invalid_template(&message));
    }
    let group = format!("/subscriptions/{}/resourceGroups/{}", place.subscription, place.group);
    let root = match text("scope") {
        Some(scope) => format!("{group}/providers/{scope}"),
        None => group,
    };
    let mut id = format!("{root}/providers/{namespace}");
    for (kind, name) in types.iter().zip(&names) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    Ok(Planned { id, kind: kind.to_ascii_lowercase(), body: resource })
}

fn ordered(mut waiting: Vec<(Planned, Vec<String>)>) -> Result<Vec<Planned>, ArmError> {
    let all: Vec<String> = waiting.iter().map(|(p, _)| p.id.to_ascii_lowercase()).collect();
    let mut done: Vec<Planned> = Vec::new();
    while !waiting.is_empty() {
        let is_done = |id: &String| done.iter().any(|d| d.id.eq_ignore_ascii_case(id));
        let ready = waiting.iter().position(|(_, after)| after.iter().all(|a| is_done(a) || !all.contains(a)));
        let Some(at) = ready else {
            return Err(ArmError::invalid_template("Circular dependency detected on resources"));
        };
        done.push(waiting.remove(at).0);
    }
    Ok(done)
}

/// A resource's own id, for those that stand in the group itself.
pub fn resource_id(planned: &Planned) -> Option<ResourceId> {
    ResourceId::parse(&planned.id).map(|(id, _)| id)
}
