//! The functions that the shipped templates use, and a few of their neighbours. Any other is an error.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::expression::{Expression, parse};
use crate::sim::arm::ArmError;

/// What an expression can refer to.
pub struct Scope<'a> {
    /// Values, defaults included.
    pub parameters: &'a Map<String, Value>,
    /// As written: a variable is an expression itself.
    pub variables: &'a Map<String, Value>,
    /// What `resourceGroup()` answers.
    pub group: &'a Value,
    /// What `subscription()` answers.
    pub subscription: &'a Value,
    /// How deep variables go through one another.
    pub depth: usize,
}

const DEEPEST: usize = 30;
/// They would need what only the real one has: state of other resources, hashes, loops.
const UNSUPPORTED: [&str; 10] = [
    "copyindex",
    "reference",
    "uniquestring",
    "guid",
    "listkeys",
    "list",
    "listsecrets",
    "utcnow",
    "newguid",
    "environment",
];

/// Evaluates every `[…]` string in a value, names of fields too.
pub fn expand(value: &Value, scope: &Scope<'_>) -> Result<Value, ArmError> {
    Ok(match value {
        Value::String(text) => string(text, scope)?,
        Value::Array(list) => Value::Array(list.iter().map(|v| expand(v, scope)).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            let mut expanded = Map::new();
            for (key, value) in fields {
                let Value::String(key) = string(key, scope)? else {
                    return Err(ArmError::invalid_template(&format!("The field name '{key}' is not a string")));
                };
                expanded.insert(key, expand(value, scope)?);
            }
            Value::Object(expanded)
        }
        other => other.clone(),
    })
}

/// `[…]` is an expression, `[[…` a text that begins with a bracket.
fn string(text: &str, scope: &Scope<'_>) -> Result<Value, ArmError> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(rest) if rest.starts_with('[') => Ok(Value::String(text[1..].to_owned())),
        Some(inner) => evaluate(&parse(inner)?, scope),
        None => Ok(Value::String(text.to_owned())),
    }
}

pub fn evaluate(expression: &Expression, scope: &Scope<'_>) -> Result<Value, ArmError> {
    match expression {
        Expression::Literal(value) => Ok(value.clone()),
        Expression::Call { name, arguments } => call(name, arguments, scope),
        Expression::Of(value, key) => {
            let (value, key) = (evaluate(value, scope)?, evaluate(key, scope)?);
            let found = match &key {
                Value::String(name) => field(&value, name),
                Value::Number(place) => place.as_u64().and_then(|p| value.get(usize::try_from(p).ok()?)),
                _ => None,
            };
            let missing = || {
                let message = format!("The language expression property {key} doesn't exist");
                ArmError::invalid_template(&message)
            };
            found.cloned().ok_or_else(missing)
        }
    }
}

