//! The façade that `ops` uses; each method is one thing Azure can be asked.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Serialize;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{AzureError, CloudSettings};
use crate::fleet::{
    instance::Instance,
    names::Names,
    observed::{FleetIdentity, Observed},
    person::{ObjectId, Resolution},
    seen::Seen,
    step::PrincipalType,
};

/// Who is asking, from the access token's own claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub object_id: ObjectId,
    pub tenant: String,
    /// UPN or application id.
    pub name: String,
    pub is_service: bool,
}

/// What is left of the published limits, for the status bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ThrottleGauge {
    /// Reads left in the bucket, of `reads_max` (ARM: 250, refilled 25 a second).
    pub reads_left: u32,
    pub reads_max: u32,
    pub writes_left: u32,
    pub writes_max: u32,
    /// Requests sent since start.
    pub requests: u64,
    /// 429 answers since start.
    pub throttled: u64,
    /// Milliseconds until the next request may go out, when waiting.
    pub waiting_ms: u64,
}

/// One template deployment at group scope.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub name: String,
    pub template: serde_json::Value,
    /// Plain `{name: value}`; wrapped as ARM wants it. Never holds a secret.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerAction {
    Start,
    Restart,
    Deallocate,
}

/// A secret's name and age; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretInfo {
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub updated: OffsetDateTime,
}

/// A line of progress from a long-running operation.
pub type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// A connection to one cloud and subscription. Cheap to clone.
#[derive(Clone)]
pub struct Cloud {
    // filled in by the azure room
}

impl Cloud {
    /// Sets up the pipeline; sends nothing.
    pub fn new(_settings: &CloudSettings) -> Result<Self, AzureError> {
        todo!()
    }

    pub fn throttle(&self) -> ThrottleGauge {
        todo!()
    }

    pub async fn caller(&self) -> Result<Caller, AzureError> {
        todo!()
    }

    /// One answer per e-mail, in the same order. A failed look-up is `Resolution::Unknown`, not an error.
    pub async fn resolve(&self, _emails: &[String]) -> Vec<Resolution> {
        todo!()
    }

    /// Everything `plan` needs. Never fails: what can't be seen is a gap.
    pub async fn observe(&self, _names: &Names) -> Observed {
        todo!()
    }

    /// First paint: machines, addresses and power in one Resource Graph query (`assets/queries/machines.kql`). May be stale.
    pub async fn inventory_fast(&self, _names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
        todo!()
    }

    /// The fresh list: VM list with `$expand=instanceView`, joined with NICs and addresses.
    pub async fn inventory(&self, _names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
        todo!()
    }

    /// One machine, read now. `None` when it does not exist.
    pub async fn machine(&self, _names: &Names, _machine: &str) -> Result<Option<Instance>, AzureError> {
        todo!()
    }

    pub async fn ensure_group(&self, _names: &Names, _tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
        todo!()
    }

    /// The fleet's user-assigned identity; `None` when it does not exist yet.
    pub async fn fleet_identity(&self, _names: &Names) -> Result<Option<FleetIdentity>, AzureError> {
        todo!()
    }

    /// Puts a deployment (Incremental) and waits for its end; an identical running one is joined.
    pub async fn deploy(
        &self,
        _names: &Names,
        _deployment: &Deployment,
        _progress: Progress<'_>,
        _cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        todo!()
    }

    /// Puts a role assignment under a GUID computed from scope, principal and role; `RoleAssignmentExists` is success.
    pub async fn grant(
        &self,
        _scope: &str,
        _principal: &ObjectId,
        _principal_type: PrincipalType,
        _role: &str,
    ) -> Result<(), AzureError> {
        todo!()
    }

    /// Deletes a role assignment by id; absent is success.
    pub async fn revoke(&self, _assignment_id: &str) -> Result<(), AzureError> {
        todo!()
    }

    pub async fn power(
        &self,
        _names: &Names,
        _machine: &str,
        _action: PowerAction,
        _cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        todo!()
    }

    /// Merges tags into a resource's map (`Microsoft.Resources/tags`, operation Merge).
    pub async fn merge_tags(&self, _resource_id: &str, _tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
        todo!()
    }

    /// The serial console's text so far; empty before the first boot.
    pub async fn console(&self, _names: &Names, _machine: &str) -> Result<String, AzureError> {
        todo!()
    }

    /// Deletes the VM; disk, NIC and address go with it (`deleteOption: Delete`).
    pub async fn delete_machine(
        &self,
        _names: &Names,
        _machine: &str,
        _cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        todo!()
    }

    pub async fn delete_group(
        &self,
        _names: &Names,
        _progress: Progress<'_>,
        _cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        todo!()
    }

    /// Writes a secret to Key Vault's data plane.
    pub async fn put_secret(&self, _vault: &str, _name: &str, _value: &SecretString) -> Result<(), AzureError> {
        todo!()
    }

    /// Names and ages. `Forbidden` while a fresh grant has not taken effect.
    pub async fn secrets(&self, _vault: &str) -> Result<Vec<SecretInfo>, AzureError> {
        todo!()
    }
}
