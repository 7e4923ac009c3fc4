//! Microsoft.Compute, 2024-07-01.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::resource::Reference;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualMachine {
    pub id: Option<String>,
    pub name: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub identity: Option<Identity>,
    pub properties: Option<VirtualMachineProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    pub principal_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualMachineProperties {
    pub hardware_profile: Option<HardwareProfile>,
    pub network_profile: Option<NetworkProfile>,
    pub virtual_machine_scale_set: Option<Reference>,
    pub provisioning_state: Option<String>,
    /// RFC 3339.
    pub time_created: Option<String>,
    pub instance_view: Option<InstanceView>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HardwareProfile {
    pub vm_size: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkProfile {
    pub network_interfaces: Option<Vec<Reference>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstanceView {
    pub statuses: Option<Vec<InstanceViewStatus>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstanceViewStatus {
    /// E.g. `PowerState/running`, `ProvisioningState/succeeded`.
    pub code: Option<String>,
}

impl InstanceView {
    /// The `PowerState/…` code; absent while a VM is created and when the fabric can't tell.
    pub fn power_code(&self) -> Option<&str> {
        let codes = self.statuses.iter().flatten().filter_map(|s| s.code.as_deref());
        codes.into_iter().find(|code| code.starts_with("PowerState/"))
    }
}

/// Answer of `retrieveBootDiagnosticsData`. Both are SAS URLs: secrets.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BootDiagnostics {
    pub serial_console_log_blob_uri: Option<String>,
}
