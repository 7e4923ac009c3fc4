//! Parameters of a template: what was declared, what was given.

use serde_json::{Map, Value, json};

use super::functions::{Scope, expand, field};
use crate::sim::arm::ArmError;

/// Values of all declared parameters. A default may refer to parameters declared before it.
pub fn settle(declared: &Value, given: &Value, scope: &Scope<'_>) -> Result<Map<String, Value>, ArmError> {
    let none = Map::new();
    let declared = declared.as_object().unwrap_or(&none);
    for name in given.as_object().unwrap_or(&none).keys() {
        if !declared.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            let known: Vec<&str> = declared.keys().map(String::as_str).collect();
            let message = format!(
                "The template parameters '{name}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '{}'",
                known.join(", ")
            );
            return Err(ArmError::invalid_template(&message));
        }
    }
    let mut settled = Map::new();
    for (name, declaration) in declared {
        let value = match (field(given, name), declaration.get("defaultValue")) {
            (Some(wrapped), _) if wrapped.get("reference").is_some() => {
                return Err(ArmError::invalid_template(
                    "Parameters from a vault are not supported by the embedded cloud",
                ));
            }
            (Some(wrapped), _) => wrapped.get("value").cloned().unwrap_or(Value::Null),
            (None, Some(default)) => expand(default, &Scope { parameters: &settled, ..*scope })?,
            (None, None) => {
                let message = format!(
                    "The value for the template parameter '{name}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details"
                );
                return Err(ArmError::invalid_template(&message));
            }
        };
        check(name, declaration, &value)?;
        settled.insert(name.clone(), value);
    }
    Ok(settled)
}

fn check(name: &str, declaration: &Value, value: &Value) -> Result<(), ArmError> {
    let kind = declaration["type"].as_str().unwrap_or_default();
    let fits = match kind.to_ascii_lowercase().as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64() || value.is_u64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" | "secureobject" => value.is_object(),
        _ => {
            return Err(ArmError::invalid_template(&format!(
                "The template parameter '{name}' has no valid type: '{kind}'"
            )));
        }
    };
    let fail = |why: String| {
        Err(ArmError::invalid_template(&format!(
            "The provided value for the template parameter '{name}' is not valid. {why}"
        )))
    };
    if !fits {
        return fail(format!("Expected a value of type '{kind}', but received another"));
    }
    if let Some(allowed) = declaration["allowedValues"].as_array()
        && !allowed.contains(value)
    {
        let allowed: Vec<String> =
            allowed.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
        return fail(format!("The value '{value}' is not part of the allowed value(s): '{}'", allowed.join(",")));
    }
    let length = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(list) => Some(list.len()),
        _ => None,
    };
    let limit = |field: &str| declaration[field].as_u64().and_then(|limit| usize::try_from(limit).ok());
    match length {
        Some(length) if limit("maxLength").is_some_and(|most| length > most) => {
            fail(format!("Its length {length} exceeds the maximum length"))
        }
        Some(length) if limit("minLength").is_some_and(|least| length < least) => {
            fail(format!("Its length {length} is below the minimum length"))
        }
        _ => Ok(()),
    }
}

/// As the history shows them: values of secure ones are left out.
pub fn shown(declared: &Value, settled: &Map<String, Value>) -> Value {
    let all = settled.iter().map(|(name, value)| {
        let kind = declared[name]["type"].as_str().unwrap_or_default().to_owned();
        let is_secure = kind.to_ascii_lowercase().starts_with("secure");
        (name.clone(), if is_secure { json!({"type": kind}) } else { json!({"type": kind, "value": value}) })
    });
    Value::Object(all.collect())
}
