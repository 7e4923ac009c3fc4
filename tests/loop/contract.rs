//! What claw prints as JSON is what `assets/schema` says: every line of every test of the loop is held to it.
//!
//! Stricter than a reader has to be: a field that no schema names is an error, so that none is added in silence.

use std::collections::BTreeMap;

use claw::cli::schema::SCHEMAS;
use serde_json::Value;

/// Holds each line that says what it is to its schema. With `--json`, every line has to say so.
#[track_caller]
pub fn hold(args: &[&str], stdout: &str) {
    let own: Vec<&str> = args.iter().take_while(|a| **a != "--").copied().collect();
    let raw = ["ssh", "schema"].iter().any(|command| own.contains(command));
    let strict = own.contains(&"--json") && !raw;
    for line in stdout.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(document) if document["schema"].is_string() => {
                if let Err(why) = check(&document) {
                    panic!("claw {}: {why}\n{line}", args.join(" "));
                }
            }
            _ => assert!(!strict, "claw {}: a line without its schema: {line}", args.join(" ")),
        }
    }
}

/// Whether a document is what its schema says.
pub fn check(document: &Value) -> Result<(), String> {
    let said = document["schema"].as_str().unwrap_or_default();
    let name = said.strip_prefix("claw/").and_then(|s| s.strip_suffix("/v1")).unwrap_or(said);
    let text = SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, text)| text);
    let root: Value = serde_json::from_str(text.ok_or(format!("there is no schema for {said}"))?).unwrap();
    holds(&root, &root, document, said)
}

fn holds(schema: &Value, root: &Value, value: &Value, at: &str) -> Result<(), String> {
    let is = |yes: bool, what: &dyn Fn() -> String| if yes { Ok(()) } else { Err(format!("{at}: {}", what())) };
    for (keyword, says) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "required" | "additionalProperties" | "default" => {}
            "$ref" => holds(&root["$defs"][says.as_str().unwrap().rsplit('/').next().unwrap()], root, value, at)?,
            "type" => is(is_of(says, value), &|| format!("{value} is no {says}"))?,
            "const" => is(says == value, &|| format!("{value} is not {says}"))?,
            "enum" => is(says.as_array().unwrap().contains(value), &|| format!("{value} is none of {says}"))?,
            "minimum" => {
                is(value.as_i64().is_none_or(|n| n >= says.as_i64().unwrap()), &|| format!("{value} < {says}"))?
            }
            "format" => is(value.is_null() || is_time(value), &|| format!("{value} is no time"))?,
            "properties" => properties(schema, root, value, at)?,
            "items" if says.is_object() => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    holds(says, root, item, &format!("{at}[{n}]"))?;
                }
            }
            "prefixItems" => {
                let (all, items) = (says.as_array().unwrap(), value.as_array().unwrap());
                is(all.len() == items.len(), &|| format!("{} items", items.len()))?;
                all.iter().zip(items).try_for_each(|(says, item)| holds(says, root, item, at))?;
            }
            "items" | "minItems" => {}
            "anyOf" | "oneOf" => {
                let tries = says.as_array().unwrap().iter().map(|one| holds(one, root, value, at));
                let wrong: Vec<String> = tries.clone().filter_map(Result::err).collect();
                let fitting = tries.count() - wrong.len();
                is(fitting == 1 || (fitting > 1 && keyword == "anyOf"), &|| {
                    format!("{fitting} of these fit:\n  {}", wrong.join("\n  "))
                })?;
            }
            other => return Err(format!("{at}: this test does not know `{other}`")),
        }
    }
    if let (None, Some(values), Some(fields)) =
        (schema.get("properties"), schema.get("additionalProperties"), value.as_object())
    {
        fields.iter().try_for_each(|(name, inner)| holds(values, root, inner, &format!("{at}.{name}")))?;
    }
    Ok(())
}

fn properties(schema: &Value, root: &Value, value: &Value, at: &str) -> Result<(), String> {
    let (named, Some(fields)) = (schema["properties"].as_object().unwrap(), value.as_object()) else { return Ok(()) };
    let missing =
        schema["required"].as_array().into_iter().flatten().find(|n| !fields.contains_key(n.as_str().unwrap()));
    if let Some(name) = missing {
        return Err(format!("{at}: {name} is missing"));
    }
    fields.iter().try_for_each(|(name, inner)| match named.get(name) {
        Some(says) => holds(says, root, inner, &format!("{at}.{name}")),
        None => Err(format!("{at}.{name} is in no schema")),
    })
}

fn is_of(says: &Value, value: &Value) -> bool {
    let one = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    };
    says.as_array().map_or_else(|| one(says), |all| all.iter().any(one))
}

fn is_time(value: &Value) -> bool {
    let form = &time::format_description::well_known::Rfc3339;
    value.as_str().is_some_and(|text| time::OffsetDateTime::parse(text, form).is_ok())
}

/// The schema that each line of these names, with how many there were.
pub fn named(stdout: &str, seen: &mut BTreeMap<String, usize>) {
    for line in stdout.lines() {
        let document: Value = serde_json::from_str(line).unwrap_or_default();
        *seen.entry(document["schema"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
}
