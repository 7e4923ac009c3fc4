//! What differs between a resource and its template, in what-if's words (azure.md §8).

use serde_json::{Map, Value, json};

/// Fields that name a resource and are never different.
const NAMES: [&str; 4] = ["id", "type", "name", "apiVersion"];

/// The `delta`. What the template leaves out counts as deleted, so that defaults which Azure filled in are named too.
pub fn resources(before: &Value, after: &Value) -> Vec<Value> {
    let mut delta = Vec::new();
    for field in fields(before, after).filter(|field| !NAMES.contains(field)) {
        differ(&before[field], &after[field], field, &mut delta);
    }
    delta
}

/// Of both, each once.
fn fields<'a>(before: &'a Value, after: &'a Value) -> impl Iterator<Item = &'a str> {
    let keys = |value: &'a Value| value.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    keys(after).chain(keys(before).filter(|field| after.get(field).is_none()))
}

fn differ(before: &Value, after: &Value, path: &str, delta: &mut Vec<Value>) {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => {
            for field in fields(before, after) {
                differ(&before[field], &after[field], &format!("{path}.{field}"), delta);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            let children = elements(old, new);
            if !children.is_empty() {
                let kind = "Array";
                delta.push(json!({"path": path, "propertyChangeType": kind, "before": before, "after": after, "children": children}));
            }
        }
        (before, after) if same(before, after, path) => {}
        (Value::Null, new) => delta.push(json!({"path": path, "propertyChangeType": "Create", "after": new})),
        (old, Value::Null) => delta.push(json!({"path": path, "propertyChangeType": "Delete", "before": old})),
        (old, new) => {
            delta.push(json!({"path": path, "propertyChangeType": "Modify", "before": old, "after": new}));
        }
    }
}

/// Rules and subnets are found by their name, everything else by its place.
fn elements(old: &[Value], new: &[Value]) -> Vec<Value> {
    let mut children = Vec::new();
    let mut met = vec![false; old.len()];
    for (at, value) in new.iter().enumerate() {
        let twin = match value["name"].as_str() {
            Some(name) => old.iter().position(|o| o["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name))),
            None => (at < old.len()).then_some(at),
        };
        let Some(twin) = twin else {
            children.push(json!({"path": at.to_string(), "propertyChangeType": "Create", "after": value}));
            continue;
        };
        met[twin] = true;
        if value.is_object() && old[twin].is_object() {
            let mut inside = Vec::new();
            for field in fields(&old[twin], value) {
                differ(&old[twin][field], &value[field], field, &mut inside);
            }
            if !inside.is_empty() {
                children.push(json!({"path": at.to_string(), "propertyChangeType": "Modify",
                    "before": old[twin], "after": value, "children": inside}));
            }
        } else {
            differ(&old[twin], value, &at.to_string(), &mut children);
        }
    }
    let gone = old.iter().enumerate().filter(|(at, _)| !met[*at]);
    children.extend(
        gone.map(|(at, value)| json!({"path": at.to_string(), "propertyChangeType": "Delete", "before": value})),
    );
    children
}

/// Ids and places have no case; tags have.
fn same(before: &Value, after: &Value, path: &str) -> bool {
    match (before.as_str(), after.as_str()) {
        (Some(old), Some(new)) if !path.starts_with("tags.") => {
            old == new || (path == "location" || old.starts_with('/') || is_guid(old)) && old.eq_ignore_ascii_case(new)
        }
        _ => before == after,
    }
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}
