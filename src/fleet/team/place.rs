//! Where something stands in the file, and words for what was found there.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

/// 1-based line and column of a byte offset.
pub fn of_offset(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

/// The 1-based line where a raw value of `text` starts. serde_json's raw values borrow from the text they
/// were read from, so the distance of the two pointers is the offset.
pub fn line_of(text: &str, raw: &RawValue) -> usize {
    let offset = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    of_offset(text, offset).0
}

/// The 1-based line where a field's value starts, e.g. of `["fleet", "location"]`; `None` when it is not there.
pub fn line_of_field(text: &str, path: &[&str]) -> Option<usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at: &RawValue = serde_json::from_str(text).ok()?;
    for name in path {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(at.get()).ok()?;
        at = fields.get(*name).copied()?;
    }
    Some(line_of(text, at))
}

/// What kind of value this is, for people.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// "did you mean" for an unknown field: the nearest known one, or all of them.
pub fn nearest(unknown: &str, known: &[&str]) -> String {
    let distance = |k: &&&str| strsim::damerau_levenshtein(&unknown.to_lowercase(), &k.to_lowercase());
    match known.iter().min_by_key(distance) {
        Some(k) if distance(&k) <= 1 + unknown.len() / 3 => format!("did you mean `{k}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}
