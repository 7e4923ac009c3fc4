//! Groups: by id, by name, and who is in them through all others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error;
use crate::sim::{
    scenario::{Group, Scenario},
    wire::{Request, Response},
};

/// Small, so that a group of a few people has several pages.
const PAGE: usize = 100;

/// `GET /groups?$filter=displayName eq 'x'`.
pub fn list(scenario: &Scenario, request: &Request) -> Response {
    let filter = request.query("$filter").unwrap_or_default().replace("''", "\u{0}");
    let ["displayName eq ", name, ""] = filter.split('\'').collect::<Vec<_>>()[..] else {
        return Response::unknown(request);
    };
    let name = name.replace('\u{0}', "'");
    let found = scenario.groups.iter().filter(|group| group.name.eq_ignore_ascii_case(&name));
    let value: Vec<Value> = found.map(|g| json!({"id": g.id, "displayName": g.name})).collect();
    Response::json(200, &json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#groups", "value": value}))
}

/// `GET /groups/{id}/transitiveMembers/microsoft.graph.user`. The cast is an advanced query (azure.md §5).
pub fn members(scenario: &Scenario, id: &str, request: &Request) -> Response {
    let Some(group) = scenario.groups.iter().find(|group| group.id.eq_ignore_ascii_case(id)) else {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        return error(404, "Request_ResourceNotFound", &message);
    };
    let level = request.headers.get("consistencylevel").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !level.eq_ignore_ascii_case("eventual") || request.query("$count") != Some("true") {
        let message =
            "Request with $count query parameter and ConsistencyLevel:eventual header is needed for this cast.";
        return error(400, "Request_UnsupportedQuery", message);
    }
    let mut ids = BTreeSet::new();
    gather(scenario, group, &mut BTreeSet::new(), &mut ids);
    let users: Vec<Value> = scenario
        .users
        .iter()
        .filter(|user| ids.contains(&user.id.to_lowercase()))
        .map(|user| match group.hidden {
            true => {
                json!({"@odata.type": "#microsoft.graph.user", "id": user.id, "userPrincipalName": null, "mail": null})
            }
            false => json!({
                "id": user.id, "userPrincipalName": user.upn, "mail": user.mail, "displayName": user.name,
                "accountEnabled": user.enabled,
            }),
        })
        .collect();
    let start: usize = request.query("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let page: Vec<&Value> = users.iter().skip(start).take(PAGE).collect();
    let mut body = json!({"@odata.count": users.len(), "value": page});
    if users.len() > start + PAGE {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in request.query.iter().filter(|(name, _)| name != "$skiptoken") {
            query.append_pair(name, value);
        }
        query.append_pair("$skiptoken", &(start + PAGE).to_string());
        body["@odata.nextLink"] = json!(format!("https://graph.microsoft.com{}?{}", request.path, query.finish()));
    }
    Response::json(200, &body)
}

/// Groups may hold one another.
fn gather(scenario: &Scenario, group: &Group, seen: &mut BTreeSet<String>, users: &mut BTreeSet<String>) {
    if !seen.insert(group.id.to_lowercase()) {
        return;
    }
    for member in &group.members {
        if let Some(inner) = scenario.groups.iter().find(|g| g.id.eq_ignore_ascii_case(member)) {
            gather(scenario, inner, seen, users);
        }
        let user =
            scenario.users.iter().find(|u| u.id.eq_ignore_ascii_case(member) || u.upn.eq_ignore_ascii_case(member));
        users.extend(user.map(|user| user.id.to_lowercase()));
    }
}
