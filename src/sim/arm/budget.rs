//! Microsoft.Consumption budgets (azure.md §9): kept and shown; nothing here costs anything.

use serde_json::json;

use super::{
    Answer, ArmError, Call, Reply,
    store::{self, envelope, group_is_writable, insert},
};

pub const KIND: &str = "microsoft.consumption/budgets";

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("GET", KIND) => store::list(call),
        ("GET", "microsoft.consumption/budgets/*") => store::get(call),
        ("PUT", "microsoft.consumption/budgets/*") => put(call),
        ("DELETE", "microsoft.consumption/budgets/*") => delete(call),
        _ => Err(call.unknown()),
    }
}

fn put(call: &Call) -> Answer {
    let asked = &call.body["properties"];
    let wrong = |message: &str| Err(ArmError::bad("400", message));
    if !asked["amount"].as_f64().is_some_and(|amount| amount > 0.0) {
        return wrong("The budget amount must be greater than zero.");
    }
    let start = asked["timePeriod"]["startDate"].as_str().unwrap_or_default();
    if start.get(8..10) != Some("01") {
        return wrong("The start date must be the first day of a month.");
    }
    for notification in asked["notifications"].as_object().into_iter().flat_map(|all| all.values()) {
        let is_told = ["contactEmails", "contactRoles", "contactGroups"]
            .iter()
            .any(|who| notification[who].as_array().is_some_and(|list| !list.is_empty()));
        if !is_told {
            return wrong("A notification needs a contact: e-mails, roles or action groups.");
        }
    }
    let mut state = call.world.state();
    group_is_writable(&state, &call.target)?;
    let kept = state.resources.get(&call.target.key()).map(|r| r.body["eTag"].clone());
    if kept.as_ref().is_some_and(|etag| *etag != call.body["eTag"]) {
        let message = "The eTag of the budget does not match: it was changed meanwhile.";
        return Err(ArmError::new(409, "409", message));
    }
    let mut body = envelope(&call.target, &call.body);
    body["eTag"] = json!(format!("\"{}\"", store::new_guid()));
    body["properties"]["currentSpend"] = json!({"amount": 0.0, "unit": "USD"});
    insert(&mut state, &call.target, body.clone());
    Ok(Reply::json(if kept.is_some() { 200 } else { 201 }, &body))
}

fn delete(call: &Call) -> Answer {
    let gone = call.world.state().resources.remove(&call.target.key());
    Ok(Reply::empty(if gone.is_some() { 200 } else { 204 }))
}
