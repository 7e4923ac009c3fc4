//! What was seen of the fleet in Azure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{instance::Instance, names::Names, person::ObjectId, seen::Seen};

/// One role assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// ARM id of the assignment itself.
    pub id: String,
    /// Scope it applies to; compared without case.
    pub scope: String,
    pub principal: ObjectId,
    /// GUID of the role definition, lower case.
    pub role: String,
}

/// A resource of the group, as the group's list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub id: String,
    /// Lower case, e.g. `microsoft.keyvault/vaults`.
    pub kind: String,
    pub name: String,
    pub tags: BTreeMap<String, String>,
}

/// The fleet's user-assigned managed identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetIdentity {
    /// What roles are given to.
    pub principal_id: ObjectId,
    /// What a machine names when it asks IMDS for a token.
    pub client_id: String,
}

/// A management lock in the group, at it or on something in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// ARM id; compared without case.
    pub id: String,
    pub name: String,
    /// `CanNotDelete` or `ReadOnly`.
    pub level: String,
}

/// The fleet's vault, deleted and still recoverable: its name is taken until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedVault {
    pub name: String,
    /// As Azure writes it, RFC 3339.
    pub deleted: String,
}

/// A machine whose deployment still runs, and which may not be listed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// `claw-<slug>`: the machine's name, and the deployment's.
    pub machine: String,
    pub member: ObjectId,
}

/// A daily stop of a machine by Azure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub name: String,
    /// As Azure writes it, e.g. `1900`.
    pub time: String,
    /// Windows' name of the zone.
    pub zone: String,
    pub enabled: bool,
    /// claw made it.
    pub is_own: bool,
}

impl Schedule {
    pub fn is_of(&self, machine: &str) -> bool {
        self.name.eq_ignore_ascii_case(&Names::shutdown(machine))
    }

    /// The machine's name, as far as it is in the schedule's own.
    pub fn machine(&self) -> Option<&str> {
        let prefix = Names::shutdown("");
        self.name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(&prefix))?;
        self.name.get(prefix.len()..)
    }
}

/// The fleet as Azure showed it. `None` means "could not be seen", never "is not there".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Whether the resource group exists.
    pub group: Option<Seen<bool>>,
    pub resources: Option<Seen<Vec<Resource>>>,
    pub instances: Option<Seen<Vec<Instance>>>,
    pub assignments: Option<Seen<Vec<Assignment>>>,
    pub locks: Option<Seen<Vec<Lock>>>,
    /// Machines that a command before this one, or somebody else's, is making.
    #[serde(default)]
    pub under_way: Option<Seen<Vec<UnderWay>>>,
    /// What the fleet's budget allows a month, in whole units of the billing currency; inner `None`: there is no budget.
    pub budget: Option<Seen<Option<u32>>>,
    #[serde(default)]
    pub schedules: Option<Seen<Vec<Schedule>>>,
    /// The fleet's vault when it is not in the group and its name is held by a deleted one.
    pub deleted_vault: Option<DeletedVault>,
    /// The fleet's user-assigned identity, when it exists.
    pub fleet_identity: Option<FleetIdentity>,
    /// Who is asking: the object ID in the caller's own token.
    pub caller: Option<ObjectId>,
    /// True when `caller` is a service principal.
    pub caller_is_service: bool,
    /// Why a part above is `None`, in words.
    pub gaps: Vec<String>,
}

impl Observed {
    /// Whether steps may be lacking because something of the group could not be seen.
    pub fn is_partial(&self) -> bool {
        let there = self.group.as_ref().map(|seen| seen.value);
        let parts = [
            self.resources.is_some(),
            self.instances.is_some(),
            self.assignments.is_some(),
            self.locks.is_some(),
            self.under_way.is_some(),
            self.budget.is_some(),
            self.schedules.is_some(),
        ];
        there.is_none_or(|is_there| is_there && parts.contains(&false))
    }

    /// The machines that were seen: none where they could not be.
    pub fn machines(&self) -> &[Instance] {
        self.instances.as_ref().map_or(&[][..], |seen| &seen.value)
    }
}
