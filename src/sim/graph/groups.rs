//! Groups, and who is in them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{error, not_found},
    filter, odata, users,
};
use crate::sim::{
    scenario::{Group, Scenario, User},
    wire::{Request, Response},
};

const DEFAULT: [&str; 7] =
    ["id", "description", "displayName", "groupTypes", "mailEnabled", "securityEnabled", "visibility"];
const USER: &str = "microsoft.graph.user";
const GROUP: &str = "microsoft.graph.group";

/// `GET /groups`, with `$filter` by name or id or without.
pub fn list(scenario: &Scenario, request: &Request) -> Response {
    if odata::is_beyond(request, &["$select", "$filter", "$top", "$count", "$skiptoken"]) {
        return Response::unknown(request);
    }
    let filter = match request.query("$filter").map(|text| filter::parse(text, &filter::GROUP)).transpose() {
        Ok(filter) => filter,
        Err(wrong) => return users::refuse(&wrong, request),
    };
    let values = |group: &Group, field: &str| match field {
        "id" => vec![group.id.clone()],
        "displayName" => vec![group.name.clone()],
        _ => Vec::new(),
    };
    let chosen = scenario.groups.iter().filter(|g| filter.as_ref().is_none_or(|f| f.matches(|field| values(g, field))));
    let chosen: Vec<Value> =
        chosen.map(|group| Value::Object(odata::project(&all(group), request, &DEFAULT))).collect();
    odata::page(request, "groups", &chosen)
}

/// `GET /groups/{id}`.
pub fn one(scenario: &Scenario, id: &str, request: &Request) -> Response {
    let group = match find(scenario, id) {
        Ok(group) => group,
        Err(refusal) => return refusal,
    };
    if odata::is_beyond(request, &["$select"]) {
        return Response::unknown(request);
    }
    let context = odata::context(request, "groups", "/$entity");
    let mut body = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
    body.extend(odata::project(&all(group), request, &DEFAULT));
    Response::json(200, &Value::Object(body))
}

/// `GET /groups/{id}/members` and `…/transitiveMembers`, also as users or groups only (an OData cast).
pub fn members(scenario: &Scenario, id: &str, deep: bool, cast: Option<&str>, request: &Request) -> Response {
    let group = match find(scenario, id) {
        Ok(group) => group,
        Err(refusal) => return refusal,
    };
    if odata::is_beyond(request, &["$select", "$top", "$count", "$skiptoken"])
        || !matches!(cast, None | Some(USER | GROUP))
    {
        return Response::unknown(request);
    }
    if cast.is_some() && !odata::is_advanced(request) {
        return odata::not_advanced();
    }
    let (found, shown) = (reach(scenario, group, deep, true), reach(scenario, group, deep, false));
    let users = scenario.users.iter().filter(|u| found.contains(u.id.as_str()));
    let users = users.map(|user| shown_user(user, cast, !shown.contains(user.id.as_str()), request));
    let groups = scenario.groups.iter().filter(|g| found.contains(g.id.as_str()));
    let groups = groups.map(|group| typed(GROUP, cast, odata::project(&all(group), request, &DEFAULT)));
    let listed: Vec<Value> = match cast {
        Some(USER) => users.collect(),
        Some(_) => groups.collect(),
        None => users.chain(groups).collect(),
    };
    odata::page(request, if cast == Some(USER) { "users" } else { "directoryObjects" }, &listed)
}

/// Ids of everything in a group, each once, whatever circles the groups make; without what only hidden groups know.
fn reach<'a>(scenario: &'a Scenario, group: &'a Group, deep: bool, see_hidden: bool) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![group]);
    while let Some(group) = open.pop() {
        for member in group.members.iter().filter(|_| see_hidden || !group.hidden) {
            found.extend(scenario.users.iter().filter(|u| u.upn.eq_ignore_ascii_case(member)).map(|u| u.id.as_str()));
            for nested in scenario.groups.iter().filter(|g| g.id.eq_ignore_ascii_case(member)) {
                if found.insert(&nested.id) && deep {
                    open.push(nested);
                }
            }
        }
    }
    found
}

fn shown_user(user: &User, cast: Option<&str>, is_hidden: bool, request: &Request) -> Value {
    let mut shown = odata::project(&users::all(user), request, &users::DEFAULT);
    if is_hidden {
        // Without Member.Read.Hidden, only that there is somebody.
        shown.iter_mut().filter(|(name, _)| *name != "id").for_each(|(_, value)| *value = Value::Null);
    }
    typed(USER, cast.filter(|_| !is_hidden), shown)
}

/// A cast list says once what it holds; a mixed one says so with each object.
fn typed(kind: &str, cast: Option<&str>, object: Map<String, Value>) -> Value {
    let mut typed = Map::new();
    if cast.is_none() {
        typed.insert("@odata.type".to_owned(), json!(format!("#{kind}")));
    }
    typed.extend(object);
    Value::Object(typed)
}

fn find<'a>(scenario: &'a Scenario, id: &str) -> Result<&'a Group, Response> {
    if Uuid::try_parse(id).is_err() {
        return Err(error(400, "Request_BadRequest", &format!("Invalid object identifier '{id}'.")));
    }
    scenario.groups.iter().find(|group| group.id.eq_ignore_ascii_case(id)).ok_or_else(|| not_found(id))
}

/// Every property that the embedded cloud knows of.
pub fn all(group: &Group) -> Value {
    json!({
        "id": group.id,
        "description": null,
        "displayName": group.name,
        "groupTypes": [],
        "mailEnabled": false,
        "securityEnabled": true,
        "visibility": if group.hidden { json!("HiddenMembership") } else { Value::Null },
    })
}