/// Names in templates have no case.
pub fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = value.as_object()?;
    fields.get(name).or_else(|| fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

pub fn call(name: &str, arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, ArmError> {
    let lower = name.to_ascii_lowercase();
    let fail = |message: String| Err(ArmError::invalid_template(&message));
    if lower == "if" {
        let [condition, yes, no] = arguments else {
            return fail("The template function 'if' takes 3 arguments".into());
        };
        return match evaluate(condition, scope)? {
            Value::Bool(true) => evaluate(yes, scope),
            Value::Bool(false) => evaluate(no, scope),
            other => {
                fail(format!("The template function 'if' expects its first parameter to be a boolean, not {other}"))
            }
        };
    }
    let values: Vec<Value> = arguments.iter().map(|a| evaluate(a, scope)).collect::<Result<_, _>>()?;
    let given = Arguments { name, values: &values };
    Ok(match lower.as_str() {
        "parameters" => named(&given, scope.parameters, "parameter")?,
        "variables" => {
            if scope.depth > DEEPEST {
                return fail(format!("The template variable '{}' refers to itself", given.text(0)?));
            }
            let written = named(&given, scope.variables, "variable")?;
            let deeper = Scope { depth: scope.depth + 1, ..*scope };
            expand(&written, &deeper)?
        }
        "resourcegroup" => scope.group.clone(),
        "subscription" => scope.subscription.clone(),
        "resourceid" => {
            let texts = given.texts()?;
            // A subscription and a group may stand in front of the type.
            let at = texts.iter().position(|t| t.contains('/')).unwrap_or(0);
            let subscription = scope.subscription["subscriptionId"].as_str().unwrap_or_default();
            let group = scope.group["name"].as_str().unwrap_or_default();
            let (subscription, group) = match &texts[..at] {
                [] => (subscription, group),
                [group] => (subscription, group.as_str()),
                [subscription, group, ..] => (subscription.as_str(), group.as_str()),
            };
            id(&format!("/subscriptions/{subscription}/resourceGroups/{group}"), &texts[at..])?
        }
        "subscriptionresourceid" => {
            let texts = given.texts()?;
            let at = texts.iter().position(|t| t.contains('/')).unwrap_or(0);
            let own = scope.subscription["subscriptionId"].as_str().unwrap_or_default();
            let subscription = if at == 0 { own } else { &texts[0] };
            id(&format!("/subscriptions/{subscription}"), &texts[at..])?
        }
        "extensionresourceid" => {
            let texts = given.texts()?;
            let (of, rest) = texts.split_first().ok_or_else(|| given.wrong("at least 3 arguments"))?;
            id(of, rest)?
        }
        "concat" if values.iter().any(Value::is_array) => {
            let lists = values.iter().map(|v| v.as_array().ok_or_else(|| given.wrong("only arrays or only texts")));
            Value::Array(lists.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().cloned().collect())
        }
        "concat" => json!(given.texts()?.concat()),
        "format" => json!(format(&given)?),
        "tolower" => json!(given.text(0)?.to_lowercase()),
        "toupper" => json!(given.text(0)?.to_uppercase()),
        "string" => json!(given.shown(0)?),
        "base64" => json!(STANDARD.encode(given.text(0)?)),
        "equals" => json!(given.value(0)? == given.value(1)?),
        "not" => json!(!given.boolean(0)?),
        "and" => {
            json!((0..values.len()).map(|i| given.boolean(i)).collect::<Result<Vec<_>, _>>()?.into_iter().all(|b| b))
        }
        "or" => {
            json!((0..values.len()).map(|i| given.boolean(i)).collect::<Result<Vec<_>, _>>()?.into_iter().any(|b| b))
        }
        "empty" => json!(length(given.value(0)?).ok_or_else(|| given.wrong("an array, an object or a text"))? == 0),
        "length" => json!(length(given.value(0)?).ok_or_else(|| given.wrong("an array, an object or a text"))?),
        "true" => json!(true),
        "false" => json!(false),
        "null" => Value::Null,
        known if UNSUPPORTED.contains(&known) => {
            return fail(format!("The template function '{name}' is not supported by the embedded cloud"));
        }
        _ => {
            return fail(format!(
                "The template function '{name}' is not valid. Please see https://aka.ms/arm-functions for usage details"
            ));
        }
    })
}

struct Arguments<'a> {
    name: &'a str,
    values: &'a [Value],
}

impl Arguments<'_> {
    fn wrong(&self, expected: &str) -> ArmError {
        let message = format!("Unable to evaluate template language function '{}': it takes {expected}", self.name);
        ArmError::invalid_template(&message)
    }

    fn value(&self, place: usize) -> Result<&Value, ArmError> {
        self.values.get(place).ok_or_else(|| self.wrong(&format!("at least {} arguments", place + 1)))
    }

    fn text(&self, place: usize) -> Result<&str, ArmError> {
        self.value(place)?.as_str().ok_or_else(|| self.wrong("texts"))
    }

    fn boolean(&self, place: usize) -> Result<bool, ArmError> {
        self.value(place)?.as_bool().ok_or_else(|| self.wrong("booleans"))
    }

    /// Texts and numbers as texts.
    fn shown(&self, place: usize) -> Result<String, ArmError> {
        Ok(match self.value(place)? {
            Value::String(text) => text.clone(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            other => other.to_string(),
        })
    }

    fn texts(&self) -> Result<Vec<String>, ArmError> {
        let is_plain = |v: &Value| v.is_string() || v.is_number() || v.is_boolean();
        if !self.values.iter().all(is_plain) {
            return Err(self.wrong("texts"));
        }
        (0..self.values.len()).map(|i| self.shown(i)).collect()
    }
}

fn named(given: &Arguments<'_>, from: &Map<String, Value>, what: &str) -> Result<Value, ArmError> {
    let name = given.text(0)?;
    let found = from.get(name).or_else(|| from.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v));
    found.cloned().ok_or_else(|| {
        let message = format!(
            "The template {what} '{name}' is not found. Please see https://aka.ms/arm-syntax-{what}s for usage details"
        );
        ArmError::invalid_template(&message)
    })
}

/// `Namespace/type/child` with as many names as types.
fn id(root: &str, texts: &[String]) -> Result<Value, ArmError> {
    let wrong = |why: &str| {
        ArmError::invalid_template(&format!("Unable to evaluate template language function 'resourceId': {why}"))
    };
    let (kind, names) = texts.split_first().ok_or_else(|| wrong("the type is missing"))?;
    let (namespace, types) = kind.split_once('/').ok_or_else(|| wrong("the type must hold a namespace"))?;
    let types: Vec<&str> = types.split('/').collect();
    if types.len() != names.len() {
        return Err(wrong(&format!("the type '{kind}' needs {} names", types.len())));
    }
    let mut id = format!("{root}/providers/{namespace}");
    for (kind, name) in types.iter().zip(names) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    Ok(json!(id))
}

/// `{0}` is an argument, `{{` a brace.
fn format(given: &Arguments<'_>) -> Result<String, ArmError> {
    let mut rest = given.text(0)?;
    let mut text = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if after.starts_with(brace) {
            text.push_str(brace);
            rest = &after[1..];
            continue;
        }
        let (number, after) =
            after.split_once('}').filter(|_| brace == "{").ok_or_else(|| given.wrong("a valid pattern"))?;
        let number: usize = number.parse().map_err(|_| given.wrong("a pattern with plain numbers"))?;
        text.push_str(&given.shown(number + 1)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(list) => Some(list.len()),
        Value::Object(fields) => Some(fields.len()),
        Value::Null => Some(0),
        _ => None,
    }
}
