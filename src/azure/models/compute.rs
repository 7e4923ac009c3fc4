//! Microsoft.Compute, 2024-07-01.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::resource::{GenericResource, Reference};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualMachine {
    pub id: Option<String>,
    pub name: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub identity: Option<Identity>,
    pub properties: Option<VirtualMachineProperties>,
    /// Its extensions.
    pub resources: Option<Vec<GenericResource>>,
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
    pub storage_profile: Option<StorageProfile>,
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
pub struct StorageProfile {
    pub os_disk: Option<OsDisk>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OsDisk {
    pub create_option: Option<String>,
    pub managed_disk: Option<Reference>,
}

impl VirtualMachine {
    pub fn os_disk_id(&self) -> Option<&str> {
        let storage = self.properties.as_ref()?.storage_profile.as_ref()?;
        storage.os_disk.as_ref()?.managed_disk.as_ref()?.id.as_deref()
    }

    /// The OS disk's id, where the disk was there before the VM.
    pub fn attached_disk_id(&self) -> Option<&str> {
        let disk = self.properties.as_ref()?.storage_profile.as_ref()?.os_disk.as_ref()?;
        let is_attached = disk.create_option.as_deref().is_some_and(|option| option.eq_ignore_ascii_case("Attach"));
        self.os_disk_id().filter(|_| is_attached)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstanceView {
    pub statuses: Option<Vec<InstanceViewStatus>>,
    pub extensions: Option<Vec<ExtensionView>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExtensionView {
    pub name: Option<String>,
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
