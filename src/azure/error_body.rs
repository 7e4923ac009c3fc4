//! Azure's error bodies, from the outermost envelope to the innermost cause.
//!
//! Envelopes met: `{"error":{…}}` (ARM, Graph, Key Vault), the same without the wrapper (compute's 429),
//! `{"error":"…","error_description":"…"}` (Entra), and inside a deployment's `message` any of these again as
//! an escaped string.

use serde_json::Value;

/// Nesting beyond this is not Azure's but somebody's joke.
const DEEPEST: usize = 16;

/// One level of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    pub code: Option<String>,
    /// Free of control characters; `None` when the message was an escaped body.
    pub message: Option<String>,
}

/// Every level, outermost first; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBody {
    pub causes: Vec<Cause>,
    /// Names of policies that refused, from `additionalInfo`.
    pub policies: Vec<String>,
}

impl ErrorBody {
    /// `None` when the bytes hold no error that claw knows how to read.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        Self::from_value(&serde_json::from_slice(bytes).ok()?)
    }

    pub fn from_value(value: &Value) -> Option<Self> {
        let mut body = Self { causes: Vec::new(), policies: Vec::new() };
        body.causes = descend(value, DEEPEST, &mut body.policies);
        (!body.causes.is_empty()).then_some(body)
    }

    /// Azure's most specific code.
    pub fn code(&self) -> Option<&str> {
        self.causes.iter().rev().find_map(|c| c.code.as_deref())
    }

    /// The innermost message that a person can read.
    pub fn message(&self) -> Option<&str> {
        self.causes.iter().rev().find_map(|c| c.message.as_deref())
    }

    /// Readable messages above the innermost one.
    pub fn outer(&self) -> Vec<String> {
        let inner = self.message();
        let mut outer: Vec<String> = Vec::new();
        for message in self.causes.iter().filter_map(|c| c.message.as_deref()) {
            if Some(message) != inner && !outer.iter().any(|m| m == message) {
                outer.push(message.to_owned());
            }
        }
        outer.extend(self.policies.iter().map(|p| format!("policy: {p}")));
        outer
    }
}

fn descend(value: &Value, depth: usize, policies: &mut Vec<String>) -> Vec<Cause> {
    if depth == 0 {
        return Vec::new();
    }
    match value.get("error") {
        Some(inner @ Value::Object(_)) => return descend(inner, depth - 1, policies),
        Some(Value::String(code)) => {
            let message = value.get("error_description").and_then(Value::as_str).map(readable);
            let aadsts = message.as_deref().and_then(aadsts_code);
            return vec![Cause { code: Some(aadsts.unwrap_or_else(|| code.clone())), message }];
        }
        _ => {}
    }
    let code = text(value, "code");
    let message = text(value, "message");
    if code.is_none() && message.is_none() {
        return Vec::new();
    }
    collect_policies(value, policies);
    let escaped = message.as_deref().and_then(embedded);
    let readable_message = message.as_deref().filter(|_| escaped.is_none()).map(readable);
    let mut causes = vec![Cause { code, message: readable_message.filter(|m| !m.is_empty()) }];
    causes.extend(deepest(value, escaped.as_ref(), depth, policies));
    causes
}

/// The most telling of what lies below: the escaped body, a detail, or `innererror`.
fn deepest(value: &Value, escaped: Option<&Value>, depth: usize, policies: &mut Vec<String>) -> Vec<Cause> {
    if let Some(below) = escaped.map(|e| descend(e, depth - 1, policies)).filter(|c| !c.is_empty()) {
        return below;
    }
    let details = value.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut best: Vec<Cause> = Vec::new();
    for detail in details {
        let found = descend(detail, depth - 1, policies);
        if found.len() > best.len() {
            best = found;
        }
    }
    if !best.is_empty() {
        return best;
    }
    let inner = value.get("innererror").map(|v| descend(v, depth - 1, policies)).unwrap_or_default();
    if !inner.is_empty() {
        return inner;
    }
    let internal = value.get("innererror").and_then(|v| text(v, "internalErrorCode"));
    internal.map(|code| vec![Cause { code: Some(code), message: None }]).unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned)
}

