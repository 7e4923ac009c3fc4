//! What a deployment would change (azure.md §8): the expanded template beside what is there.

mod compare;
mod writable;

use serde_json::{Value, json};

use super::{read, template::Planned};
use crate::sim::arm::{
    Answer, Call, Reply, lro,
    memory::Form,
    routes,
    store::{self, collect_group},
    target::Target,
};
use writable::writable;

/// `POST …/deployments/{name}/whatIf`: 202, and the answer at `Location`.
pub fn what_if(call: &Call) -> Answer {
    let call = Call { target: Target { tail: None, ..call.target.clone() }, ..call.clone() };
    let plan = read(&call, &call.body["properties"])?;
    let only_ids = call.body["properties"]["whatIfSettings"]["resultFormat"] == "ResourceIdOnly";
    let mut changes: Vec<Value> = plan.resources.iter().map(|planned| change(&call, planned)).collect();
    {
        let state = call.world.state();
        let named = |id: &str| plan.resources.iter().any(|r| r.target.key() == id.to_ascii_lowercase());
        for found in collect_group(&state, &call.target) {
            if !named(found["id"].as_str().unwrap_or_default()) {
                let id = found["id"].clone();
                let shown = writable(found);
                changes.push(json!({"resourceId": id, "changeType": "Ignore", "before": shown, "after": shown}));
            }
        }
    }
    if only_ids {
        changes.iter_mut().for_each(|change| *change = only_id(change));
    }
    let body = json!({"status": "Succeeded", "properties": {"correlationId": store::new_guid(), "changes": changes}});
    let (world, takes) = (call.world.clone(), call.world.scenario.timings.other);
    let operation = lro::start(&call.world, Form::Group, async move {
        world.clock.sleep(takes).await;
        Ok(())
    });
    call.world.state().arm.results.insert(operation.clone(), body);
    let subscription = Target { types: Vec::new(), names: Vec::new(), tail: None, ..call.target.clone() };
    Ok(lro::accepted(&Call { target: subscription, ..call }, Form::Group, operation, Reply::empty(202)))
}

/// Whether anything in a resource would change is not looked at then.
fn only_id(change: &Value) -> Value {
    let kind = match change["changeType"].as_str() {
        Some("Modify" | "NoChange") => "Deploy",
        Some(kind) => kind,
        None => "Unsupported",
    };
    json!({"resourceId": change["resourceId"], "changeType": kind})
}

fn change(call: &Call, planned: &Planned) -> Value {
    let id = planned.target.id();
    let envelope = [("id", id.as_str()), ("type", &planned.kind), ("name", planned.target.name())];
    let mut after = writable(planned.body.clone());
    for (field, value) in envelope.into_iter().chain([("apiVersion", planned.api_version.as_str())]) {
        after[field] = json!(value);
    }
    let Some(before) = existing(call, planned) else {
        return json!({"resourceId": id, "changeType": "Create", "after": after});
    };
    let mut before = writable(before);
    before["apiVersion"] = after["apiVersion"].clone();
    let delta = compare::resources(&before, &after);
    let kind = if delta.is_empty() { "NoChange" } else { "Modify" };
    json!({"resourceId": id, "changeType": kind, "before": before, "after": after, "delta": delta})
}

/// As its own provider shows it: not everything is kept as a resource.
fn existing(call: &Call, planned: &Planned) -> Option<Value> {
    let get = Call {
        method: "GET".into(),
        target: planned.target.clone(),
        query: vec![("api-version".into(), planned.api_version.clone())],
        body: Value::Null,
        ..call.clone()
    };
    let response = routes::dispatch(&get).ok()?.response;
    serde_json::from_slice(&response.body).ok().filter(|_| response.status == 200)
}
