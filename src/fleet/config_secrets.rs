//! Credentials in a config: those written out where OpenClaw takes a reference, and what is hidden where one is shown.

use serde_json::Value;

/// What the gateway shows in place of a secret (openclaw.md, Config).
pub const REDACTED: &str = "__OPENCLAW_REDACTED__";

/// How the fields end that OpenClaw reads credentials from (its docs, "SecretRef credential surface"), in lower case
/// and without `_` and `-`.
const ENDINGS: [&str; 7] = ["token", "secret", "password", "passphrase", "apikey", "privatekey", "encryptkey"];
/// Fields of that list with names of their own.
const NAMES: [&str; 4] = ["authtag", "serviceaccount", "authorization", "cookie"];

/// What is hidden besides where a config is shown, and not refused: hiding too much does little harm. Numbers only
/// where a name ends so, text wherever it says so: `maxTokens: 5` is shown.
const WORDS: [&str; 12] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "privatekey",
    "accesskey",
    "signingkey",
    "credential",
    "cookie",
    "bearer",
];

/// How much of a value is hidden where it is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hidden {
    Nothing,
    Text,
    /// A credential, whatever it is made of.
    TextAndNumbers,
}

/// Where a value stands, as far as that says what of it may be shown.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    name: &'a str,
    hidden: Hidden,
}

impl Place<'static> {
    /// The whole config.
    pub const ROOT: Self = Self { name: "", hidden: Hidden::Nothing };
}

impl Place<'_> {
    /// What is hidden stays so further down.
    pub fn below(self, key: &str) -> Place<'_> {
        let name = plain(key);
        let hidden = if is_credential(self.name, &name) || WORDS.iter().any(|word| name.ends_with(word)) {
            Hidden::TextAndNumbers
        } else if WORDS.iter().any(|word| name.contains(word)) {
            Hidden::Text
        } else {
            Hidden::Nothing
        };
        Place { name: key, hidden: self.hidden.max(hidden) }
    }
}

/// A value as it may be shown.
pub fn redacted(value: &Value, place: Place<'_>) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), redacted(value, place.below(key)))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| redacted(value, place)).collect()),
        Value::String(_) if place.hidden >= Hidden::Text => Value::String("[redacted]".to_owned()),
        Value::Number(_) if place.hidden == Hidden::TextAndNumbers => Value::String("[redacted]".to_owned()),
        other => other.clone(),
    }
}

/// The dotted path of the first credential that is written out. References, `${VARIABLES}`, what the gateway hides
/// and empty values are none.
pub fn literal(config: &Value) -> Option<String> {
    find(config, &mut Vec::new(), false)
}

fn find(value: &Value, path: &mut Vec<String>, secret: bool) -> Option<String> {
    match value {
        Value::Object(fields) if !is_reference(value) => fields.iter().find_map(|(key, value)| {
            let secret = is_credential(path.last().map_or("", String::as_str), &plain(key));
            path.push(key.clone());
            let found = find(value, path, secret);
            path.pop();
            found
        }),
        Value::Array(list) => list.iter().enumerate().find_map(|(at, value)| {
            path.push(at.to_string());
            let found = find(value, path, secret);
            path.pop();
            found
        }),
        Value::String(text) if secret && !is_harmless(text) => Some(path.join(".")),
        Value::Number(_) if secret => Some(path.join(".")),
        _ => None,
    }
}

/// In lower case and without `_` and `-`.
fn plain(key: &str) -> String {
    key.chars().filter(|c| *c != '_' && *c != '-').collect::<String>().to_ascii_lowercase()
}

/// Whether a field of this [`plain`] name holds a credential.
fn is_credential(parent: &str, name: &str) -> bool {
    ENDINGS.iter().any(|end| name.ends_with(end))
        || NAMES.iter().any(|end| name.ends_with(end))
        || match parent {
            "headers" | "env" | "tls" | "vars" => name.ends_with("key"),
            "auth" => name == "value",
            _ => false,
        }
}

