//! One block of team.json, and the words for what is wrong in it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{
    Problem,
    place::{line_of, nearest},
};

pub const NO_OBJECT: &str = "invalid type: list, expected an object";

/// A block with its defaults; what is wrong in it becomes a problem and the block keeps its defaults.
pub fn block<T: DeserializeOwned + Default>(
    text: &str,
    name: &str,
    top: &BTreeMap<String, &RawValue>,
    problems: &mut Vec<Problem>,
) -> T {
    let Some(raw) = top.get(name) else { return T::default() };
    // serde would take a list's items for the fields in their order.
    if raw.get().starts_with('[') {
        problems.push(wrong(line_of(text, raw), name, NO_OBJECT, &remedy(name, name, NO_OBJECT)));
        return T::default();
    }
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(block) => block,
        Err(error) => {
            let path = error.path().to_string();
            let field = if path == "." { name.to_owned() } else { format!("{name}.{path}") };
            let inner = error.inner();
            let start = line_of(text, raw);
            let message = inner.to_string();
            let message = in_words(message.split(" at line ").next().unwrap_or_default());
            let remedy = remedy(name, &field, &message);
            problems.push(Problem {
                line: start + inner.line().max(1) - 1,
                field,
                message,
                remedy,
                hides_a_member: false,
            });
            T::default()
        }
    }
}

/// What would be right in a field of a block, after what serde says is wrong with it.
pub fn remedy(name: &str, field: &str, message: &str) -> String {
    match unknown_field(message) {
        Some((unknown, known)) => nearest(&unknown, &known.iter().map(String::as_str).collect::<Vec<_>>()),
        None => right(field).map_or_else(|| format!("claw schema team shows what `{name}` may hold"), str::to_owned),
    }
}

/// For fields that people often write otherwise.
fn right(field: &str) -> Option<&'static str> {
    let field = field.split('[').next().unwrap_or(field);
    Some(match field.rsplit('.').next()? {
        "after" => "write it like 2h or 90min",
        "timeZone" => "write an IANA name such as Europe/Berlin",
        "workingHours" => "write it like 08:00-18:00, or 22:00-06:00 for a night",
        "daysOff" => r#"write a list such as ["sat", "sun", "2026-12-24"]"#,
        "keepAwakeUntil" => "write it like 2026-12-01T18:00",
        "jobs" => "write keep or ignore",
        "shutdownAt" => "write it like 07:30 or 19:00, or never",
        _ => return None,
    })
}

/// serde's words without the names of our types and theirs.
pub fn in_words(message: &str) -> String {
    let words = [
        ("struct FleetSettings", "an object"),
        ("struct NetworkSettings", "an object"),
        ("struct IdleSettings", "an object"),
        ("struct IdleOverride", "an object"),
        ("struct ConfigSettings", "an object"),
        ("a string", "text"),
        ("sequence", "list"),
        ("boolean", "true or false"),
        ("u32", "a whole number"),
        ("string ", "text "),
        ("map", "an object"),
    ];
    words.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Takes serde's "unknown field `x`, expected one of `a`, `b`" apart.
fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

pub fn wrong(line: usize, field: &str, message: &str, remedy: &str) -> Problem {
    Problem { line, field: field.into(), message: message.into(), remedy: remedy.into(), hides_a_member: false }
}
