//! OData's query options of a list: `$select`, `$top`, `$count`, and the pages that follow.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::error::error;
use crate::sim::wire::{Request, Response};

/// What Graph puts on a page unless asked for another number, and the most it does.
const PAGE: usize = 100;
const MOST: usize = 999;

/// Whether the request has both `ConsistencyLevel: eventual` and `$count=true`.
pub fn is_advanced(request: &Request) -> bool {
    let level = request.headers.get("consistencylevel").and_then(|level| level.to_str().ok());
    level.is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
        && request.query("$count").is_some_and(|count| count.eq_ignore_ascii_case("true"))
}

/// 400 where only an advanced query is answered.
pub fn not_advanced() -> Response {
    let message = "Unsupported query. Set the header ConsistencyLevel to eventual and $count to true.";
    error(400, "Request_UnsupportedQuery", message)
}

/// Whether a query option is there that the embedded cloud knows nothing of.
pub fn is_beyond(request: &Request, known: &[&str]) -> bool {
    !request.query.iter().all(|(name, _)| known.iter().any(|k| k.eq_ignore_ascii_case(name)))
}

/// The selected properties, or those Graph shows by itself. Unknown ones are left out, as `null` ones are not.
pub fn project(all: &Value, request: &Request, default: &[&str]) -> Map<String, Value> {
    let names: Vec<&str> = match request.query("$select") {
        Some(names) => names.split(',').map(str::trim).collect(),
        None => default.to_vec(),
    };
    names.into_iter().filter_map(|name| Some((name.to_owned(), all.get(name)?.clone()))).collect()
}

/// `@odata.context` of an answer that shows objects of a set.
pub fn context(request: &Request, set: &str, suffix: &str) -> String {
    let select = request.query("$select").map(|names| format!("({names})")).unwrap_or_default();
    format!("https://{}/v1.0/$metadata#{set}{select}{suffix}", request.host)
}

/// The page that a request asks for, with the link to the next one.
pub fn page(request: &Request, set: &str, all: &[Value]) -> Response {
    let top = match request.query("$top").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(top)) if (1..=MOST).contains(&top) => top,
        Some(_) => {
            let message = format!("Invalid page size specified. Must be between 1 and {MOST} inclusive.");
            return error(400, "Request_BadRequest", &message);
        }
    };
    let start = match request.query("$skiptoken").map(offset) {
        None => 0,
        Some(Some(start)) => start,
        Some(None) => return error(400, "Directory_ExpiredPageToken", "The specified page token is not valid."),
    };
    let shown: Vec<&Value> = all.iter().skip(start).take(top).collect();
    let mut body = json!({"@odata.context": context(request, set, ""), "value": shown});
    if start == 0 && is_advanced(request) {
        body["@odata.count"] = json!(all.len());
    }
    if start + shown.len() < all.len() {
        body["@odata.nextLink"] = json!(next_link(request, start + shown.len()));
    }
    Response::json(200, &body)
}

fn next_link(request: &Request, start: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(request.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken")));
    query.append_pair("$skiptoken", &URL_SAFE_NO_PAD.encode(format!("at {start}")));
    format!("https://{}{}?{}", request.host, request.path, query.finish())
}

fn offset(token: &str) -> Option<usize> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?.strip_prefix("at ")?.parse().ok()
}
