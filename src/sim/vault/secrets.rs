//! Setting, reading and listing secrets.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Vault,
    answers::{self, error, error_with_inner, not_found},
};
use crate::sim::{
    secret_store::{SecretVersion, StoredSecret},
    wire::{Request, Response},
    world::{State, World},
};

/// Bytes that a value may have.
const MAX_VALUE: usize = 25 * 1024;
/// Entries on a page unless `maxresults` asks for fewer.
const PAGE: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetBody {
    value: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    tags: Option<Map<String, Value>>,
    #[serde(default)]
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    enabled: Option<bool>,
}

/// `PUT /secrets/{name}`: a new version.
pub fn set(world: &World, vault: &Vault, name: &str, body: &[u8]) -> Response {
    if name.len() > 127 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        let message = format!(
            "The request URI contains an invalid name: {name}. Secret names can only contain alphanumeric characters and dashes."
        );
        return error(400, "BadParameter", &message);
    }
    let body: SetBody = match serde_json::from_slice(body) {
        Ok(body) => body,
        // serde's text could repeat a piece of the value.
        Err(_) => return error(400, "BadParameter", "Property  has invalid value"),
    };
    if body.value.len() > MAX_VALUE {
        return error(400, "BadParameter", "The specified value is too long. The maximum size is 25 KB.");
    }
    let now = world.clock.now();
    let version = SecretVersion {
        secret: StoredSecret {
            value: body.value,
            version: uuid::Uuid::new_v4().simple().to_string(),
            created: now,
            updated: now,
        },
        content_type: body.content_type,
        tags: body.tags.unwrap_or_default(),
        enabled: body.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true),
    };
    let key = name.to_ascii_lowercase();
    let mut state = world.state();
    if let Some(deleted) = state.vaults.get(&vault.name).and_then(|store| store.deleted.get(&key)) {
        let (message, inner) = if now < deleted.deleting_until {
            (
                format!("Secret {name} is currently being deleted and cannot be re-created; retry later."),
                "ObjectIsBeingDeleted",
            )
        } else {
            let message = format!(
                "Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."
            );
            (message, "ObjectIsDeletedButRecoverable")
        };
        return error_with_inner(409, "Conflict", &message, inner);
    }
    state.secrets.entry(vault.name.clone()).or_default().insert(key.clone(), version.secret.clone());
    let store = state.vaults.entry(vault.name.clone()).or_default();
    store.versions.entry(key).or_default().push(version.clone());
    answers::bundle(vault, name, &version)
}

/// `GET /secrets/{name}` or one version of it.
pub fn get(world: &World, vault: &Vault, name: &str, version: Option<&str>) -> Response {
    let state = world.state();
    let found = all_versions(&state, vault, name).and_then(|versions| match version {
        None => versions.last(),
        Some(wanted) => versions.iter().find(|version| version.secret.version.eq_ignore_ascii_case(wanted)),
    });
    match found {
        None => not_found(name),
        Some(version) if !version.enabled => {
            error_with_inner(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
        }
        Some(version) => answers::bundle(vault, name, version),
    }
}

/// `GET /secrets`: names, no values.
pub fn list(world: &World, vault: &Vault, request: &Request) -> Response {
    let state = world.state();
    let store = state.vaults.get(&vault.name);
    let entries: Vec<Value> = store
        .into_iter()
        .flat_map(|store| &store.versions)
        .filter_map(|(name, versions)| {
            Some(Value::Object(answers::metadata(vault, &format!("secrets/{name}"), versions.last()?)))
        })
        .collect();
    page(vault, "secrets", entries, request)
}

/// `GET /secrets/{name}/versions`.
pub fn versions(world: &World, vault: &Vault, name: &str, request: &Request) -> Response {
    let state = world.state();
    let entries: Vec<Value> = all_versions(&state, vault, name)
        .into_iter()
        .flatten()
        .map(|version| {
            let id = format!("secrets/{name}/{}", version.secret.version);
            Value::Object(answers::metadata(vault, &id, version))
        })
        .collect();
    page(vault, &format!("secrets/{name}/versions"), entries, request)
}

fn all_versions<'a>(state: &'a State, vault: &Vault, name: &str) -> Option<&'a [SecretVersion]> {
    Some(state.vaults.get(&vault.name)?.versions.get(&name.to_ascii_lowercase())?)
}

fn page(vault: &Vault, path: &str, entries: Vec<Value>, request: &Request) -> Response {
    let size = match request.query("maxresults").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(size @ 1..=PAGE)) => size,
        Some(_) => return error(400, "BadParameter", "maxresults must be a number from 1 to 25"),
    };
    let start: usize = request.query("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let version = request.query("api-version").unwrap_or_default();
    let next = (start + size < entries.len())
        .then(|| vault.url(&format!("{path}?api-version={version}&$skiptoken={}&maxresults={size}", start + size)));
    let value: Vec<Value> = entries.into_iter().skip(start).take(size).collect();
    Response::json(200, &json!({"value": value, "nextLink": next}))
}
