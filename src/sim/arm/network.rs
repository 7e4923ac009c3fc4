//! Microsoft.Network: addresses are given out, everything else is kept as written.

use serde_json::{Value, json};

use super::{ArmError, id::ResourceId, provider::envelope};
use crate::sim::world::{State, World};

pub fn begin(world: &World, id: &ResourceId, body: Value) -> Result<Value, ArmError> {
    let mut body = envelope(id, body);
    body["etag"] = json!(format!("W/\"{}\"", uuid::Uuid::new_v4()));
    let mut state = world.state();
    match id.lower_kind().as_str() {
        "microsoft.network/publicipaddresses" => address(&mut state, id, &mut body),
        "microsoft.network/networkinterfaces" => card(&state, id, &mut body)?,
        "microsoft.network/virtualnetworks" => name_children(id, &mut body, "subnets"),
        "microsoft.network/networksecuritygroups" => name_children(id, &mut body, "securityRules"),
        _ => {}
    }
    Ok(body)
}

/// A static address outside every routed range (RFC 2544), kept over updates.
fn address(state: &mut State, id: &ResourceId, body: &mut Value) {
    let kept = state.resources.get(&id.key()).map(|r| r.body["properties"]["ipAddress"].clone());
    let ip = kept.filter(Value::is_string).unwrap_or_else(|| {
        let taken = |n: &u32| state.resources.values().any(|r| r.body["properties"]["ipAddress"] == json!(ip_text(*n)));
        let free = (1..131_000).find(|n| !taken(n)).unwrap_or(131_000);
        json!(ip_text(free))
    });
    body["properties"]["ipAddress"] = ip;
    if let Some(label) = body["properties"]["dnsSettings"]["domainNameLabel"].as_str() {
        let location = body["location"].as_str().unwrap_or_default();
        body["properties"]["dnsSettings"]["fqdn"] =
            json!(format!("{label}.{location}.cloudapp.azure.com").to_ascii_lowercase());
    }
    body["properties"]["resourceGuid"] = json!(uuid::Uuid::new_v4().to_string());
}

fn ip_text(n: u32) -> String {
    std::net::Ipv4Addr::from(u32::from(std::net::Ipv4Addr::new(198, 18, 0, 0)) + n).to_string()
}

fn card(state: &State, id: &ResourceId, body: &mut Value) -> Result<(), ArmError> {
    let Some(configurations) = body["properties"]["ipConfigurations"].as_array_mut() else {
        return Err(ArmError::new(400, "InvalidRequestFormat", "ipConfigurations is missing."));
    };
    for configuration in configurations {
        let name = configuration["name"].as_str().unwrap_or("ipconfig1").to_owned();
        configuration["id"] = json!(format!("{id}/ipConfigurations/{name}"));
        configuration["properties"]["provisioningState"] = json!("Succeeded");
        configuration["properties"]["privateIPAddress"] = json!("10.40.0.4");
        if let Some(address) = configuration["properties"]["publicIPAddress"]["id"].as_str()
            && !state.resources.contains_key(&address.to_ascii_lowercase())
        {
            let message = format!("Resource {address} referenced by resource {id} was not found.");
            return Err(ArmError::new(400, "InvalidResourceReference", &message));
        }
    }
    Ok(())
}

fn name_children(id: &ResourceId, body: &mut Value, field: &str) {
    for child in body["properties"][field].as_array_mut().into_iter().flatten() {
        let name = child["name"].as_str().unwrap_or_default().to_owned();
        child["id"] = json!(format!("{id}/{field}/{name}"));
        child["properties"]["provisioningState"] = json!("Succeeded");
    }
}
