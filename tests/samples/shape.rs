//! Comparing an answer with a sample: what the sample has, the answer must have, of the same type.

use std::{fs, path::PathBuf};

use serde_json::Value;

/// A field that an answer may lack or type otherwise: its JSON pointer with `*` for any index, and why.
pub type Excuse<'a> = (&'a str, &'a str);

/// The body of a sample's response with the status; `None`, said aloud, where the samples aren't there.
/// On a build machine (`CI=true`) their absence is a failure.
pub fn sample(name: &str, status: u16) -> Option<Value> {
    let root = std::env::var_os("CLAW_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join("facts/azure-examples").join(name);
    if !path.exists() {
        let message = format!("the official samples are not there ({}): nothing is compared", path.display());
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("{message}");
        return None;
    }
    let sample: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let body = &sample["responses"][status.to_string()]["body"];
    assert!(!body.is_null(), "{name} has no body for {status}");
    Some(body.clone())
}

/// Fails with all differences at once, and with excuses that nothing needed.
pub fn same_shape(sample: &Value, answer: &Value, excuses: &[Excuse]) {
    let mut wrong = Vec::new();
    compare(sample, answer, "", &mut wrong);
    let excused = |place: &str| excuses.iter().any(|(pointer, _)| *pointer == place);
    let unexcused: Vec<String> =
        wrong.iter().filter(|(place, _)| !excused(place)).map(|(place, what)| format!("{place}: {what}")).collect();
    assert!(unexcused.is_empty(), "unlike the sample:\n{}\nanswer: {answer:#}", unexcused.join("\n"));
    for (pointer, reason) in excuses {
        assert!(wrong.iter().any(|(place, _)| place == pointer), "{pointer} needs no excuse ({reason})");
    }
}

fn compare(sample: &Value, answer: &Value, place: &str, wrong: &mut Vec<(String, String)>) {
    match (sample, answer) {
        (Value::Object(sample), Value::Object(answer)) => {
            for (name, expected) in sample {
                let place = format!("{place}/{name}");
                match answer.get(name) {
                    Some(actual) => compare(expected, actual, &place, wrong),
                    None => wrong.push((place, "missing".into())),
                }
            }
        }
        (Value::Array(sample), Value::Array(answer)) => match (sample.first(), answer.as_slice()) {
            (Some(_), []) => wrong.push((place.to_owned(), "empty".into())),
            (Some(expected), answers) => {
                for actual in answers {
                    compare(expected, actual, &format!("{place}/*"), wrong);
                }
            }
            (None, _) => {}
        },
        _ if kind(sample) == kind(answer) => {}
        _ => wrong.push((place.to_owned(), format!("{} instead of {}", kind(answer), kind(sample)))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_is_allowed_less_and_other_is_not() {
        let sample = json!({"id": "x", "list": [{"n": 1}], "inner": {"flag": true}});
        same_shape(
            &sample,
            &json!({"id": "y", "list": [{"n": 2}, {"n": 3}], "inner": {"flag": false}, "etag": 1}),
            &[],
        );
        let mut wrong = Vec::new();
        compare(&sample, &json!({"id": 1, "list": [{}], "inner": {}}), "", &mut wrong);
        let places: Vec<&str> = wrong.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["/id", "/list/*/n", "/inner/flag"]);
    }

    #[test]
    #[should_panic(expected = "needs no excuse")]
    fn an_excuse_that_nothing_needs_is_refused() {
        same_shape(&json!({"a": 1}), &json!({"a": 1}), &[("/a", "was missing once")]);
    }
}
