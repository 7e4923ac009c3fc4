//! secrets.json: values that only Key Vault and the machines may see.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

use super::{json, team::TeamError};

/// `{"shared": {NAME: value}, "members": {email: {NAME: value}}}`. `Debug` never shows a value.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub shared: BTreeMap<String, SecretString>,
    /// Keyed by lower-cased e-mail.
    pub members: BTreeMap<String, BTreeMap<String, SecretString>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    shared: BTreeMap<String, String>,
    #[serde(default)]
    members: BTreeMap<String, BTreeMap<String, String>>,
}

const FORM: &str = r#"write {"shared": {"NAME": "value"}, "members": {"alice@example.com": {"NAME": "value"}}}"#;

fn wrong(at: &serde_json::Error, message: String, remedy: &str) -> TeamError {
    TeamError { line: at.line().max(1), column: at.column().max(1), message, remedy: remedy.into() }
}

/// A name that a SecretRef can point to, and a value that was not cut or padded on its way into the file.
fn usable(text: &str, of: &str, name: &str, value: &str) -> Result<(), TeamError> {
    let clean = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let (message, remedy) = if name.is_empty() || name.len() > 127 || !clean {
        // Not quoted: it may be the value, in the place of its name.
        (format!("a name of {of} is no name for a secret"), "use letters, digits and _ - ., for example OPENAI_API_KEY")
    } else if value.is_empty() {
        (format!("`{name}` of {of} is empty"), "put its value there, or remove the line")
    } else if value.trim() != value && !value.trim().contains('\n') {
        // A key file's text has lines, and ends in a line break rightly.
        (format!("the value of `{name}` of {of} begins or ends with a blank or a line break"), "remove it")
    } else {
        return Ok(());
    };
    // Others may have one of the same name above.
    let owner = text.to_ascii_lowercase().find(&format!("\"{}\"", of.to_ascii_lowercase())).unwrap_or(0);
    let at = text.get(owner..).and_then(|rest| rest.find(&format!("\"{name}\""))).unwrap_or(0);
    let line = text.get(..owner + at).unwrap_or_default().matches('\n').count() + 1;
    Err(TeamError { line, column: 1, message, remedy: remedy.into() })
}

/// One address in two spellings: one of the two would be lost.
fn twice(text: &str, email: &str) -> TeamError {
    let lower = text.to_lowercase();
    let second = lower.match_indices(email).nth(1).map_or(0, |(at, _)| at);
    let line = lower.get(..second).unwrap_or_default().matches('\n').count() + 1;
    let message = format!("{email} stands here twice, spelt differently");
    TeamError { line, column: 1, message, remedy: "put all of theirs under one of the two".into() }
}

/// Reads secrets.json; an error names the place, never a value.
pub fn parse(text: &str) -> Result<Secrets, TeamError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // serde would take a list for the fields in their order.
    if text.trim_start().starts_with('[') {
        let message = "this is a list, not an object".to_owned();
        return Err(TeamError { line: 1, column: 1, message, remedy: FORM.into() });
    }
    let file: File = serde_json::from_str(text).map_err(|e| {
        // serde's own message may quote the value it stumbled over.
        let message = match e.classify() {
            serde_json::error::Category::Data => "this is not of the expected form",
            serde_json::error::Category::Eof => "the file ends too early",
            _ => "this is not valid JSON",
        };
        wrong(&e, message.into(), FORM)
    })?;
    json::no_field_twice(text).map_err(|e| {
        let message = e.to_string();
        wrong(&e, message.split(" at line ").next().unwrap_or_default().into(), "keep one of the two")
    })?;
    let all = std::iter::once(("shared", &file.shared)).chain(file.members.iter().map(|(m, own)| (m.as_str(), own)));
    all.flat_map(|(of, values)| values.iter().map(move |(name, value)| (of, name, value)))
        .try_for_each(|(of, name, value)| usable(text, of, name, value))?;
    let hide = |map: BTreeMap<String, String>| map.into_iter().map(|(k, v)| (k, SecretString::from(v))).collect();
    let mut members = BTreeMap::new();
    for (email, own) in file.members {
        let email = email.trim().to_lowercase();
        if members.contains_key(&email) {
            return Err(twice(text, &email));
        }
        members.insert(email, hide(own));
    }
    Ok(Secrets { shared: hide(file.shared), members })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_wrong_value_is_its_owners() {
        let text = "{\"shared\": {\n\"K\": \"v\"}, \"members\": {\n\"Bob@x.org\": {\n\"K\": \"\"}}}";
        assert_eq!(parse(text).unwrap_err().line, 4);
    }
    use secrecy::ExposeSecret;

    #[test]
    fn values_are_read_and_never_shown() {
        let secrets = parse(r#"{"shared":{"KEY":"s3cret"},"members":{"Alice@Example.com":{"KEY":"own"}}}"#).unwrap();
        assert_eq!(secrets.shared["KEY"].expose_secret(), "s3cret");
        assert_eq!(secrets.members["alice@example.com"]["KEY"].expose_secret(), "own");
        assert!(!format!("{secrets:?}").contains("s3cret"));
    }

    #[test]
    fn an_address_in_two_spellings_loses_nothing() {
        let text = "{\"members\":{\n\"Alice@x.org\":{\"A\":\"1\"},\n\"alice@x.org \":{\"B\":\"2\"}}}";
        let error = parse(text).unwrap_err();
        assert_eq!((error.line, error.to_string().contains("alice@x.org stands here twice")), (3, true), "{error}");
    }

    #[test]
    fn an_error_names_the_place_and_no_value() {
        for text in [
            "{\"shared\":\n{\"KEY\":[\"s3cret\"]}}",
            "{\"shared\":\n{\"KEY\":\"s3cret\"",
            "{\"s3cret\":1}",
            "s3cret",
            "\n[{\"KEY\": \"s3cret\"}]",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {}", error.remedy).contains("s3cret"), "{error}");
        }
        assert_eq!(parse("{\"shared\":\n{\"KEY\":1}}").unwrap_err().line, 2);
    }

    #[test]
    fn a_name_or_a_value_that_no_machine_could_use_is_refused() {
        for (inner, says) in [
            (r#""": "s3cret""#, "no name"),
            (r#""A KEY": "s3cret""#, "no name"),
            (r#""KEY": """#, "empty"),
            (r#""KEY": "s3cret ""#, "begins or ends"),
            (r#""KEY": "s3cret\n""#, "begins or ends"),
            (r#""KEY": "a", "KEY": "s3cret""#, "`KEY` stands twice"),
        ] {
            let error = parse(&format!("{{\"shared\":\n{{{inner}}}}}")).unwrap_err();
            assert!(error.message.contains(says) && error.line == 2, "{error}");
            assert!(!error.message.contains("s3cret"), "{error}");
        }
        parse(r#"{"shared":{"ID.KEY_1-a":"-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n"}}"#).unwrap();
    }
}
