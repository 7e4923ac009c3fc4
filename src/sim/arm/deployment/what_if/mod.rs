//! What a deployment would change (azure.md §8): the expanded template beside what is there.

use serde_json::{Value, json};

use super::{read, template::Planned};
use crate::sim::arm::{
    Answer, Call, Reply, lro,
    memory::Form,
    store::{self, collect_group},
    target::Target,
};

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
                changes
                    .push(json!({"resourceId": found["id"], "changeType": "Ignore", "before": found, "after": found}));
            }
        }
    }
    if only_ids {
        changes.iter_mut().for_each(|c| *c = json!({"resourceId": c["resourceId"], "changeType": c["changeType"]}));
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

fn change(call: &Call, planned: &Planned) -> Value {
    let id = planned.target.id();
    let mut after = planned.body.clone();
    for (field, value) in [("id", id.as_str()), ("type", &planned.kind), ("name", planned.target.name())] {
        after[field] = json!(value);
    }
    after["apiVersion"] = json!(planned.api_version);
    let before = call.world.state().resources.get(&planned.target.key()).map(|r| r.body.clone());
    let Some(before) = before else { return json!({"resourceId": id, "changeType": "Create", "after": after}) };
    let mut delta = Vec::new();
    // Only what the template says can change anything.
    for field in ["location", "tags", "sku", "identity", "properties"] {
        if !planned.body[field].is_null() {
            differ(&before[field], &planned.body[field], field, &mut delta);
        }
    }
    let kind = if delta.is_empty() { "NoChange" } else { "Modify" };
    json!({"resourceId": id, "changeType": kind, "before": before, "after": after, "delta": delta})
}

fn differ(before: &Value, after: &Value, path: &str, delta: &mut Vec<Value>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in after {
                differ(before.get(name).unwrap_or(&Value::Null), value, &format!("{path}.{name}"), delta);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                differ(old, new, &format!("{path}.{at}"), delta);
            }
        }
        (Value::String(old), Value::String(new)) if old.eq_ignore_ascii_case(new) => {}
        (old, new) if old == new => {}
        (Value::Null, new) => delta.push(json!({"path": path, "propertyChangeType": "Create", "after": new})),
        (old, new) => {
            delta.push(json!({"path": path, "propertyChangeType": "Modify", "before": old, "after": new}));
        }
    }
}
