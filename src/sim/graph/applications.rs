//! Service principals and mixed directory objects, as far as the Azure CLI asks for names.

use serde_json::{Value, json};

use super::error;
use crate::sim::{
    wire::{Request, Response},
    world::World,
};

fn own(world: &World) -> Value {
    let account = world.state().account.clone();
    json!({
        "@odata.type": "#microsoft.graph.servicePrincipal", "id": account.object_id, "appId": account.client_id,
        "displayName": "claw-embedded", "servicePrincipalNames": [account.client_id], "servicePrincipalType": "Application",
        "accountEnabled": true, "appOwnerOrganizationId": account.tenant,
    })
}

/// `GET /servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'x')`, or `appId eq 'x'`.
pub fn list(world: &World, request: &Request) -> Response {
    let Some(filter) = request.query("$filter") else { return Response::unknown(request) };
    let asked = match filter.split('\'').collect::<Vec<_>>().as_slice() {
        ["servicePrincipalNames/any(c:c eq ", name, ")"] | ["appId eq ", name, ""] => (*name).to_owned(),
        ["displayName eq ", _, ""] | ["startswith(displayName,", _, ")"] => String::new(),
        _ => return Response::unknown(request),
    };
    let own = own(world);
    let value: Vec<Value> = Some(own)
        .filter(|o| o["appId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&asked)))
        .into_iter()
        .collect();
    let context = format!("https://{}/v1.0/$metadata#servicePrincipals", request.host);
    Response::json(200, &json!({"@odata.context": context, "value": value}))
}

pub fn one(world: &World, id: &str) -> Response {
    let own = own(world);
    match own["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id)) {
        true => Response::json(200, &own),
        false => error::not_found(id),
    }
}
