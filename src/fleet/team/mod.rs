//! team.json: read, checked, every complaint with its place.

mod block;
mod entry;
mod place;
mod policy;
mod read;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use super::idle::policy::IdleSettings;
use super::{group::GroupEntry, member::Member};

pub use place::line_of_field;
pub use read::{fleet_of, parse};

/// The `fleet` block; every field optional in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FleetSettings {
    pub resource_group: String,
    pub location: String,
    pub vm_size: String,
    pub environment: String,
    pub project: String,
    /// OpenClaw's npm version to install.
    pub openclaw_version: String,
    /// What to install beside it.
    pub extras: Vec<Extra>,
    /// US dollars a machine and month.
    pub budget_per_machine: u32,
}

impl Default for FleetSettings {
    fn default() -> Self {
        Self {
            resource_group: "openclaw-rg".into(),
            location: "eastus2".into(),
            vm_size: "Standard_B2s".into(),
            environment: "dev".into(),
            project: "openclaw".into(),
            openclaw_version: "2026.9.6".into(),
            extras: Vec::new(),
            budget_per_machine: 30,
        }
    }
}

/// Software a machine may have beside OpenClaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extra {
    Pnpm,
    Docker,
    Chromium,
    AzureCli,
    ClaudeCode,
}

impl Extra {
    /// As the bootstrap calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pnpm => "pnpm",
            Self::Docker => "docker",
            Self::Chromium => "chromium",
            Self::AzureCli => "azure-cli",
            Self::ClaudeCode => "claude-code",
        }
    }
}

/// The `network` block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkSettings {
    /// CIDRs that may reach port 22; empty means any address (Entra is the boundary then).
    pub ssh_from: Vec<String>,
    /// The block could not be read, so nobody knows what it was meant to close: nothing is planned then.
    #[serde(skip)]
    pub unreadable: bool,
}

/// Anybody pauses for some minutes; less would switch machines off under people's hands.
pub(super) const SHORTEST_IDLE: std::time::Duration = std::time::Duration::from_secs(300);
const TOO_SHORT: &str = "less than 5 minutes would stop machines that are in use";

/// The `config` block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigSettings {
    /// Dotted paths of the OpenClaw config below which operators decide alone, e.g. `tools`: a push removes what
    /// members added there.
    pub owned: Vec<String>,
}

/// A whole team.json, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub fleet: FleetSettings,
    pub network: NetworkSettings,
    pub idle: IdleSettings,
    pub config: ConfigSettings,
    pub operators: Vec<String>,
    pub members: Vec<Member>,
    /// Entries of `members` that name a group.
    pub groups: Vec<GroupEntry>,
    /// Addresses of entries with problems: a group that these people are in does not bring them in either.
    pub left_out: Vec<String>,
}

/// Something wrong with one entry; the rest of the team goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// 1-based line of team.json.
    pub line: usize,
    /// Where, e.g. `members[2].email`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub remedy: String,
    /// True when the entry may stand for somebody who has a machine, so that nobody may be taken for a leaver.
    pub hides_a_member: bool,
}

/// A team.json that could be read, with what was wrong in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamFile {
    pub team: Team,
    pub problems: Vec<Problem>,
}

/// A team.json that could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TeamError {
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub remedy: String,
}
