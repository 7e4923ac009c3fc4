//! One VM that a scale set makes from its profile: interfaces, addresses and extensions with it (azure.md §1.1).

use serde_json::{Value, json};

use crate::sim::arm::{ArmError, Call, Target, lro, routes, store::new_guid};

/// What the platform puts behind names that it makes up.
fn suffix(length: usize) -> String {
    new_guid().replace('-', "").chars().take(length).collect()
}

/// Makes an instance of the set that `call` is about. Its name is nobody's choice: `{set}_{8 hex}`.
pub async fn make(call: &Call, set: &Value) -> Result<(), ArmError> {
    let profile = &set["properties"]["virtualMachineProfile"];
    let configurations = profile["networkProfile"]["networkInterfaceConfigurations"].as_array();
    let mut interfaces = Vec::new();
    for configuration in configurations.into_iter().flatten() {
        interfaces.push(interface(call, set, configuration).await?);
    }
    let name = format!("{}_{}", call.target.name(), suffix(8));
    let id = format!("{}/providers/Microsoft.Compute/virtualMachines/{name}", call.target.group_id());
    let target = target(&id)?;
    let begun = request(call, "PUT", &id, virtual_machine(call, set, &interfaces))?;
    call.world.state().arm.instances.insert(target.key());
    finish(call, begun).await?;
    for extension in profile["extensionProfile"]["extensions"].as_array().into_iter().flatten() {
        let id = format!("{id}/extensions/{}", extension["name"].as_str().unwrap_or_default());
        let body = json!({"location": set["location"], "properties": extension["properties"]});
        let begun = request(call, "PUT", &id, body)?;
        finish(call, begun).await?;
    }
    Ok(())
}

fn virtual_machine(call: &Call, set: &Value, interfaces: &[Value]) -> Value {
    let profile = &set["properties"]["virtualMachineProfile"];
    let mut os = profile["osProfile"].clone();
    if let Some(fields) = os.as_object_mut() {
        let prefix = fields.shift_remove("computerNamePrefix");
        let prefix = prefix.as_ref().and_then(Value::as_str).unwrap_or_default();
        fields.insert("computerName".into(), json!(format!("{prefix}{}", suffix(6))));
    }
    let mut properties = json!({
        "virtualMachineScaleSet": {"id": call.target.id()},
        "hardwareProfile": {"vmSize": set["sku"]["name"]},
        "osProfile": os,
        "networkProfile": {"networkInterfaces": interfaces},
    });
    for name in ["storageProfile", "securityProfile", "diagnosticsProfile"] {
        if !profile[name].is_null() {
            properties[name] = profile[name].clone();
        }
    }
    if properties["storageProfile"]["osDisk"]["deleteOption"].is_null() {
        properties["storageProfile"]["osDisk"]["deleteOption"] = json!("Delete");
    }
    // Copied once; whose machine it is must be said on it afterwards.
    json!({"location": set["location"], "tags": set["tags"], "identity": set["identity"], "properties": properties})
}

async fn interface(call: &Call, set: &Value, configuration: &Value) -> Result<Value, ArmError> {
    let network = format!("{}/providers/Microsoft.Network", call.target.group_id());
    let named = |own: &Value| format!("{}-{}", own["name"].as_str().unwrap_or_default(), suffix(8));
    let mut properties = configuration["properties"].clone();
    for ip in properties["ipConfigurations"].as_array_mut().into_iter().flatten() {
        let Some(ip) = ip["properties"].as_object_mut() else { continue };
        let Some(address) = ip.shift_remove("publicIPAddressConfiguration") else { continue };
        let id = format!("{network}/publicIPAddresses/{}", named(&address));
        let mut own = address["properties"].clone();
        let option = own.as_object_mut().and_then(|own| own.shift_remove("deleteOption")).unwrap_or(json!("Delete"));
        if own["publicIPAllocationMethod"].is_null() {
            own["publicIPAllocationMethod"] = json!("Static");
        }
        let sku = if address["sku"].is_null() { json!({"name": "Standard"}) } else { address["sku"].clone() };
        let begun = request(call, "PUT", &id, json!({"location": set["location"], "sku": sku, "properties": own}))?;
        finish(call, begun).await?;
        ip.insert("publicIPAddress".into(), json!({"id": id, "properties": {"deleteOption": option}}));
    }
    let id = format!("{network}/networkInterfaces/{}", named(configuration));
    let option = properties.as_object_mut().and_then(|all| all.shift_remove("deleteOption")).unwrap_or(json!("Delete"));
    let primary = properties["primary"] != false;
    let begun = request(call, "PUT", &id, json!({"location": set["location"], "properties": properties}))?;
    finish(call, begun).await?;
    Ok(json!({"id": id, "properties": {"primary": primary, "deleteOption": option}}))
}

fn target(id: &str) -> Result<Target, ArmError> {
    Target::parse(id).ok_or_else(|| ArmError::new(500, "InternalServerError", format!("{id} is no id")))
}

/// Asks another provider, or this one, as a client would; the operation that begins by it, if any.
pub fn request(call: &Call, method: &str, id: &str, body: Value) -> Result<Option<String>, ArmError> {
    let inner = Call {
        method: method.into(),
        target: target(id)?,
        query: vec![("api-version".into(), "2024-07-01".into())],
        body,
        if_match: None,
        if_none_match: None,
        ..call.clone()
    };
    routes::dispatch(&inner).map(|reply| reply.operation)
}

/// Waits for the end of what was begun.
pub async fn finish(call: &Call, operation: Option<String>) -> Result<(), ArmError> {
    let Some(operation) = operation else { return Ok(()) };
    lro::wait(&call.world, &operation).await.map_err(|error| {
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        ArmError::conflict(&text("code"), text("message"))
    })
}