fn is_reference(value: &Value) -> bool {
    ["source", "provider", "id"].iter().all(|field| value.get(field).is_some_and(Value::is_string))
}

fn is_harmless(text: &str) -> bool {
    let variable = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
    let named = |v: &str| !v.is_empty() && v.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    text.is_empty() || text == REDACTED || variable.is_some_and(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_credential_that_is_written_out_is_found_by_its_path() {
        for (config, path) in [
            (json!({"models": {"providers": {"anthropic": {"apiKey": "sk-x"}}}}), "models.providers.anthropic.apiKey"),
            (
                json!({"models": {"providers": {"a": {"headers": {"x-api-key": "k"}}}}}),
                "models.providers.a.headers.x-api-key",
            ),
            (
                json!({"models": {"providers": {"a": {"request": {"tls": {"key": "k"}}}}}}),
                "models.providers.a.request.tls.key",
            ),
            (
                json!({"models": {"providers": {"a": {"request": {"auth": {"value": "k"}}}}}}),
                "models.providers.a.request.auth.value",
            ),
            (
                json!({"channels": {"slack": {"accounts": {"a": {"signingSecret": "k"}}}}}),
                "channels.slack.accounts.a.signingSecret",
            ),
            (json!({"channels": {"irc": {"password": 12345}}}), "channels.irc.password"),
            (json!({"channels": {"buzz": {"authTag": "k"}}}), "channels.buzz.authTag"),
            (
                json!({"channels": {"googlechat": {"serviceAccount": {"private_key": "k"}}}}),
                "channels.googlechat.serviceAccount.private_key",
            ),
            (json!({"list": [{"botToken": "k"}]}), "list.0.botToken"),
            (json!({"env": {"OPENAI_API_KEY": "k"}}), "env.OPENAI_API_KEY"),
        ] {
            assert_eq!(literal(&config).as_deref(), Some(path));
        }
    }

    #[test]
    fn a_credential_is_not_shown_wherever_it_stands_and_whatever_it_is_made_of() {
        let config = json!({
            "googlechat": {"serviceAccount": {"private_key": "SHOWN"}, "private_key": "SHOWN", "passphrase": 777_001},
            "headers": {"x-api-key": "SHOWN", "Authorization": "SHOWN", "Cookie": "SHOWN", "my-key": "SHOWN"},
            "buzz": {"encryptKey": "SHOWN", "authTag": "SHOWN", "auth": {"value": "SHOWN"}, "password": 777_002},
            "list": [{"token": {"value": [777_003, "SHOWN"]}}, {"passwd": 777_004}],
            "credentials": {"one": "SHOWN"}, "tokens": ["SHOWN"], "api_key_of": "SHOWN", "secretAccessKey": "SHOWN",
        });
        let shown = redacted(&config, Place::ROOT).to_string();
        assert!(!shown.contains("SHOWN") && !shown.contains("777"), "{shown}");
    }

    #[test]
    fn what_is_harmless_is_shown() {
        let config = json!({"maxTokens": 5, "cookieDays": 7, "agents": {"contextTokens": 9, "every": "1h"},
            "auth": {"mode": "token"}, "headers": {"x-team": "blue"}, "token": null, "cookie": true, "key": "agent"});
        assert_eq!(redacted(&config, Place::ROOT), config);
    }

    #[test]
    fn references_and_what_only_sounds_like_one_pass() {
        let reference = json!({"source": "file", "provider": "claw-keys", "id": "/KEY"});
        for config in [
            json!({"models": {"providers": {"a": {"apiKey": reference, "headers": {"x-team": "blue"}}}}}),
            json!({"channels": {"slack": {"botToken": "${SLACK_TOKEN}", "appToken": null, "signingSecret": REDACTED}}}),
            json!({"agents": {"defaults": {"maxTokens": 5, "reserveTokens": "9"}}, "mode": "token"}),
        ] {
            assert_eq!(literal(&config), None, "{config}");
        }
    }
}
