//! Microsoft.Network: public addresses, interfaces, security groups, virtual networks.

mod interface;
mod public_address;
mod security_group;
mod virtual_network;

use serde_json::{Value, json};

use super::{
    Answer, ArmError, Call, Reply, lro,
    memory::Form,
    store::{self, insert, new_guid},
};

pub use public_address::{release, take};

pub fn route(call: &Call, pattern: &str) -> Answer {
    let path = pattern.trim_start_matches("microsoft.network/");
    match (call.method.as_str(), path) {
        ("GET", "publicipaddresses" | "networkinterfaces" | "networksecuritygroups" | "virtualnetworks") => {
            store::list(call)
        }
        ("GET", "publicipaddresses/*" | "networkinterfaces/*" | "networksecuritygroups/*" | "virtualnetworks/*") => {
            store::get(call)
        }
        ("PUT", "publicipaddresses/*") => public_address::put(call),
        ("PUT", "networkinterfaces/*") => interface::put(call),
        ("PUT", "networksecuritygroups/*") => security_group::put(call),
        ("PUT", "virtualnetworks/*") => virtual_network::put(call),
        ("DELETE", "publicipaddresses/*") => delete(call, public_address::check_unused),
        ("DELETE", "networkinterfaces/*") => delete(call, interface::check_unused),
        ("DELETE", "networksecuritygroups/*") => delete(call, security_group::check_unused),
        ("DELETE", "virtualnetworks/*") => delete(call, virtual_network::check_unused),
        (_, p) if p.starts_with("networksecuritygroups/*/securityrules") => security_group::rule(call),
        (_, p) if p.starts_with("virtualnetworks/*/subnets") => virtual_network::subnet(call),
        _ => Err(call.unknown()),
    }
}

fn etag() -> Value {
    json!(format!("W/\"{}\"", new_guid()))
}

/// Stores a body and lets it settle: `Updating` until then, children included.
fn settle(call: &Call, mut body: Value, is_new: bool) -> Answer {
    body["etag"] = etag();
    body["properties"]["provisioningState"] = json!("Updating");
    insert(&mut call.world.state(), &call.target, body.clone());
    let operation = later(call, call.target.key(), |resource| {
        resource["properties"]["provisioningState"] = json!("Succeeded");
    });
    let reply = Reply::json(if is_new { 201 } else { 200 }, &body);
    Ok(lro::accepted(call, Form::Network, operation, reply))
}

/// Changes a resource after the time that an operation takes.
fn later(call: &Call, key: String, change: impl FnOnce(&mut Value) + Send + 'static) -> String {
    let world = call.world.clone();
    lro::start(&call.world, Form::Network, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        if let Some(resource) = world.state().resources.get_mut(&key) {
            change(&mut resource.body);
        }
        Ok(())
    })
}

/// 202 and gone after a while; 204 when it was not there.
fn delete(call: &Call, check: fn(&Call) -> Result<(), ArmError>) -> Answer {
    let key = call.target.key();
    if !call.world.state().resources.contains_key(&key) {
        return Ok(Reply::empty(204));
    }
    check(call)?;
    store::set_state(&mut call.world.state(), &key, "Deleting");
    let world = call.world.clone();
    let operation = lro::start(&call.world, Form::Network, async move {
        world.clock.sleep(world.scenario.timings.other).await;
        remove(&mut world.state(), &key);
        Ok(())
    });
    Ok(lro::accepted(call, Form::Network, operation, Reply::empty(202)))
}

/// Takes a resource out, and its mark from those that it used.
pub fn remove(state: &mut crate::sim::world::State, key: &str) {
    let Some(gone) = state.resources.remove(key) else { return };
    for configuration in gone.body["properties"]["ipConfigurations"].as_array().into_iter().flatten() {
        interface::give_back(state, configuration);
        let address = &configuration["properties"]["publicIPAddress"]["id"];
        if let Some(address) = store::by_id_mut(state, address)
            && let Some(properties) = address.body["properties"].as_object_mut()
        {
            properties.shift_remove("ipConfiguration");
        }
    }
    for name in [&gone.body["properties"]["ipAddress"], &gone.body["properties"]["dnsSettings"]["fqdn"]] {
        if let Some(name) = name.as_str() {
            state.addresses.remove(name);
        }
    }
}

/// Children that stand in their parent's body: rules and subnets. Each gets an id, an etag and a state.
fn adopt(call: &Call, body: &mut Value, field: &str) {
    let parent = call.target.id();
    for child in body["properties"][field].as_array_mut().into_iter().flatten() {
        finish_child(&parent, field, child);
    }
}

fn finish_child(parent: &str, field: &str, child: &mut Value) {
    let name = child["name"].as_str().unwrap_or_default().to_owned();
    let parent_kind = parent.split('/').nth(7).unwrap_or_default();
    child["id"] = json!(format!("{parent}/{field}/{name}"));
    child["type"] = json!(format!("Microsoft.Network/{parent_kind}/{field}"));
    child["etag"] = etag();
    child["properties"]["provisioningState"] = json!("Succeeded");
}

/// GET, PUT, DELETE of a child and GET of all, in the parent's body. `check` sees the parent with the child in it.
fn child(call: &Call, field: &'static str, check: fn(&Value) -> Result<(), ArmError>) -> Answer {
    let is_list = call.target.tail.is_some();
    let parent = if is_list { call.target.clone() } else { call.target.parent() };
    let parent = super::target::Target { tail: None, ..parent };
    let mut state = call.world.state();
    let missing = || ArmError::not_found(&parent.kind(), parent.name(), parent.group_name());
    let resource = state.resources.get_mut(&parent.key()).ok_or_else(missing)?;
    let mut all = resource.body["properties"][field].as_array().cloned().unwrap_or_default();
    let name = call.target.name().to_owned();
    let place = all.iter().position(|c| c["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(&name)));
    match (call.method.as_str(), is_list, place) {
        ("GET", true, _) => Ok(Reply::json(200, &json!({"value": all}))),
        ("GET", false, Some(at)) => Ok(Reply::json(200, &all[at])),
        ("GET", false, None) => Err(call.not_found()),
        ("PUT", false, _) => {
            let mut new = json!({"name": name, "properties": call.body["properties"]});
            finish_child(&parent.id(), field, &mut new);
            match place {
                Some(at) => all[at] = new.clone(),
                None => all.push(new.clone()),
            }
            let mut with = resource.body.clone();
            with["properties"][field] = json!(all);
            check(&with)?;
            with["etag"] = etag();
            resource.body = with;
            drop(state);
            new["properties"]["provisioningState"] = json!("Updating");
            let reply = Reply::json(if place.is_some() { 200 } else { 201 }, &new);
            let operation = later(call, parent.key(), |_| {});
            Ok(lro::accepted(call, Form::Network, operation, reply))
        }
        ("DELETE", false, None) => Ok(Reply::empty(204)),
        ("DELETE", false, Some(at)) => {
            all.remove(at);
            resource.body["properties"][field] = json!(all);
            drop(state);
            let operation = later(call, parent.key(), |_| {});
            Ok(lro::accepted(call, Form::Network, operation, Reply::empty(202)))
        }
        _ => Err(call.unknown()),
    }
}
