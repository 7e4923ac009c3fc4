//! Users as Graph shows them.

use serde_json::{Map, Value, json};

use super::{
    error::{error, not_found},
    filter::{self, Error},
    odata,
};
use crate::sim::{
    entra::Claims,
    scenario::User,
    wire::{Request, Response},
};

/// What Graph returns when nothing is selected; `accountEnabled` and `userType` must be asked for.
pub const DEFAULT: [&str; 11] = [
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
        Some(_) if odata::is_beyond(request, &["$select"]) => Response::unknown(request),
        Some(user) => entity(user, request),
        None => not_found(key),
    }
}

/// `GET /me`: for people only.
pub fn me(users: &[User], caller: &Claims, request: &Request) -> Response {
    match users.iter().find(|user| user.id.eq_ignore_ascii_case(&caller.object_id)) {
        Some(_) if odata::is_beyond(request, &["$select"]) => Response::unknown(request),
        Some(user) => entity(user, request),
        None => error(400, "BadRequest", "/me request is only valid with delegated authentication flow."),
    }
}

/// `GET /users`, with `$filter` or without.
pub fn list(users: &[User], request: &Request) -> Response {
    if odata::is_beyond(request, &["$select", "$filter", "$top", "$count", "$skiptoken"]) {
        return Response::unknown(request);
    }
    let chosen: Vec<Value> = match request.query("$filter").map(|text| filter::parse(text, &filter::USER)) {
        None => users.iter().map(|user| project(user, request)).collect(),
        Some(Ok(filter)) => {
            let chosen = users.iter().filter(|user| filter.matches(|field| values(user, field)));
            chosen.map(|user| project(user, request)).collect()
        }
        Some(Err(wrong)) => return refuse(&wrong, request),
    };
    odata::page(request, "users", &chosen)
}

/// What is answered to a filter that can't be evaluated.
pub fn refuse(wrong: &Error, request: &Request) -> Response {
    match wrong {
        Error::TooManyValues(count) => {
            let message = format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {count}. Max allowed: 15."
            );
            error(400, "Request_UnsupportedQuery", &message)
        }
        Error::Syntax(at) => error(400, "BadRequest", &format!("Invalid filter clause: {at}")),
        Error::Unknown => Response::unknown(request),
    }
}

fn entity(user: &User, request: &Request) -> Response {
    let mut body = Map::from_iter([("@odata.context".to_owned(), json!(odata::context(request, "users", "/$entity")))]);
    body.extend(odata::project(&all(user), request, &DEFAULT));
    Response::json(200, &Value::Object(body))
}

/// The user with the selected properties.
pub fn project(user: &User, request: &Request) -> Value {
    Value::Object(odata::project(&all(user), request, &DEFAULT))
}

fn values(user: &User, field: &str) -> Vec<String> {
    match field {
        "id" => vec![user.id.clone()],
        "userPrincipalName" => vec![user.upn.clone()],
        "displayName" => vec![user.name.clone()],
        "mail" => user.mail.iter().cloned().collect(),
        "proxyAddresses" => proxy_addresses(user),
        _ => Vec::new(),
    }
}

/// The mail address is the primary one, `SMTP:`; aliases are in lower case.
fn proxy_addresses(user: &User) -> Vec<String> {
    let primary = user.mail.iter().map(|mail| format!("SMTP:{mail}"));
    primary.chain(user.aliases.iter().map(|alias| format!("smtp:{alias}"))).collect()
}

/// Every property that the embedded cloud knows of.
pub fn all(user: &User) -> Value {
    let (given, surname) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    let kind = user.user_type.as_deref().unwrap_or(if user.upn.contains("#EXT#") { "Guest" } else { "Member" });
    json!({
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
        "userType": kind,
        "proxyAddresses": proxy_addresses(user),
    })
}
