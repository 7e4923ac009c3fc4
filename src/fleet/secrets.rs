//! secrets.json: values that only Key Vault and the machines may see.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

use super::team::TeamError;

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

/// Reads secrets.json; an error names the place, never a value.
pub fn parse(text: &str) -> Result<Secrets, TeamError> {
    let file: File = serde_json::from_str(text).map_err(|e| TeamError {
        line: e.line().max(1),
        column: e.column().max(1),
        // serde's own message may quote the value it stumbled over.
        message: match e.classify() {
            serde_json::error::Category::Data => "this is not of the expected form".into(),
            serde_json::error::Category::Eof => "the file ends too early".into(),
            _ => "this is not valid JSON".into(),
        },
        remedy: r#"write {"shared": {"NAME": "value"}, "members": {"alice@example.com": {"NAME": "value"}}}"#.into(),
    })?;
    let hide = |map: BTreeMap<String, String>| map.into_iter().map(|(k, v)| (k, SecretString::from(v))).collect();
    Ok(Secrets {
        shared: hide(file.shared),
        members: file.members.into_iter().map(|(e, m)| (e.trim().to_lowercase(), hide(m))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn values_are_read_and_never_shown() {
        let secrets = parse(r#"{"shared":{"KEY":"s3cret"},"members":{"Alice@Example.com":{"KEY":"own"}}}"#).unwrap();
        assert_eq!(secrets.shared["KEY"].expose_secret(), "s3cret");
        assert_eq!(secrets.members["alice@example.com"]["KEY"].expose_secret(), "own");
        assert!(!format!("{secrets:?}").contains("s3cret"));
    }

    #[test]
    fn an_error_names_the_place_and_no_value() {
        for text in
            ["{\"shared\":\n{\"KEY\":[\"s3cret\"]}}", "{\"shared\":\n{\"KEY\":\"s3cret\"", "{\"s3cret\":1}", "s3cret"]
        {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {}", error.remedy).contains("s3cret"), "{error}");
        }
        assert_eq!(parse("{\"shared\":\n{\"KEY\":1}}").unwrap_err().line, 2);
    }
}
