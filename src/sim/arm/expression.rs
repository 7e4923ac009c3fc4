//! Template language expressions: the subset that the shipped templates use.

use serde_json::{Value, json};

use super::ArmError;

/// What an expression can refer to.
pub struct Scope<'a> {
    pub parameters: &'a Value,
    pub variables: &'a Value,
    pub subscription: &'a str,
    pub group: &'a str,
    pub location: &'a str,
}

/// Evaluates every `[…]` string in a value, in keys too.
pub fn expand(value: &Value, scope: &Scope<'_>) -> Result<Value, ArmError> {
    Ok(match value {
        Value::String(text) => string(text, scope)?,
        Value::Array(list) => Value::Array(list.iter().map(|v| expand(v, scope)).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            let mut expanded = serde_json::Map::new();
            for (key, value) in fields {
                let key = text(&string(key, scope)?)?;
                expanded.insert(key, expand(value, scope)?);
            }
            Value::Object(expanded)
        }
        other => other.clone(),
    })
}

fn string(value: &str, scope: &Scope<'_>) -> Result<Value, ArmError> {
    if let Some(literal) = value.strip_prefix("[[") {
        return Ok(json!(format!("[{literal}")));
    }
    let Some(inner) = value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) else { return Ok(json!(value)) };
    let mut parser = Parser { rest: inner, scope };
    let result = parser.expression()?;
    if !parser.rest.trim().is_empty() {
        return Err(ArmError::invalid_template(&format!("unexpected text after the expression: {}", parser.rest)));
    }
    Ok(result)
}

fn text(value: &Value) -> Result<String, ArmError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(ArmError::invalid_template(&format!("text expected, found {other}"))),
    }
}

struct Parser<'a, 's> {
    rest: &'a str,
    scope: &'a Scope<'s>,
}

impl Parser<'_, '_> {
    fn expression(&mut self) -> Result<Value, ArmError> {
        self.rest = self.rest.trim_start();
        let mut value = if self.rest.starts_with('\'') {
            self.literal()?
        } else if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let number = self.rest[..end].parse::<i64>().unwrap_or_default();
            self.rest = &self.rest[end..];
            json!(number)
        } else {
            self.call()?
        };
        while let Some(rest) = self.rest.strip_prefix('.') {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            value = value.get(&rest[..end]).cloned().unwrap_or(Value::Null);
            self.rest = &rest[end..];
        }
        self.rest = self.rest.trim_start();
        Ok(value)
    }

    fn literal(&mut self) -> Result<Value, ArmError> {
        let mut literal = String::new();
        let mut chars = self.rest[1..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (c, chars.peek()) {
                ('\'', Some((_, '\''))) => {
                    literal.push('\'');
                    chars.next();
                }
                ('\'', _) => {
                    self.rest = &self.rest[at + 2..];
                    return Ok(json!(literal));
                }
                _ => literal.push(c),
            }
        }
        Err(ArmError::invalid_template("a quote is not closed"))
    }

    fn call(&mut self) -> Result<Value, ArmError> {
        let end =
            self.rest.find('(').ok_or_else(|| ArmError::invalid_template(&format!("no function in: {}", self.rest)))?;
        let name = self.rest[..end].trim().to_owned();
        self.rest = self.rest[end + 1..].trim_start();
        let mut arguments = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest;
                return call(&name, &arguments, self.scope);
            }
            arguments.push(self.expression()?);
            self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest).trim_start();
            if self.rest.is_empty() {
                return Err(ArmError::invalid_template("a parenthesis is not closed"));
            }
        }
    }
}

fn call(name: &str, arguments: &[Value], scope: &Scope<'_>) -> Result<Value, ArmError> {
    let texts = || arguments.iter().map(text).collect::<Result<Vec<String>, ArmError>>();
    let named = |from: &Value, what: &str| {
        let name = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let message = format!("The template {what} '{name}' is not found.");
        from.get(name).cloned().ok_or_else(|| ArmError::invalid_template(&message))
    };
    match name.to_ascii_lowercase().as_str() {
        "parameters" => named(scope.parameters, "parameter"),
        // A variable is an expression itself.
        "variables" => expand(&named(scope.variables, "variable")?, scope),
        "concat" => Ok(json!(texts()?.concat())),
        "format" => {
            let texts = texts()?;
            let (pattern, rest) =
                texts.split_first().ok_or_else(|| ArmError::invalid_template("format needs a pattern"))?;
            let fill = |all: String, (i, part): (usize, &String)| all.replace(&format!("{{{i}}}"), part);
            Ok(json!(rest.iter().enumerate().fold(pattern.clone(), fill)))
        }
        "tolower" => Ok(json!(texts()?.concat().to_lowercase())),
        "resourceid" => {
            let group = format!("/subscriptions/{}/resourceGroups/{}", scope.subscription, scope.group);
            resource_id(&group, &texts()?)
        }
        "subscriptionresourceid" => resource_id(&format!("/subscriptions/{}", scope.subscription), &texts()?),
        "resourcegroup" => Ok(json!({
            "id": format!("/subscriptions/{}/resourceGroups/{}", scope.subscription, scope.group),
            "name": scope.group, "location": scope.location,
        })),
        "subscription" => {
            Ok(json!({"id": format!("/subscriptions/{}", scope.subscription), "subscriptionId": scope.subscription}))
        }
        _ => Err(ArmError::invalid_template(&format!("The template function '{name}' is not valid."))),
    }
}

/// `Namespace/type/child` with as many names as types.
fn resource_id(root: &str, texts: &[String]) -> Result<Value, ArmError> {
    let (kind, names) = texts.split_first().ok_or_else(|| ArmError::invalid_template("resourceId needs a type"))?;
    let mut parts = kind.split('/');
    let mut id = format!("{root}/providers/{}", parts.next().unwrap_or_default());
    let types: Vec<&str> = parts.collect();
    if types.len() != names.len() {
        return Err(ArmError::invalid_template(&format!("resourceId: {kind} needs {} names", types.len())));
    }
    for (kind, name) in types.iter().zip(names) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    Ok(json!(id))
}
