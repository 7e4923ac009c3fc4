//! `{resource}/providers/Microsoft.Resources/tags/default` (azure.md §1.6).

use serde_json::{Map, Value, json};

use super::{Answer, Call, Reply, error::ArmError};

/// Tags a resource may have.
const MOST: usize = 50;

pub fn tags(call: &Call) -> Answer {
    let key = call.target.scope.to_ascii_lowercase();
    let mut state = call.world.state();
    let Some(resource) = state.resources.get_mut(&key) else {
        let name = call.target.scope.rsplit('/').next().unwrap_or_default();
        let message = format!("The Resource '{name}' at '{}' was not found.", call.target.scope);
        return Err(ArmError::new(404, "ResourceNotFound", message));
    };
    let mut kept: Map<String, Value> = resource.body["tags"].as_object().cloned().unwrap_or_default();
    if call.method != "GET" {
        let asked = call.body["properties"]["tags"].as_object().cloned().unwrap_or_default();
        let operation = call.body["operation"].as_str().unwrap_or_default().to_ascii_lowercase();
        match (call.method.as_str(), operation.as_str()) {
            ("PATCH", "merge") => merge(&mut kept, asked),
            ("PATCH", "replace") | ("PUT", _) => kept = asked,
            ("PATCH", "delete") => kept.retain(|name, value| {
                !asked.iter().any(|(n, v)| n.eq_ignore_ascii_case(name) && v.as_str().is_none_or(|v| *value == v))
            }),
            _ => return Err(call.unknown()),
        }
        if kept.len() > MOST {
            let message = format!("The number of tags {} is more than the maximum of {MOST}.", kept.len());
            return Err(ArmError::bad("TooManyTags", message));
        }
        resource.body["tags"] = Value::Object(kept.clone());
    }
    let id = format!("{}/providers/Microsoft.Resources/tags/default", resource.id);
    let body = json!({"id": id, "name": "default", "type": "Microsoft.Resources/tags", "properties": {"tags": kept}});
    Ok(Reply::json(200, &body))
}

/// Names of tags have no case: a new spelling takes the old one's place.
fn merge(kept: &mut Map<String, Value>, asked: Map<String, Value>) {
    for (name, value) in asked {
        kept.retain(|old, _| !old.eq_ignore_ascii_case(&name));
        kept.insert(name, value);
    }
}
