//! Microsoft's own samples: every answer that claw reads must be readable.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::azure::models::{
    access::RoleAssignment,
    compute::{BootDiagnostics, InstanceView, VirtualMachine},
    deployment::DeploymentExtended,
    network::{NetworkInterface, PublicIpAddress},
    resource_graph::QueryResponse,
};

/// `CLAW_SHARED` or `../shared`; only on a developer's machine may it be absent.
fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("CLAW_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("facts/azure-examples");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the official samples are not at {}", folder.display());
    None
}

/// The body of the sample's 200, or 201.
fn body(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder()?.join(name)).unwrap();
    let sample: Value = serde_json::from_str(&text).unwrap();
    let body = ["200", "201"].iter().map(|status| &sample["responses"][status]["body"]).find(|body| !body.is_null());
    Some(body.unwrap().clone())
}

fn one<T: DeserializeOwned>(name: &str) -> Option<T> {
    body(name).map(|body| serde_json::from_value(body).unwrap())
}

fn list<T: DeserializeOwned>(name: &str) -> Vec<T> {
    body(name).map(|body| serde_json::from_value(body["value"].clone()).unwrap()).unwrap_or_default()
}

#[test]
fn machines() {
    if let Some(vm) = one::<VirtualMachine>("vm-get.2024-07-01.json") {
        let properties = vm.properties.unwrap();
        assert!(properties.hardware_profile.unwrap().vm_size.is_some());
        assert!(properties.time_created.is_some() && properties.network_profile.unwrap().network_interfaces.is_some());
    }
    for name in ["vm-list-rg.2024-07-01.json", "vm-list-subscription.2024-07-01.json"] {
        let vms = list::<VirtualMachine>(name);
        assert!(vms.iter().all(|vm| vm.id.is_some() && vm.name.is_some()), "{vms:?}");
        assert!(folder().is_none() || !vms.is_empty());
    }
    if let Some(view) = one::<InstanceView>("vm-get-instanceview.2024-07-01.json") {
        assert!(!view.statuses.unwrap().is_empty());
    }
    let _ = one::<VirtualMachine>("vm-put-in-vmss.2024-07-01.json");
    if let Some(links) = one::<BootDiagnostics>("vm-post-retrieve-boot-diagnostics.2024-07-01.json") {
        assert!(links.serial_console_log_blob_uri.is_some());
    }
}

#[test]
fn addresses() {
    let interfaces = list::<NetworkInterface>("network-nic-list.2024-01-01.json");
    assert!(folder().is_none() || interfaces.iter().any(|nic| nic.public_ip_id().is_some()));
    if let Some(nic) = one::<NetworkInterface>("network-nic-get.2024-01-01.json") {
        assert!(nic.id.is_some());
    }
    let addresses = list::<PublicIpAddress>("network-publicip-list.2024-01-01.json");
    assert!(folder().is_none() || addresses.iter().any(|ip| ip.address().is_some()));
}

#[test]
fn access_and_deployments() {
    for name in ["authz-roleassignment-list-rg.2022-04-01.json", "authz-roleassignment-list-scope.2022-04-01.json"] {
        for assignment in list::<RoleAssignment>(name) {
            let properties = assignment.properties.unwrap();
            assert!(properties.scope.is_some() && properties.role_definition_id.is_some());
        }
    }
    if let Some(deployment) = one::<DeploymentExtended>("deployment-put-rg.2024-07-01.json") {
        assert!(deployment.state().is_some());
    }
}

#[test]
fn resource_graph_pages() {
    if let Some(page) = one::<QueryResponse>("resourcegraph-first-page.2024-04-01.json") {
        assert!(page.skip_token.is_some() && !page.data.unwrap().is_empty());
    }
}
