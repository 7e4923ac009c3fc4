//! `POST /v1.0/$batch`: up to 20 requests, answered in any order, each with its own status.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use rand::seq::SliceRandom;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{error::error, single};
use crate::sim::{
    entra::Claims,
    faults::Injected,
    front::Front,
    https::percent_decode,
    wire::{Request, Response},
};

const MAX_ITEMS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

pub fn answer(front: &Front, caller: &Claims, request: &Request) -> Response {
    let items = match serde_json::from_slice::<Batch>(&request.body) {
        Ok(batch) => batch.requests,
        Err(cause) => return error(400, "BadRequest", &format!("Invalid batch payload format: {cause}")),
    };
    if items.len() > MAX_ITEMS {
        let message = format!("Number of batch request steps exceeds the maximum value of {MAX_ITEMS}.");
        return error(400, "MaximumValueExceeded", &message);
    }
    let mut ids = HashSet::new();
    if let Some(item) = items.iter().find(|item| !ids.insert(&item.id)) {
        return error(400, "InvalidBatchPayload", &format!("Request Id {} has to be unique in a batch.", item.id));
    }
    if items.iter().any(|item| !item.depends_on.is_empty()) {
        return Response::unknown(request);
    }
    let mut responses: Vec<Value> = items.iter().map(|item| one(front, caller, request, item)).collect();
    // A test that fails on what is unknown must see it, however deep it is packed.
    if let Some(unknown) = responses.iter().find(|response| response["status"] == 501) {
        return Response::json(501, &unknown["body"]);
    }
    // Graph promises no order; whoever relies on one shall notice.
    let before = responses.clone();
    responses.shuffle(&mut rand::rng());
    if responses == before {
        responses.reverse();
    }
    Response::json(200, &json!({"responses": responses}))
}

fn one(front: &Front, caller: &Claims, outer: &Request, item: &Item) -> Value {
    let inner = unpack(outer, item);
    let response = match front.strike(&format!("{} {} {}", inner.method, inner.host, inner.path)) {
        Some(Injected::Answer(response)) => response,
        Some(_) => error(504, "UnknownError", "The gateway timed out."),
        None => single(&front.world, caller, &inner),
    };
    let headers: Map<String, Value> =
        response.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    json!({"id": item.id, "status": response.status, "headers": headers, "body": body})
}

/// The request that an item stands for. Its headers are its own, not those of the batch.
fn unpack(outer: &Request, item: &Item) -> Request {
    let url = item.url.split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let headers = item.headers.iter().filter_map(|(name, value)| {
        Some((http::HeaderName::try_from(name).ok()?, http::HeaderValue::try_from(value).ok()?))
    });
    Request {
        method: item.method.to_ascii_uppercase(),
        host: outer.host.clone(),
        path: format!("/v1.0{}", percent_decode(path)),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: headers.collect(),
        body: item.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
    }
}
