//! A step: one idempotent change, small enough to show and confirm.

use serde::{Deserialize, Serialize};

use super::person::ObjectId;

/// Names a step across runs: kind and target, e.g. `create-machine/claw-alice`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub String);

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much a step can hurt; decides how it is shown and confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Adds something; nobody notices.
    Safe,
    /// Gives or takes access.
    Access,
    /// Interrupts somebody's work.
    Interrupts,
    /// Destroys data; needs the name typed.
    Destroys,
}

/// Who a role is given to (ARM `principalType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrincipalType {
    User,
    ServicePrincipal,
}

/// The principal of a grant, known now or only once a machine exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Principal {
    Known {
        object_id: ObjectId,
        principal_type: PrincipalType,
    },
    /// The system-assigned identity of this machine, read after its creation.
    IdentityOf {
        machine: String,
    },
    /// The fleet's user-assigned identity, read after the infrastructure stands.
    FleetIdentity,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    EnsureGroup,
    /// Brings the deleted vault back, with its secrets; its name is taken otherwise.
    RecoverVault {
        vault: String,
    },
    /// Deploys the infrastructure template.
    EnsureInfra,
    /// PUT of the group's monthly budget with an alert at 80 %.
    EnsureBudget {
        /// Whole units of the billing currency a month.
        amount: u32,
    },
    /// One template deployment: public IP, NIC, VM, login extension, the member's two roles.
    CreateMachine {
        machine: String,
        slug: super::names::Slug,
        email: String,
        member: ObjectId,
        vm_size: String,
        /// ARM id of the disk that was kept when the machine was deleted; the new one continues on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disk: Option<String>,
    },
    /// Puts the Entra login extension onto an existing VM.
    InstallEntraLogin {
        machine: String,
    },
    /// PUT of one role assignment. `role_name` is for people.
    Grant {
        scope: String,
        principal: Principal,
        role: String,
        role_name: String,
    },
    /// DELETE of one role assignment by its id.
    Revoke {
        assignment: String,
        role_name: String,
    },
    /// Reads the host key from the serial console and writes it and the DNS name to the VM's tags.
    PinHostKey {
        machine: String,
    },
    /// Writes the tags that say whose machine it is (e.g. after an e-mail was renamed).
    Retag {
        machine: String,
        tags: std::collections::BTreeMap<String, String>,
    },
    /// PUT of the machine's daily stop by Azure.
    SetShutdown {
        machine: String,
        /// As Azure writes it, e.g. `1900`.
        time: String,
        /// Windows' name of the zone.
        zone: String,
    },
    /// DELETE of it.
    RemoveShutdown {
        machine: String,
    },
    Start {
        machine: String,
    },
    Deallocate {
        machine: String,
        reason: String,
    },
    /// Lets the disk outlive the VM (`deleteOption: Detach`) and writes on it whose it is.
    KeepDisk {
        machine: String,
    },
    DeleteMachine {
        machine: String,
    },
    /// Removes claw's own lock from the scale set.
    RemoveLock {
        lock: String,
    },
    DeleteGroup,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    pub action: Action,
    pub risk: Risk,
    /// Whose machine or which resource, as people call it, e.g. `claw-alice`.
    pub target: String,
    /// One line for people, e.g. "create claw-alice (Standard_B2s) for alice@example.com".
    pub description: String,
    /// Steps that must have succeeded first.
    pub after: Vec<StepId>,
}
