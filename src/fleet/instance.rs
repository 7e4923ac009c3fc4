//! A machine of the fleet as it was observed.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{member::Member, names::Slug, person::ObjectId, seen::Seen};

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
    /// ARM id of the OS disk where the machine was made on one that lay there already (`createOption: Attach`); only
    /// lists that a plan is made from know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_disk: Option<String>,
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
    /// Its creation failed, was cut off, or still runs: it has no power state. Deploying it again finishes it.
    pub fn is_unfinished(&self) -> bool {
        let state = self.provisioning.to_ascii_lowercase();
        self.power.value == PowerState::Unknown && self.host_key.is_none() && (state == "creating" || state == "failed")
    }

    /// Every sign is missing that anything ever ran on it, and its disk is from the image. That Azure can't tell a
    /// power state is none.
    pub fn never_ran(&self) -> bool {
        let is_marked = self.dns_name.is_some() || self.shows_entra_login;
        self.is_unfinished() && !is_marked && self.attached_disk.is_none()
    }

    /// The secret that it asks for: by the name of the machine that its system was made as.
    pub fn secret(&self, slug: &Slug) -> String {
        let disk = self.attached_disk.as_deref().and_then(|id| Slug::of_disk(id.rsplit('/').next()?));
        disk.map_or_else(|| slug.secret_of(&self.name), |made_as| made_as.secret())
    }

    /// The same without knowing its member; `None` where neither its name nor a tag says how they are called.
    pub fn reads(&self) -> Option<String> {
        let slug = self.slug.clone().or_else(|| Slug::of_machine(&self.name))?;
        Some(self.secret(&slug))
    }

    /// Another one of these that asks for the same secret as the machine of this name.
    pub fn other_reader<'a>(machines: &'a [Self], own: &str, secret: &str) -> Option<&'a Self> {
        machines.iter().find(|i| !i.name.eq_ignore_ascii_case(own) && i.reads().as_deref() == Some(secret))
    }

    /// Whether its tags or its name say that it is this member's; only the object ID decides.
    pub fn may_be_of(&self, member: &Member) -> bool {
        let by_email = self.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&member.email));
        by_email || self.slug.as_ref() == Some(&member.slug) || self.name == member.slug.machine()
    }

    /// Its tag names another address than this member's: a slug, and so a machine's name, goes from one person to the next.
    pub fn names_another(&self, member: &Member) -> bool {
        self.email.as_ref().is_some_and(|email| !email.eq_ignore_ascii_case(&member.email))
    }

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
