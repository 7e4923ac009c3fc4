//! A template with its parameters becomes resources to make and outputs to show.

use serde_json::{Map, Value, json};

use super::{
    functions::{Scope, expand, field},
    graph, parameters,
};
use crate::sim::arm::{Call, error::ArmError, target::Target};

/// One resource to make.
#[derive(Clone, Debug)]
pub struct Planned {
    pub target: Target,
    /// As the template spells it.
    pub kind: String,
    /// `parent/child` for a child.
    pub name: String,
    pub api_version: String,
    pub body: Value,
    /// Places of those that come before it.
    pub after: Vec<usize>,
}

/// What a deployment does.
#[derive(Clone, Debug)]
pub struct Plan {
    pub resources: Vec<Planned>,
    pub outputs: Value,
    /// Shown in the history, without secrets.
    pub parameters: Value,
}

/// How many resources a deployment may hold.
const MOST: usize = 800;
/// Fields of a resource that are about the deployment.
const OWN: [&str; 9] =
    ["type", "name", "apiVersion", "dependsOn", "condition", "scope", "comments", "metadata", "resources"];

pub fn read(call: &Call, template: &Value, given: &Value) -> Result<Plan, ArmError> {
    if field(template, "contentVersion").is_none() {
        return Err(ArmError::invalid_template("The template's 'contentVersion' is missing"));
    }
    let listed = match field(template, "resources") {
        Some(Value::Array(listed)) => listed,
        Some(Value::Object(_)) => {
            return Err(ArmError::invalid_template("Symbolic names are not supported by the embedded cloud"));
        }
        _ => return Err(ArmError::invalid_template("The template's 'resources' are missing")),
    };
    let (group, subscription) = surroundings(call);
    let none = Map::new();
    let declared = field(template, "parameters").cloned().unwrap_or(json!({}));
    let variables = field(template, "variables").and_then(Value::as_object).unwrap_or(&none);
    let first = Scope { parameters: &none, variables: &none, group: &group, subscription: &subscription, depth: 0 };
    let values = parameters::settle(&declared, given, &first)?;
    let scope = Scope { parameters: &values, variables, ..first };
    let mut found = Vec::new();
    for resource in listed {
        collect(resource, None, &scope, &mut found)?;
    }
    if found.len() > MOST {
        let message = format!("The number of resources '{}' exceeds the limit of {MOST}", found.len());
        return Err(ArmError::invalid_template(&message));
    }
    let resources = graph::order(call, found)?;
    let mut outputs = Map::new();
    for (name, output) in field(template, "outputs").and_then(Value::as_object).into_iter().flatten() {
        let value = expand(&output["value"], &scope)?;
        outputs.insert(name.clone(), json!({"type": output["type"], "value": value}));
    }
    let parameters = parameters::shown(&declared, &values);
    Ok(Plan { resources, outputs: Value::Object(outputs), parameters })
}

/// What `resourceGroup()` and `subscription()` answer.
fn surroundings(call: &Call) -> (Value, Value) {
    let state = call.world.state();
    let group = state.resources.get(&call.target.group_key()).map(|r| r.body.clone()).unwrap_or_default();
    let id = &call.target.subscription;
    let subscription = json!({
        "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": state.account.tenant,
        "displayName": "Embedded cloud",
    });
    (group, subscription)
}

/// A resource as the template has it, with everything evaluated.
pub struct Found {
    pub kind: String,
    pub name: String,
    pub api_version: String,
    pub scope: Option<String>,
    pub depends_on: Vec<String>,
    /// By its `condition`.
    pub is_wanted: bool,
    pub body: Value,
}

/// Children may be nested in their parents, with types and names relative to them.
fn collect(
    resource: &Value,
    parent: Option<(&str, &str)>,
    scope: &Scope<'_>,
    found: &mut Vec<Found>,
) -> Result<(), ArmError> {
    if resource.get("copy").is_some() {
        return Err(ArmError::invalid_template("Copy loops are not supported by the embedded cloud"));
    }
    let text = |name: &str| -> Result<Option<String>, ArmError> {
        match field(resource, name).map(|v| expand(v, scope)).transpose()? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(ArmError::invalid_template(&format!("The resource's '{name}' is no text: {other}"))),
        }
    };
    let required = |name: &str| {
        let missing = || ArmError::invalid_template(&format!("A template resource lacks its '{name}'"));
        text(name)?.filter(|t| !t.is_empty()).ok_or_else(missing)
    };
    let (mut kind, mut name) = (required("type")?, required("name")?);
    if let Some((parent_kind, parent_name)) = parent {
        kind = format!("{parent_kind}/{kind}");
        name = format!("{parent_name}/{name}");
    }
    let is_wanted = match field(resource, "condition").map(|c| expand(c, scope)).transpose()? {
        None | Some(Value::Bool(true)) => true,
        Some(Value::Bool(false)) => false,
        Some(other) => {
            return Err(ArmError::invalid_template(&format!(
                "The condition of resource '{name}' is no boolean: {other}"
            )));
        }
    };
    let depends_on = field(resource, "dependsOn").map(|d| expand(d, scope)).transpose()?;
    let depends_on = depends_on.as_ref().and_then(Value::as_array).into_iter().flatten();
    let depends_on = depends_on.filter_map(|d| d.as_str().map(str::to_owned)).collect();
    let mut body = Map::new();
    if is_wanted {
        for (field_name, value) in resource.as_object().into_iter().flatten() {
            if !OWN.iter().any(|own| own.eq_ignore_ascii_case(field_name)) {
                body.insert(field_name.clone(), expand(value, scope)?);
            }
        }
    }
    let made = Found {
        api_version: required("apiVersion")?,
        scope: text("scope")?,
        depends_on,
        is_wanted,
        body: Value::Object(body),
        kind: kind.clone(),
        name: name.clone(),
    };
    found.push(made);
    for child in field(resource, "resources").and_then(Value::as_array).into_iter().flatten() {
        collect(child, Some((&kind, &name)), scope, found)?;
    }
    Ok(())
}
