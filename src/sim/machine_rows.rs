//! Rows of `assets/queries/machines.kql`: VMs joined with their network cards and public addresses.

use serde_json::{Value, json};

use super::{inbound, world::State};

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Lower-cased VM id.
    pub id: String,
    pub scale_set: String,
    /// What the query projects. What is absent is "", as `tostring` makes it.
    pub value: Value,
}

/// All VMs that are in a scale set.
pub fn collect(state: &State) -> Vec<Row> {
    let vms = state.resources.iter().filter(|(_, resource)| resource.kind == "microsoft.compute/virtualmachines");
    vms.filter_map(|(id, vm)| row(state, id, &vm.body)).collect()
}

fn row(state: &State, id: &str, vm: &Value) -> Option<Row> {
    let properties = &vm["properties"];
    let scale_set = properties["virtualMachineScaleSet"]["id"].as_str()?.to_owned();
    let body = |id: &Value| Some(&state.resources.get(&id.as_str()?.to_ascii_lowercase())?.body["properties"]);
    let nic = body(&properties["networkProfile"]["networkInterfaces"][0]["id"]);
    let address = nic.and_then(|nic| body(&nic["ipConfigurations"][0]["properties"]["publicIPAddress"]["id"]));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let value = json!({
        "id": id,
        "name": vm["name"],
        "location": vm["location"],
        "tags": vm["tags"],
        "size": text(properties["hardwareProfile"].get("vmSize")),
        "power": inbound::power_state(vm).unwrap_or_default(),
        "prov": text(properties.get("provisioningState")),
        "created": text(properties.get("timeCreated")),
        "principalId": text(vm["identity"].get("principalId")),
        "publicIp": text(address.and_then(|address| address.get("ipAddress"))),
        "fqdn": text(address.and_then(|address| address["dnsSettings"].get("fqdn"))),
    });
    Some(Row { id: id.to_owned(), scale_set, value })
}
