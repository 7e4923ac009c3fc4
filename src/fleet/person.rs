//! People as the directory knows them.

use serde::{Deserialize, Serialize};

/// An Entra object ID: a GUID, held in lower case so that two of them compare as Entra compares them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    pub fn new(id: &str) -> Self {
        Self(id.trim().to_ascii_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user object of the directory (Microsoft Graph `user`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub object_id: ObjectId,
    pub user_principal_name: String,
    pub display_name: String,
}

/// What the directory says of a member's e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Resolution {
    /// Exactly one enabled user.
    Found { person: Person },
    /// Exactly one user, whose account is disabled.
    Disabled { person: Person },
    /// Nobody has this address.
    NotFound,
    /// Several users have it; claw never picks one.
    Ambiguous { candidates: Vec<Person> },
    /// The directory could not be asked; says why. Not the same as nobody.
    Unknown { reason: String },
}

impl Resolution {
    /// The one enabled person, if there is exactly one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Found { person } => Some(person),
            _ => None,
        }
    }
}
