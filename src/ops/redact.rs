//! What looks like a secret, taken out of text that is kept: the record of actions, recordings of the window.
//!
//! A last net: claw's own errors and events hold no secret in the first place. It rather hides too much.

/// Stands where something was.
pub const HIDDEN: &str = "[hidden]";

/// How the tokens of well-known services begin.
const BEGINNINGS: [&str; 14] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "eyJ",
];
/// A name with one of these in it has a secret for its value.
const NAMES: [&str; 8] = ["key", "token", "secret", "passw", "pwd", "authorization", "credential", "signature"];
/// Shorter than this nothing is taken for a token by its beginning.
const SHORTEST: usize = 12;

/// The text with everything that looks like a secret hidden.
pub fn redacted(text: &str) -> String {
    if let Some(at) = text.find("-----BEGIN ").filter(|at| text[*at..].contains("PRIVATE KEY")) {
        return format!("{}{HIDDEN}", redacted(&text[..at]));
    }
    let mut out = String::with_capacity(text.len());
    let mut hide_next = false;
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || c == '"' || c == '\'' || c == ',') {
        let word = piece.trim_end_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'' || c == ',');
        let rest = &piece[word.len()..];
        let clean = if hide_next && word.chars().any(char::is_alphanumeric) {
            // `Authorization: Bearer x` names its value twice.
            hide_next = is_scheme(word);
            if hide_next { word.to_owned() } else { HIDDEN.to_owned() }
        } else {
            hide_next = (hide_next && word.chars().all(|c| ":=".contains(c))) || announces(word, rest);
            hidden(word)
        };
        out.push_str(&clean);
        out.push_str(rest);
    }
    out
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
}

/// Whether the next word is a secret: after `Bearer`, `api_key:`, `"token":`, `--password`.
fn announces(word: &str, rest: &str) -> bool {
    let name = word.trim_end_matches([':', '=']);
    let assigns = name.len() < word.len() || word.starts_with("--") || rest.starts_with('"');
    is_scheme(word) || (assigns && is_secret_name(name))
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit(['?', '&', '/', '{', '(', '.']).next().unwrap_or_default();
    // Keys of SSH hosts are public, and a file named by a flag is no secret.
    NAMES.iter().any(|n| last.contains(n)) && !last.contains("host-key") && !last.contains("ssh-key")
}

/// One word: a token by its beginning, `name=value` with a telling name, `user:password@host`.
fn hidden(word: &str) -> String {
    let inner = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    if inner.len() >= SHORTEST && BEGINNINGS.iter().any(|b| inner.starts_with(b)) {
        return format!("{}{HIDDEN}", &word[..word.len() - inner.len()]);
    }
    if let Some((scheme, rest)) = word.split_once("://")
        && let Some((user, host)) = rest.split('/').next().unwrap_or_default().split_once('@')
        && user.contains(':')
    {
        let path = &rest[user.len() + 1 + host.len()..];
        return format!("{scheme}://{HIDDEN}@{host}{path}");
    }
    if word.contains(['&', '?', '#', ';']) {
        let parts = word.split_inclusive(['&', '?', '#', ';']).map(|part| {
            let end = part.trim_end_matches(['&', '?', '#', ';']);
            format!("{}{}", value_hidden(end), &part[end.len()..])
        });
        return parts.collect();
    }
    value_hidden(word)
}

fn value_hidden(word: &str) -> String {
    match word.find(['=', ':']) {
        Some(at) if at + 1 < word.len() && !word[at..].starts_with("://") && is_secret_name(&word[..at]) => {
            format!("{}{HIDDEN}", &word[..=at])
        }
        _ => word.to_owned(),
    }
}

/// Every text of a JSON value.
pub fn redact_json(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(text) => *text = redacted(text),
        Value::Array(all) => all.iter_mut().for_each(redact_json),
        Value::Object(fields) => {
            // A change of a config names its place beside its values.
            let of_a_secret = fields.get("path").and_then(Value::as_str).is_some_and(is_secret_name);
            for (name, value) in fields {
                let names_one = is_secret_name(name) || (of_a_secret && ["before", "after"].contains(&name.as_str()));
                match value {
                    Value::String(text) if names_one => HIDDEN.clone_into(text),
                    value => redact_json(value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "Zq8vR2mN7pXw41Lk";

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        for text in [
            format!("sk-ant-{SECRET}"),
            format!("token is ghp_{SECRET}, they say"),
            format!("ANTHROPIC_API_KEY={SECRET} claw"),
            format!(r#"{{"apiKey": "{SECRET}", "x": 1}}"#),
            format!(r#"{{"token":"{SECRET}"}}"#),
            format!("Authorization: Bearer {SECRET}"),
            format!("--password {SECRET} --now"),
            format!("http://127.0.0.1:1/?a=1#token={SECRET}"),
            format!("https://me:{SECRET}@proxy.example/x"),
            format!("password: '{SECRET}'"),
            format!("SharedAccessKey={SECRET};Endpoint=x"),
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n"),
            format!("eyJhbGciOi.{SECRET}"),
        ] {
            let clean = redacted(&text);
            assert!(!clean.contains(SECRET) && clean.contains(HIDDEN), "{text} → {clean}");
        }
    }

    #[test]
    fn what_people_need_to_read_stays() {
        for text in [
            "claw-alice: its host key differs (SHA256:abcdef) · claw up pins it",
            "there is no SSH key at ~/.ssh/id (flag --ssh-key)",
            "GET https://management.azure.com/subscriptions/x?api-version=2024-07-01: 429",
            "secret openclaw-shared pushed",
            "3 secrets are in the vault",
            "claw devices approve 4651b189-0001 --machine alice",
            "claw secrets push --reload",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn values_of_json_are_hidden_by_their_names() {
        let mut value = serde_json::json!({
            "apiKey": SECRET, "machine": "claw-a",
            "changes": [{"path": "channels.telegram.botToken", "before": null, "after": SECRET}],
        });
        redact_json(&mut value);
        assert!(!value.to_string().contains(SECRET) && value["machine"] == "claw-a", "{value}");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,80}") {
            redacted(&text);
        }
    }
}
