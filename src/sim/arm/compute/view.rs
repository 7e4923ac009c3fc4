//! The instance view (azure.md §1.7). It stands in the stored body, where Resource Graph and the machines' door
//! read it, and leaves ARM only when asked for.

use serde_json::{Value, json};

use crate::sim::{
    arm::{
        memory::{Power, Vm},
        store::stamp,
    },
    world::State,
};

/// Writes what is known of a VM into its body.
pub fn refresh(state: &mut State, key: &str) {
    let Some(vm) = state.arm.vms.get(key).cloned() else { return };
    let inside = format!("{key}/extensions/");
    let extensions: Vec<Value> =
        state.resources.iter().filter(|(k, _)| k.starts_with(&inside)).map(|(_, r)| r.body.clone()).collect();
    let Some(resource) = state.resources.get_mut(key) else { return };
    let view = build(&vm, &resource.body, &extensions);
    resource.body["properties"]["instanceView"] = view;
    let shown: Vec<Value> = extensions.into_iter().collect();
    match (shown.is_empty(), resource.body.as_object_mut()) {
        (false, Some(fields)) => {
            fields.insert("resources".into(), json!(shown));
        }
        (true, Some(fields)) => {
            fields.shift_remove("resources");
        }
        _ => {}
    }
}

/// The body as lists show it: extensions are references there (the Azure CLI can't read them otherwise).
pub fn listed(body: &Value) -> Value {
    let mut body = body.clone();
    for child in body["resources"].as_array_mut().into_iter().flatten() {
        *child = json!({"id": child["id"]});
    }
    body
}

/// The body without the view.
pub fn without(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.shift_remove("instanceView");
    }
    body
}

fn status(code: String, display: &str, at: Option<String>) -> Value {
    let mut status = json!({"code": code, "level": "Info", "displayStatus": display});
    if let Some(at) = at {
        status["time"] = json!(at);
    }
    status
}

fn build(vm: &Vm, body: &Value, extensions: &[Value]) -> Value {
    let at = stamp(vm.at);
    let properties = &body["properties"];
    let provisioning = properties["provisioningState"].as_str().unwrap_or_default();
    let mut statuses = vec![provisioning_status(vm, provisioning, &at)];
    if vm.power.is_none() && vm.os_ready {
        let code = "ProvisioningState/creating/osProvisioningComplete".to_owned();
        statuses.push(status(code, "OS Provisioning Complete", Some(at.clone())));
    }
    if let Some(power) = vm.power {
        let word = power.word();
        statuses.push(status(format!("PowerState/{word}"), &format!("VM {word}"), None));
    }
    let mut view = json!({
        "statuses": statuses,
        "disks": [{
            "name": properties["storageProfile"]["osDisk"]["name"],
            "statuses": [status("ProvisioningState/succeeded".into(), "Provisioning succeeded", Some(at.clone()))],
        }],
        "hyperVGeneration": "V2",
        // Managed storage: no addresses here.
        "bootDiagnostics": {},
        "isVMInStandbyPool": false,
    });
    if vm.power == Some(Power::Running) {
        view["computerName"] = properties["osProfile"]["computerName"].clone();
        view["osName"] = json!("ubuntu");
        view["osVersion"] = json!("24.04");
        view["vmAgent"] = agent(&at, extensions);
    }
    if !extensions.is_empty() {
        view["extensions"] = extensions.iter().map(extension).collect();
    }
    view
}

fn provisioning_status(vm: &Vm, state: &str, at: &str) -> Value {
    let lower = state.to_ascii_lowercase();
    match &vm.failure {
        Some(code) if state == "Failed" => {
            let mut failed = status(format!("ProvisioningState/failed/{code}"), "Provisioning failed", Some(at.into()));
            failed["level"] = json!("Error");
            failed
        }
        _ => {
            let display = if state == "Succeeded" { "Provisioning succeeded" } else { state };
            status(format!("ProvisioningState/{lower}"), display, Some(at.into()))
        }
    }
}

fn agent(at: &str, extensions: &[Value]) -> Value {
    let ready = || status("ProvisioningState/succeeded".into(), "Ready", None);
    let mut ours = status("ProvisioningState/succeeded".into(), "Ready", Some(at.to_owned()));
    ours["message"] = json!("Guest Agent is running");
    let handlers: Vec<Value> = extensions
        .iter()
        .map(|e| json!({"type": kind(e), "typeHandlerVersion": e["properties"]["typeHandlerVersion"], "status": ready()}))
        .collect();
    json!({"vmAgentVersion": "2.12.0.4", "statuses": [ours], "extensionHandlers": handlers})
}

fn kind(extension: &Value) -> String {
    let text = |name: &str| extension["properties"][name].as_str().unwrap_or_default().to_owned();
    format!("{}.{}", text("publisher"), text("type"))
}

fn extension(extension: &Value) -> Value {
    let state = extension["properties"]["provisioningState"].as_str().unwrap_or_default();
    let display = if state == "Succeeded" { "Provisioning succeeded" } else { state };
    json!({
        "name": extension["name"], "type": kind(extension),
        "typeHandlerVersion": extension["properties"]["typeHandlerVersion"],
        "statuses": [status(format!("ProvisioningState/{}", state.to_ascii_lowercase()), display, None)],
    })
}
