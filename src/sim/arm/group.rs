//! The subscription, resource groups and what is in them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Answer, Call, Reply, compute,
    error::ArmError,
    lro,
    memory::Form,
    store::{self, page},
    tenant, vault,
};
use crate::sim::world::{Resource, State, World};

const GROUP: &str = "microsoft.resources/resourcegroups";
/// The generic list's page.
const PAGE: usize = 500;

/// The one subscription there is.
pub fn subscription(call: &Call) -> Answer {
    let account = call.world.state().account.clone();
    let asked = &call.target.subscription;
    if !asked.eq_ignore_ascii_case(&account.subscription) {
        let message = format!("The subscription '{asked}' could not be found.");
        return Err(ArmError::new(404, "SubscriptionNotFound", message));
    }
    Ok(Reply::json(200, &tenant::shown(&account)))
}

pub fn list(call: &Call) -> Answer {
    let state = call.world.state();
    let groups = state.resources.values().filter(|r| r.kind == GROUP).map(|r| r.body.clone()).collect();
    Ok(page(call, groups, PAGE))
}

pub fn group(call: &Call) -> Answer {
    let found = call.world.state().resources.get(&call.target.group_key()).map(|r| r.body.clone());
    let missing = || ArmError::group_not_found(call.target.group_name());
    match call.method.as_str() {
        "GET" => Ok(Reply::json(200, &found.ok_or_else(missing)?)),
        "HEAD" => Ok(Reply::empty(if found.is_some() { 204 } else { 404 })),
        "PUT" => put(call, found),
        "DELETE" => {
            found.ok_or_else(missing)?;
            let key = call.target.group_key();
            store::set_state(&mut call.world.state(), &key, "Deleting");
            let work = remove(call.world.clone(), key);
            let operation = lro::start(&call.world, Form::Group, work);
            Ok(lro::accepted(call, Form::Group, operation, Reply::empty(202)))
        }
        _ => Err(call.unknown()),
    }
}

fn put(call: &Call, found: Option<Value>) -> Answer {
    store::located(&call.body)?;
    let mut state = call.world.state();
    store::group_is_writable(&state, &call.target).or_else(|e| if found.is_some() { Err(e) } else { Ok(()) })?;
    let name = call.target.group_name();
    if name.len() > 90 || name.ends_with('.') {
        let message = format!("The provided resource group name '{name}' is invalid.");
        return Err(ArmError::bad("InvalidResourceGroupName", message));
    }
    let location = &call.body["location"];
    if let Some(kept) = found.as_ref().and_then(|group| group["location"].as_str())
        && !location.as_str().is_some_and(|asked| asked.eq_ignore_ascii_case(kept))
    {
        let message = format!(
            "Invalid resource group location {location}. The Resource group already exists in location '{kept}'."
        );
        return Err(ArmError::conflict("InvalidResourceGroupLocation", message));
    }
    let id = call.target.group_id();
    let mut body = json!({
        "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": location,
        "properties": {"provisioningState": "Succeeded"},
    });
    if call.body["tags"].is_object() {
        body["tags"] = call.body["tags"].clone();
    }
    let resource = Resource { id, kind: GROUP.into(), body: body.clone() };
    state.resources.insert(call.target.group_key(), resource);
    Ok(Reply::json(if found.is_some() { 200 } else { 201 }, &body))
}

/// Everything of the group goes: machines are switched off, vaults can be recovered.
async fn remove(world: Arc<World>, group: String) -> Result<(), ArmError> {
    world.clock.sleep(world.scenario.timings.delete).await;
    let inside = format!("{group}/");
    let now = world.clock.now();
    let machines = {
        let mut state = world.state();
        let State { resources, arm, .. } = &mut *state;
        let vaults = resources.iter().filter(|(key, r)| key.starts_with(&inside) && r.kind == vault::KIND);
        for (_, found) in vaults {
            vault::keep_deleted(arm, &found.body, now);
        }
        state.resources.retain(|key, _| *key != group && !key.starts_with(&inside));
        state.assignments.retain(|a| a.scope != group && !a.scope.starts_with(&inside));
        state.arm.deployments.retain(|key, _| !key.starts_with(&inside));
        compute::forget(&mut state, &group)
    };
    for machine in machines {
        machine.power_off();
    }
    Ok(())
}

/// Resources as the generic list shows them, without properties: those of the group, or of the subscription. The
/// filter knows `resourceType`, `name` and `resourceGroup`, joined by `and`.
pub fn resources(call: &Call) -> Answer {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    let inside = format!("{}/", call.target.scope.to_ascii_lowercase());
    let wanted = conditions(call.query("$filter").unwrap_or_default())?;
    // What stands on top of another resource (locks) and operations' own things are not listed.
    let listed = |key: &str| key.starts_with(&inside) && key.matches("/providers/").count() == 1;
    let shown = state.resources.iter().filter(|(key, r)| listed(key) && r.body["location"].is_string());
    let all = shown.map(|(_, r)| {
        let kind = r.body["type"].as_str().unwrap_or_default();
        let names: Vec<&str> = r.id.split('/').skip(8).step_by(2).collect();
        let mut shown = json!({"id": r.id, "name": names.join("/"), "type": kind});
        for field in ["location", "tags", "sku", "identity", "managedBy"] {
            if !r.body[field].is_null() {
                shown[field] = r.body[field].clone();
            }
        }
        shown
    });
    Ok(page(call, all.filter(|shown| wanted.iter().all(|w| fits(shown, w))).collect(), PAGE))
}

/// Pairs of a property and its value, both lower case.
fn conditions(filter: &str) -> Result<Vec<(String, String)>, ArmError> {
    let parts = filter.split(" and ").map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split('\'').collect::<Vec<_>>().as_slice() {
            [field, value, ""] if field.trim_end().ends_with(" eq") => {
                let field = field.trim_end().trim_end_matches(" eq").trim().to_ascii_lowercase();
                Ok((field, value.to_ascii_lowercase()))
            }
            _ => Err(ArmError::bad("InvalidFilterInQueryString", format!("Invalid $filter '{part}' specified."))),
        })
        .collect()
}

fn fits(shown: &Value, (field, value): &(String, String)) -> bool {
    let text = |name: &str| shown[name].as_str().unwrap_or_default().to_ascii_lowercase();
    match field.as_str() {
        "resourcetype" => text("type") == *value,
        "name" => text("name") == *value,
        "resourcegroup" => text("id").contains(&format!("/resourcegroups/{value}/")),
        _ => false,
    }
}

/// Where resources can be placed.
pub fn locations(call: &Call) -> Answer {
    let known = call.world.scenario.cloud.hosts().regions.iter();
    let shown = known.map(|(name, display)| {
        json!({
            "id": format!("/subscriptions/{}/locations/{name}", call.target.subscription), "name": name,
            "type": "Region", "displayName": display, "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        })
    });
    Ok(Reply::json(200, &json!({"value": shown.collect::<Vec<_>>()})))
}
