//! What is sent to one machine's gateway: the team's template, the member's overrides, and what operators own.

use serde_json::{Map, Value};

pub use super::config_secrets::REDACTED;

/// A merge patch (RFC 7396) over `live`: the template merged with the member's own. Below a path in `owned` (dotted,
/// e.g. `tools`) operators decide alone: what the machine has there and neither of the two names is removed.
pub fn patch_for(live: &Value, template: &Value, own: Option<&Value>, owned: &[String]) -> Value {
    let mut patch = template.clone();
    if let Some(own) = own {
        overlay(&mut patch, own);
    }
    for path in owned {
        let keys: Vec<&str> = path.split('.').collect();
        own_below(live, &mut patch, &keys);
    }
    patch
}

/// Merges two patches into one: what the second removes stays removed, so its nulls are kept.
fn overlay(patch: &mut Value, own: &Value) {
    match (patch, own) {
        (Value::Object(patch), Value::Object(own)) => {
            for (key, value) in own {
                overlay(patch.entry(key.clone()).or_insert_with(|| value.clone()), value);
            }
        }
        (patch, own) => *patch = own.clone(),
    }
}

fn own_below(live: &Value, patch: &mut Value, keys: &[&str]) {
    let (Value::Object(live), Value::Object(patch)) = (live, patch) else { return };
    match keys.split_first() {
        Some((key, rest)) => {
            let Some(live) = live.get(*key) else { return };
            // Named by nobody: there is nothing that it should be.
            let Some(below) = patch.get_mut(*key) else {
                patch.insert((*key).to_owned(), emptied(live, rest));
                return;
            };
            own_below(live, below, rest);
        }
        None => {
            for (key, value) in live {
                match patch.get_mut(key) {
                    None => {
                        patch.insert(key.clone(), Value::Null);
                    }
                    Some(below) => own_below(value, below, &[]),
                }
            }
        }
    }
}

/// A patch that removes what stands at `keys`, and nothing beside it.
fn emptied(live: &Value, keys: &[&str]) -> Value {
    match (keys.split_first(), live) {
        (Some((key, rest)), Value::Object(live)) => {
            let below = live.get(*key).map(|live| ((*key).to_owned(), emptied(live, rest)));
            Value::Object(below.into_iter().collect::<Map<_, _>>())
        }
        (Some(_), _) => Value::Object(Map::new()),
        (None, _) => Value::Null,
    }
}

/// Dotted paths of the lists in a patch. The gateway takes entries out of a list only where they are named
/// (`replacePaths` of `config.patch`).
pub fn lists(patch: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    walk(value, &if at.is_empty() { key.clone() } else { format!("{at}.{key}") }, found);
                }
            }
            // Removing a list takes its entries out as well.
            Value::Array(_) | Value::Null => found.push(at.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(patch, "", &mut found);
    found
}

/// `saved` with what the gateway hides in `live` hidden as well, so that the two can be compared and shown.
pub fn hidden_as(saved: &Value, live: &Value) -> Value {
    match (saved, live) {
        (_, Value::String(text)) if text == REDACTED => live.clone(),
        (Value::Object(saved), Value::Object(live)) => {
            let hide = |(key, value): (&String, &Value)| {
                (key.clone(), live.get(key).map_or_else(|| value.clone(), |live| hidden_as(value, live)))
            };
            Value::Object(saved.iter().map(hide).collect())
        }
        (Value::Array(saved), Value::Array(live)) if saved.len() == live.len() => {
            Value::Array(saved.iter().zip(live).map(|(saved, live)| hidden_as(saved, live)).collect())
        }
        _ => saved.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fleet::config::{diff, difference, merge};

    fn owned(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|p| (*p).to_owned()).collect()
    }

    #[test]
    fn the_member_wins_over_the_template_and_the_rest_of_the_machine_stays() {
        let live = json!({"a": {"x": 1, "mine": 2}, "other": 3});
        let (template, own) = (json!({"a": {"x": 5, "y": 6}}), json!({"a": {"y": 7}}));
        let patch = patch_for(&live, &template, Some(&own), &[]);
        assert_eq!(patch, json!({"a": {"x": 5, "y": 7}}));
        let mut after = live;
        merge(&mut after, &patch);
        assert_eq!(after, json!({"a": {"x": 5, "mine": 2, "y": 7}, "other": 3}));
    }

    #[test]
    fn what_a_member_sets_to_null_is_removed() {
        let live = json!({"a": {"x": 1, "y": 2}, "b": 3, "c": 4});
        let (template, own) = (json!({"a": {"x": 5}, "b": 6}), json!({"a": {"x": null}, "b": null, "c": null}));
        let mut after = live.clone();
        merge(&mut after, &patch_for(&live, &template, Some(&own), &[]));
        assert_eq!(after, json!({"a": {"y": 2}}));
    }

    #[test]
    fn below_an_owned_path_only_what_operators_say_is_left() {
        let live =
            json!({"tools": {"deny": ["x"], "exec": {"mine": 1, "ask": 2}}, "agents": {"list": {"z": 1}, "k": 1}});
        let template = json!({"tools": {"exec": {"ask": 3}}});
        let paths = owned(&["tools", "agents.list", "nowhere.at.all"]);
        let mut after = live.clone();
        let patch = patch_for(&live, &template, None, &paths);
        merge(&mut after, &patch);
        assert_eq!(after, json!({"tools": {"exec": {"ask": 3}}, "agents": {"k": 1}}));
        assert!(diff(&after, &patch_for(&after, &template, None, &paths)).is_empty(), "pushed once, nothing is left");
        assert_eq!(lists(&patch), ["tools.exec.mine", "tools.deny", "agents.list"]);
    }

    #[test]
    fn what_the_gateway_hides_is_not_shown_from_a_file_either() {
        let live = json!({"auth": {"token": REDACTED}, "keys": [{"k": REDACTED}], "b": 1});
        let saved = json!({"auth": {"token": "s3cret"}, "keys": [{"k": "s3cret"}], "b": 2});
        let hidden = hidden_as(&saved, &live);
        assert_eq!(hidden, json!({"auth": {"token": REDACTED}, "keys": [{"k": REDACTED}], "b": 2}));
    }

    #[test]
    fn what_the_live_config_has_no_more_is_not_shown_with_its_secrets() {
        let live = json!({"accounts": [{"botToken": REDACTED}]});
        let saved = json!({
            "accounts": [{"botToken": "s3cret"}, {"botToken": "s3cret", "pin": 1}],
            "chat": {"serviceAccount": {"private_key": "s3cret"}},
            "request": {"headers": {"x-api-key": "s3cret", "Cookie": "s3cret"}, "passphrase": 5_553_535},
        });
        let shown = serde_json::to_string(&difference(&live, &hidden_as(&saved, &live))).unwrap();
        assert!(!shown.contains("s3cret") && !shown.contains("5553535"), "{shown}");
        assert!(shown.contains("\"pin\":1"), "{shown}");
    }
}
