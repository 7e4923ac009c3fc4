//! Microsoft.CostManagement: what a group's resources have cost (azure.md §9), at made-up prices and some hours late.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Answer, ArmError, Call, Reply, store::group_exists};
use crate::sim::world::State;

/// Kinds that cost something, and how much an hour.
const PRICES: [(&str, f64); 3] = [
    ("microsoft.compute/virtualmachines", 0.0416),
    ("microsoft.compute/disks", 0.0021),
    ("microsoft.network/publicipaddresses", 0.005),
];

pub fn route(call: &Call, pattern: &str) -> Answer {
    match (call.method.as_str(), pattern) {
        ("POST", "microsoft.costmanagement/query") => query(call),
        _ => Err(call.unknown()),
    }
}

fn query(call: &Call) -> Answer {
    let dataset = &call.body["dataset"];
    let grouping = &dataset["grouping"][0];
    if call.body["timeframe"] != "MonthToDate" || grouping["name"] != "ResourceId" {
        return Err(ArmError::bad("BadRequest", "Invalid query definition."));
    }
    let state = call.world.state();
    group_exists(&state, &call.target)?;
    let until = call.world.clock.now() - call.world.scenario.timings.cost_lag;
    let rows: Vec<Value> = rows(&state, &call.target.group_key(), until);
    if rows.is_empty() {
        return Ok(Reply::empty(204));
    }
    let id =
        format!("{}/providers/Microsoft.CostManagement/query/{}", call.target.group_id(), super::store::new_guid());
    let columns = [("Cost", "Number"), ("ResourceId", "String"), ("Currency", "String")];
    let columns: Vec<Value> = columns.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    let body = json!({
        "id": id, "name": id.rsplit('/').next(), "type": "Microsoft.CostManagement/query",
        "properties": {"nextLink": null, "columns": columns, "rows": rows},
    });
    Ok(Reply::json(200, &body))
}

/// Disks and addresses are as old as the oldest VM: only VMs say when they were made.
fn rows(state: &State, group: &str, until: OffsetDateTime) -> Vec<Value> {
    let inside = state.resources.iter().filter(|(id, _)| id.starts_with(&format!("{group}/")));
    let made = |body: &Value| OffsetDateTime::parse(body["properties"]["timeCreated"].as_str()?, &Rfc3339).ok();
    let oldest = inside.clone().filter_map(|(_, r)| made(&r.body)).min();
    let row = |(id, resource): (&String, &crate::sim::world::Resource)| {
        let (_, price) = PRICES.iter().find(|(kind, _)| *kind == resource.kind)?;
        let hours = (until - made(&resource.body).or(oldest)?).as_seconds_f64() / 3600.0;
        (hours > 0.0).then(|| json!([hours * price, id, "USD"]))
    };
    inside.filter_map(row).collect()
}
