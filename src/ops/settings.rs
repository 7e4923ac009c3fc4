//! Where things are: cloud, files, keys.

use std::path::PathBuf;

use super::OpsError;

/// What the command line and the environment said, before any file is read.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--cloud`: `public` or a cloud file.
    pub cloud: Option<String>,
    pub team: Option<PathBuf>,
    pub secrets: Option<PathBuf>,
    /// `--data DIR` or `CLAW_DATA`: claw's own folder (keys, snapshots, logs).
    pub data: Option<PathBuf>,
    pub read_only: bool,
}

/// Settled settings.
#[derive(Clone, Debug)]
pub struct Settings {
    pub cloud: crate::azure::CloudSettings,
    /// `./team.json` unless said otherwise.
    pub team: PathBuf,
    /// `./secrets.json` unless said otherwise; may be absent.
    pub secrets: PathBuf,
    pub data: PathBuf,
    /// Private SSH keys, tried in order. The first one's public half goes into new machines.
    pub ssh_keys: Vec<PathBuf>,
    /// `clawadmin`; `openclaw` is refused.
    pub admin: String,
    pub read_only: bool,
}

impl Settings {
    /// Reads the cloud file and `.env`; makes claw's own SSH key when none is named.
    pub fn load(_overrides: &Overrides) -> Result<Self, OpsError> {
        todo!()
    }
}
