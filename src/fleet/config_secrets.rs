//! Credentials that stand in a config as text, where OpenClaw takes a reference to one.

use serde_json::Value;

/// What the gateway shows in place of a secret (openclaw.md, Config).
pub const REDACTED: &str = "__OPENCLAW_REDACTED__";

/// How the fields end that OpenClaw reads credentials from (its docs, "SecretRef credential surface"), in lower case
/// and without `_` and `-`.
const ENDINGS: [&str; 7] = ["token", "secret", "password", "passphrase", "apikey", "privatekey", "encryptkey"];
/// Fields of that list with names of their own.
const NAMES: [&str; 4] = ["authtag", "serviceaccount", "authorization", "cookie"];

/// The dotted path of the first credential that is written out. References, `${VARIABLES}`, what the gateway hides
/// and empty values are none.
pub fn literal(config: &Value) -> Option<String> {
    find(config, &mut Vec::new(), false)
}

fn find(value: &Value, path: &mut Vec<String>, secret: bool) -> Option<String> {
    match value {
        Value::Object(fields) if !is_reference(value) => fields.iter().find_map(|(key, value)| {
            let secret = names_a_credential(path, key);
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

fn names_a_credential(path: &[String], key: &str) -> bool {
    let name: String = key.chars().filter(|c| *c != '_' && *c != '-').collect::<String>().to_ascii_lowercase();
    let parent = path.last().map_or("", String::as_str);
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
