//! A machine of the fleet as it was observed.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{names::Slug, person::ObjectId, seen::Seen};

/// The VM's power state. `Unknown` is neither stopped, nor idle, nor gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerState {
    Starting,
    Running,
    Stopping,
    Stopped,
    Deallocating,
    Deallocated,
    Unknown,
}

impl PowerState {
    /// Reads `PowerState/running` as Azure writes it; anything else is `Unknown`.
    pub fn from_code(code: &str) -> Self {
        match code.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "starting" => Self::Starting,
            "running" => Self::Running,
            "stopping" => Self::Stopping,
            "stopped" => Self::Stopped,
            "deallocating" => Self::Deallocating,
            "deallocated" => Self::Deallocated,
            _ => Self::Unknown,
        }
    }

    /// The word shown to people and written to JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Deallocating => "deallocating",
            Self::Deallocated => "deallocated",
            Self::Unknown => "unknown",
        }
    }
}

/// The way into a machine. More kinds (tailnet, Bastion) come as more variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Door {
    /// SSH to a public address on port 22.
    Ssh {
        /// IP address or DNS name, without port.
        address: String,
        /// The ed25519 host key from the VM's tag, as `ssh-ed25519 AAAA…`; without it nobody connects.
        host_key: Option<String>,
    },
}

/// A machine: a VM with its address and tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// VM name, `claw-<slug>`.
    pub name: String,
    /// ARM resource id; compared without case.
    pub id: String,
    /// Tag `claw-member`: the object ID of the member whose machine this is.
    pub member: Option<ObjectId>,
    /// Tag `claw-slug`.
    pub slug: Option<Slug>,
    /// Tag `claw-email`, for people to read; never used to match.
    pub email: Option<String>,
    pub vm_size: String,
    pub power: Seen<PowerState>,
    /// ARM's `provisioningState`, e.g. `Succeeded`, `Creating`, `Failed`.
    pub provisioning: String,
    /// Object ID of the VM's system-assigned identity.
    pub principal_id: Option<ObjectId>,
    pub public_ip: Option<String>,
    /// Tag `claw-dns`: the stable DNS name.
    pub dns_name: Option<String>,
    /// Tag `claw-host-key`.
    pub host_key: Option<String>,
    /// True when the VM itself shows the Entra login extension; false says nothing.
    #[serde(default)]
    pub shows_entra_login: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    pub created: Option<OffsetDateTime>,
    /// Every tag of the VM, for a full-map update.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// Tag names claw writes on a VM.
pub mod tag {
    pub const MEMBER: &str = "claw-member";
    pub const SLUG: &str = "claw-slug";
    pub const EMAIL: &str = "claw-email";
    pub const HOST_KEY: &str = "claw-host-key";
    pub const DNS: &str = "claw-dns";
    /// On a daily stop that claw made.
    pub const SHUTDOWN: &str = "claw-shutdown";
    /// On the scale set: fingerprint of the infrastructure template and its parameters.
    pub const INFRA: &str = "claw-infra";
}

impl Instance {
    /// The name people use for it: its slug, or else its VM name.
    pub fn short(&self) -> &str {
        self.slug.as_ref().map_or(self.name.as_str(), Slug::as_str)
    }

    /// The way in, when the machine has an address. Its DNS name will do, from the tag: a member may read their VM and
    /// not its address.
    pub fn door(&self) -> Option<Door> {
        let address = self.public_ip.clone().or_else(|| self.dns_name.clone())?;
        Some(Door::Ssh { address, host_key: self.host_key.clone() })
    }
}
