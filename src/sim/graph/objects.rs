//! `POST /directoryObjects/getByIds`: known ids to objects; missing ones are left out in silence (azure.md §5).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::error, groups, users};
use crate::sim::{
    wire::{Request, Response},
    world::World,
};

const MOST: usize = 1000;
/// What `types` may ask for; the embedded cloud has the first three.
const TYPES: [&str; 8] = [
    "user",
    "group",
    "servicePrincipal",
    "device",
    "application",
    "orgContact",
    "directoryObject",
    "directoryObjectPartnerReference",
];

#[derive(Deserialize)]
struct Asked {
    ids: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
}

pub fn by_ids(world: &World, request: &Request) -> Response {
    let asked: Asked = match serde_json::from_slice(&request.body) {
        Ok(asked) => asked,
        Err(cause) => return error(400, "Request_BadRequest", &format!("Invalid request body: {cause}")),
    };
    if asked.ids.is_empty() || asked.ids.len() > MOST {
        return error(400, "Request_BadRequest", &format!("Between 1 and {MOST} ids must be specified."));
    }
    if !asked.types.iter().all(|kind| TYPES.contains(&kind.as_str())) || !request.query.is_empty() {
        return Response::unknown(request);
    }
    let wants = |kind: &str| asked.types.is_empty() || asked.types.iter().any(|t| t == kind || t == "directoryObject");
    let is_asked = |id: &str| asked.ids.iter().any(|i| i.eq_ignore_ascii_case(id));
    let mut found: Vec<Value> = Vec::new();
    if wants("user") {
        found.extend(world.scenario.users.iter().filter(|u| is_asked(&u.id)).map(|u| typed("user", users::all(u))));
    }
    if wants("group") {
        found.extend(world.scenario.groups.iter().filter(|g| is_asked(&g.id)).map(|g| typed("group", groups::all(g))));
    }
    let account = world.state().account.clone();
    if wants("servicePrincipal") && is_asked(&account.object_id) {
        let own = json!({"id": account.object_id, "appId": account.client_id, "displayName": "claw",
            "servicePrincipalNames": [account.client_id], "servicePrincipalType": "Application"});
        found.push(typed("servicePrincipal", own));
    }
    let context = format!("https://{}/v1.0/$metadata#directoryObjects", request.host);
    Response::json(200, &json!({"@odata.context": context, "value": found}))
}

fn typed(kind: &str, mut object: Value) -> Value {
    object["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
    object
}
