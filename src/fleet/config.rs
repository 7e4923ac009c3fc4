//! OpenClaw configuration: merge the fleet's template with a member's overrides, and show what changes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config_secrets::{Place, literal, redacted};

/// One changed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path, e.g. `agents.defaults.model`.
    pub path: String,
    /// `None`: was absent. Secrets appear as `[redacted]`.
    pub before: Option<Value>,
    /// `None`: is removed.
    pub after: Option<Value>,
}

/// Why a config must not be pushed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("`{path}` must not be pushed: {why}")]
    Forbidden { path: String, why: String },
    #[error("the config must be a JSON object, not {found}")]
    NotAnObject { found: String },
    #[error("`{path}` holds a credential as plain text")]
    Plain { path: String },
}

impl ConfigError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "take it out; claw sets this itself",
            Self::NotAnObject { .. } => r#"write an object: {"agents": …}"#,
            Self::Plain { .. } => {
                r#"put it in secrets.json and write {"source": "file", "provider": "claw-keys", "id": "/NAME"} here"#
            }
        }
    }
}

/// Paths that belong to the bootstrap; changing them cuts claw or the member off.
const FORBIDDEN: [(&[&str], &str); 4] = [
    (&["gateway", "port"], "the gateway stays on its old port and every client misses it"),
    (&["gateway", "bind"], "the gateway must listen on loopback only"),
    (&["gateway", "auth"], "the token is made on the machine and never leaves it"),
    (&["secrets", "providers"], "the bootstrap points these at the machine's tmpfs"),
];

/// What is wrong with a path of `config.owned`, if anything.
pub fn check_owned(path: &str) -> Result<(), &'static str> {
    let keys: Vec<&str> = path.split('.').collect();
    if keys.iter().any(|key| key.is_empty() || key.chars().any(|c| c.is_whitespace() || c.is_control())) {
        return Err("is no dotted path");
    }
    // Above one of them or below it: either way a push would remove it.
    let kept = |(kept, _): &(&[&str], &str)| kept.iter().zip(&keys).all(|(a, b)| a == b);
    if FORBIDDEN.iter().any(kept) { Err("holds what claw sets itself") } else { Ok(()) }
}

/// JSON merge patch (RFC 7396).
pub fn merge(base: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = Value::Object(serde_json::Map::new());
    }
    let Value::Object(base) = base else { return };
    for (key, value) in patch {
        if value.is_null() {
            base.shift_remove(key);
        } else {
            merge(base.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Refuses paths that break a machine.
pub fn check(patch: &Value) -> Result<(), ConfigError> {
    if !patch.is_object() {
        let found = match patch {
            Value::Array(_) => "a list",
            Value::Null => "null",
            Value::String(_) => "a string",
            _ => "a number or truth value",
        };
        return Err(ConfigError::NotAnObject { found: found.into() });
    }
    for (path, why) in FORBIDDEN {
        let mut at = Some(patch);
        for (depth, key) in path.iter().enumerate() {
            at = at.and_then(|v| v.get(key));
            // Removing a parent removes the child with it.
            let last = depth + 1 == path.len();
            // And so does putting something else in its place.
            if at.is_some_and(|v| last || !v.is_object()) {
                return Err(ConfigError::Forbidden { path: path.join("."), why: why.into() });
            }
        }
    }
    match literal(patch) {
        Some(path) => Err(ConfigError::Plain { path }),
        None => Ok(()),
    }
}

/// What applying `patch` (RFC 7396) to `live` would change; secret-looking values redacted.
pub fn diff(live: &Value, patch: &Value) -> Vec<Change> {
    let mut after = live.clone();
    merge(&mut after, patch);
    difference(live, &after)
}

/// What is different between two whole configs; secret-looking values redacted.
pub fn difference(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", Place::ROOT, Some(before), Some(after), &mut changes);
    changes
}

fn compare(path: &str, place: Place<'_>, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(a)), Some(Value::Object(b))) = (before, after) {
        let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(*k)));
        for key in keys {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            compare(&below, place.below(key), a.get(key), b.get(key), changes);
        }
        return;
    }
    let show = |v: Option<&Value>| v.map(|v| redacted(v, place));
    changes.push(Change { path: path.to_owned(), before: show(before), after: show(after) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (base, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
            (json!([1]), json!({"a":1}), json!({"a":1})),
        ] {
            let mut merged = base.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, result, "{base} {patch}");
        }
    }

    #[test]
    fn what_breaks_a_machine_is_refused() {
        for patch in [
            json!({"gateway":{"port":1}}),
            json!({"gateway":{"bind":"lan"}}),
            json!({"gateway":{"auth":{"mode":"none"}}}),
            json!({"gateway":null}),
            json!({"secrets":{"providers":{}}}),
            json!([1]),
            json!("x"),
            json!({"gateway": []}),
            json!({"gateway": "x"}),
            json!({"secrets": []}),
            json!({"channels": {"slack": {"botToken": "xoxb"}}}),
        ] {
            assert!(check(&patch).is_err(), "{patch}");
        }
        assert_eq!(check(&json!({"gateway":{"mode":"local"},"models":{}})), Ok(()));
    }

    #[test]
    fn owned_paths_are_paths_and_not_claws_own() {
        for path in ["", ".", "a..b", "a.", " a", "gateway", "gateway.port", "gateway.auth.token", "secrets"] {
            assert!(check_owned(path).is_err(), "{path}");
        }
        for path in ["tools", "agents.list", "gateway.mode"] {
            assert_eq!(check_owned(path), Ok(()));
        }
    }

    #[test]
    fn a_diff_names_each_value_and_hides_secrets() {
        let live = json!({"a":{"b":1,"apiKey":"old"},"keep":true});
        let changes = diff(&live, &json!({"a":{"b":2,"apiKey":"new"},"list":[{"token":"x"}],"keep":null}));
        let shown = serde_json::to_string(&changes).unwrap();
        assert_eq!(changes.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["a.b", "a.apiKey", "keep", "list"]);
        assert!(!shown.contains("old") && !shown.contains("new") && !shown.contains("\"x\""), "{shown}");
    }

    #[test]
    fn what_stands_below_a_hidden_name_is_hidden_on_both_sides() {
        let before =
            json!({"headers": {"x-api-key": "old", "x-team": "red"}, "irc": {"password": 111}, "maxTokens": 5});
        let after =
            json!({"headers": {"x-api-key": "new", "x-team": "blue"}, "irc": {"password": 222}, "maxTokens": 6});
        let shown = serde_json::to_string(&difference(&before, &after)).unwrap();
        assert!(["old", "new", "111", "222"].iter().all(|secret| !shown.contains(secret)), "{shown}");
        assert!(shown.contains("\"red\"") && shown.contains("blue") && shown.contains('6'), "{shown}");
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "[a-c]{0,2}".prop_map(Value::from)];
        leaf.prop_recursive(3, 16, 3, |inner| prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|m| json!(m)))
    }

    proptest! {
        #[test]
        fn after_a_merge_there_is_no_difference_left(live in json_value(), patch in json_value()) {
            let mut after = live.clone();
            merge(&mut after, &patch);
            prop_assert!(diff(&after, &patch).is_empty());
            prop_assert_eq!(diff(&live, &patch).is_empty(), live == after);
        }
    }
}
