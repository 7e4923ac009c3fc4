//! Entra groups that stand for their people in team.json.

use serde::{Deserialize, Serialize};

use super::person::{ObjectId, Person};

/// An entry of `members` that names a group, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupEntry {
    /// Display name or object ID, as written.
    pub group: String,
    /// Azure VM size for everybody who is in the team through this entry.
    pub vm_size: Option<String>,
    /// Position in `members`, to tell where; decides nothing.
    pub index: usize,
    /// The 1-based line of team.json where the entry starts.
    pub line: usize,
}

/// A user who is in a group, directly or through other groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    pub person: Person,
    /// Absent for a user without a mailbox.
    pub mail: Option<String>,
    pub enabled: bool,
}

impl GroupMember {
    /// The address that stands for them: their mail address, else their user principal name.
    pub fn email(&self) -> &str {
        match &self.mail {
            Some(mail) => mail,
            None => &self.person.user_principal_name,
        }
    }
}

/// What the directory says of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GroupResolution {
    /// Exactly one group. `hidden` of its users exist but may not be read by the caller.
    Found { people: Vec<GroupMember>, hidden: usize },
    /// No group has this name or object ID.
    NotFound,
    /// Several groups have this name; claw never picks one.
    Ambiguous { candidates: Vec<ObjectId> },
    /// The directory could not be asked; says why. Not the same as an empty group.
    Unknown { reason: String },
}
