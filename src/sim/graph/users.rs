//! Users as Graph shows them.

use serde_json::{Map, Value, json};

use super::{
    error,
    filter::{self, FilterError},
};
use crate::sim::{
    scenario::User,
    wire::{Request, Response},
};

/// What Graph returns when nothing is selected; `accountEnabled` and `userType` must be asked for.
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// `GET /users/{id|upn}`. A mail address is no key.
pub fn one(users: &[User], key: &str, request: &Request) -> Response {
    let found = users.iter().find(|user| user.id.eq_ignore_ascii_case(key) || user.upn.eq_ignore_ascii_case(key));
    match found {
        Some(user) => {
            let mut body =
                Map::from_iter([("@odata.context".to_owned(), json!(context(request, "users", "/$entity")))]);
            body.extend(project(user, request));
            Response::json(200, &Value::Object(body))
        }
        None => {
            let message = format!(
                "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
            );
            error(404, "Request_ResourceNotFound", &message)
        }
    }
}

/// `GET /users`, with `$filter` or without.
pub fn list(users: &[User], request: &Request) -> Response {
    let chosen: Vec<&User> = match request.query("$filter").map(filter::parse) {
        None => users.iter().collect(),
        Some(Ok(filter)) => users.iter().filter(|user| filter.matches(user)).collect(),
        Some(Err(FilterError::TooManyValues(count))) => {
            let message = format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {count}. Max allowed: 15."
            );
            return error(400, "Request_UnsupportedQuery", &message);
        }
        Some(Err(FilterError::Syntax(at))) => {
            return error(400, "BadRequest", &format!("Invalid filter clause: {at}"));
        }
        Some(Err(FilterError::UnknownField)) => return Response::unknown(request),
    };
    let top = request.query("$top").and_then(|top| top.parse::<usize>().ok());
    if top.is_some_and(|top| top < chosen.len()) {
        return Response::unknown(request);
    }
    let value: Vec<Value> = chosen.iter().map(|user| Value::Object(project(user, request))).collect();
    Response::json(200, &json!({"@odata.context": context(request, "users", ""), "value": value}))
}

fn context(request: &Request, set: &str, suffix: &str) -> String {
    let select = request.query("$select").map(|names| format!("({names})")).unwrap_or_default();
    format!("https://graph.microsoft.com/v1.0/$metadata#{set}{select}{suffix}")
}

fn project(user: &User, request: &Request) -> Map<String, Value> {
    let guest = user.upn.contains("#EXT#");
    let (given, surname) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    let all = json!({
        "businessPhones": [],
        "displayName": user.name,
        "givenName": given,
        "jobTitle": null,
        "mail": user.mail,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": surname,
        "userPrincipalName": user.upn,
        "id": user.id,
        "accountEnabled": user.enabled,
        "userType": if guest { "Guest" } else { "Member" },
    });
    let names: Vec<&str> = match request.query("$select") {
        Some(names) => names.split(',').map(str::trim).collect(),
        None => DEFAULT.to_vec(),
    };
    names.into_iter().filter_map(|name| Some((name.to_owned(), all.get(name)?.clone()))).collect()
}