/// A message that is itself a JSON object.
fn embedded(message: &str) -> Option<Value> {
    let message = message.trim();
    if !message.starts_with('{') {
        return None;
    }
    serde_json::from_str::<Value>(message).ok().filter(Value::is_object)
}

/// One line without control characters: messages come with CRLF and go to terminals.
pub fn readable(message: &str) -> String {
    message.split(|c: char| c.is_control() || c == ' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `AADSTS7000215` from `AADSTS7000215: Invalid client secret provided. …`.
fn aadsts_code(message: &str) -> Option<String> {
    let digits = message.strip_prefix("AADSTS")?.split(|c: char| !c.is_ascii_digit()).next()?;
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

fn collect_policies(value: &Value, policies: &mut Vec<String>) {
    let infos = value.get("additionalInfo").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for info in infos.iter().filter_map(|i| i.get("info")) {
        let name = ["policyDefinitionDisplayName", "policyAssignmentDisplayName", "policyDefinitionName"]
            .iter()
            .find_map(|key| text(info, key));
        policies.extend(name.map(|n| readable(&n)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_innermost_cause_of_a_deployment_is_found_in_escaped_json() {
        let inner = json!({"status": "Failed", "error": {"code": "ResourceDeploymentFailure", "message": "outer",
            "details": [{"code": "SkuNotAvailable", "message": "Standard_B2s is\r\nnot available"}]}});
        let body = json!({"status": "Failed", "error": {"code": "DeploymentFailed", "message": "At least one failed.",
            "details": [{"code": "Conflict", "message": serde_json::to_string_pretty(&inner).unwrap()}]}});
        let parsed = ErrorBody::from_value(&body).unwrap();
        assert_eq!(parsed.code(), Some("SkuNotAvailable"));
        assert_eq!(parsed.message(), Some("Standard_B2s is not available"));
        assert_eq!(parsed.outer(), ["At least one failed.", "outer"]);
    }

    #[test]
    fn computes_unwrapped_429_is_read() {
        let body = json!({"code": "OperationNotAllowed", "message": "too many requests",
            "details": [{"code": "TooManyRequests", "target": "HighCostGet30Min",
                "message": "{\"operationGroup\":\"HighCostGet30Min\",\"allowedRequestCount\":800}"}]});
        let parsed = ErrorBody::from_value(&body).unwrap();
        assert_eq!((parsed.code(), parsed.message()), (Some("TooManyRequests"), Some("too many requests")));
    }

    #[test]
    fn key_vaults_inner_code_keeps_the_outer_message() {
        let body = json!({"error": {"code": "Forbidden", "message": "Caller is not authorized",
            "innererror": {"code": "ForbiddenByRbac"}}});
        let parsed = ErrorBody::from_value(&body).unwrap();
        assert_eq!((parsed.code(), parsed.message()), (Some("ForbiddenByRbac"), Some("Caller is not authorized")));
    }

    #[test]
    fn entras_form_gives_the_aadsts_number() {
        let body = json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid.\r\nTrace ID: 1"});
        let parsed = ErrorBody::from_value(&body).unwrap();
        assert_eq!(
            (parsed.code(), parsed.message()),
            (Some("AADSTS7000215"), Some("AADSTS7000215: Invalid. Trace ID: 1"))
        );
    }

    #[test]
    fn nonsense_is_no_error_body_and_bottomless_nesting_ends() {
        assert_eq!(ErrorBody::parse(b"<html>"), None);
        assert_eq!(ErrorBody::from_value(&json!({"value": []})), None);
        let mut nested = json!({"code": "X", "message": "y"});
        for _ in 0..200 {
            nested = json!({"code": "X", "message": "y", "details": [nested]});
        }
        assert!(ErrorBody::from_value(&nested).unwrap().causes.len() <= DEEPEST);
    }
}
