//! What the fleet should be: the team with every member looked up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    idle::nightly::Nightly,
    member::Member,
    names::{Names, Slug},
    person::{ObjectId, Resolution},
    team::{FleetSettings, NetworkSettings},
};

/// A member and what the directory says of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredMember {
    pub member: Member,
    pub resolution: Resolution,
}

/// An operator named in team.json: administrator login on the whole group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredOperator {
    pub email: String,
    pub resolution: Resolution,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    pub names: Names,
    pub fleet: FleetSettings,
    pub network: NetworkSettings,
    pub members: Vec<DesiredMember>,
    pub operators: Vec<DesiredOperator>,
    /// Entries of team.json that could not be read but may stand for somebody with a machine, e.g. `members[2].email`.
    /// A group whose people are not all known is one of these.
    pub unread_members: Vec<String>,
    /// True when an entry of `operators`, or all of them, could not be read.
    #[serde(default)]
    pub unread_operators: bool,
    /// True without a team.json: whoever is signed in is the only member, and nobody else is decided about.
    #[serde(default)]
    pub alone: bool,
    /// People who are in the team through a group but get no machine, as their account is disabled: no leavers.
    pub spared: Vec<ObjectId>,
    /// Who asked for a daily stop by Azure; `None` where that can't be read.
    #[serde(default)]
    pub shutdowns: Option<BTreeMap<Slug, Nightly>>,
    /// Fingerprint of the shipped infrastructure template and its parameters (tag `claw-infra`).
    pub infra_fingerprint: String,
}

impl Desired {
    /// A fleet with nobody in it, where nothing about daily stops is known.
    pub fn nobody(names: Names) -> Self {
        Self {
            names,
            fleet: FleetSettings::default(),
            network: NetworkSettings::default(),
            members: Vec::new(),
            operators: Vec::new(),
            unread_members: Vec::new(),
            unread_operators: false,
            alone: false,
            spared: Vec::new(),
            shutdowns: None,
            infra_fingerprint: String::new(),
        }
    }
}
