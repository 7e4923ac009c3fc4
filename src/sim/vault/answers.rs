//! Bodies of a vault's answers.

use serde_json::{Map, Value, json};

use super::Vault;
use crate::sim::{
    secret_store::{DeletedSecret, SecretVersion},
    wire::Response,
};

pub fn error(status: u16, code: &str, message: &str) -> Response {
    Response::error(status, code, message)
}

pub fn error_with_inner(status: u16, code: &str, message: &str, inner: &str) -> Response {
    Response::json(status, &json!({"error": {"code": code, "message": message, "innererror": {"code": inner}}}))
}

pub fn not_found(name: &str) -> Response {
    let message = format!(
        "A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    error(404, "SecretNotFound", &message)
}

/// A version without its value: what lists show, and what stays of a deleted one.
pub fn metadata(vault: &Vault, id: &str, version: &SecretVersion) -> Map<String, Value> {
    let secret = &version.secret;
    let mut body = Map::new();
    body.insert("id".into(), json!(vault.url(id)));
    body.insert(
        "attributes".into(),
        json!({
            "enabled": version.enabled,
            "created": secret.created.unix_timestamp(),
            "updated": secret.updated.unix_timestamp(),
            "recoveryLevel": if vault.purge_protection { "Recoverable" } else { "Recoverable+Purgeable" },
            "recoverableDays": vault.retention_days,
        }),
    );
    if !version.tags.is_empty() {
        body.insert("tags".into(), Value::Object(version.tags.clone()));
    }
    if let Some(content_type) = &version.content_type {
        body.insert("contentType".into(), json!(content_type));
    }
    body
}

/// A version with its value, and its full id.
pub fn bundle(vault: &Vault, name: &str, version: &SecretVersion) -> Response {
    let mut body = Map::from_iter([("value".to_owned(), json!(version.secret.value))]);
    body.extend(metadata(vault, &format!("secrets/{name}/{}", version.secret.version), version));
    Response::json(200, &Value::Object(body))
}

/// What deleting returns, and reading the deleted one.
pub fn deleted_bundle(vault: &Vault, name: &str, deleted: &DeletedSecret) -> Response {
    let mut body = Map::from_iter([
        ("recoveryId".to_owned(), json!(vault.url(&format!("deletedsecrets/{name}")))),
        ("deletedDate".to_owned(), json!(deleted.deleted.unix_timestamp())),
        (
            "scheduledPurgeDate".to_owned(),
            json!((deleted.deleted + time::Duration::days(vault.retention_days)).unix_timestamp()),
        ),
    ]);
    if let Some(last) = deleted.versions.last() {
        body.extend(metadata(vault, &format!("secrets/{name}/{}", last.secret.version), last));
    }
    Response::json(200, &Value::Object(body))
}
