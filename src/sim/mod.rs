//! The embedded cloud: ARM, Graph, Key Vault, Entra and the machines, on loopback, over the real protocols.
//! Knows nobody but the wire: it shares no type with the rest of claw.

pub mod clock;
pub mod machine;
pub mod scenario;
pub mod wire;
pub mod world;

use std::path::{Path, PathBuf};

/// A running embedded cloud; stops when dropped.
pub struct Sim {
    /// `cloud.json`, to be given to `--cloud`.
    pub cloud_file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("scenario {path}: {message}")]
    Scenario { path: String, message: String },
    #[error("can't listen on {address}: {source}")]
    Listen { address: String, source: std::io::Error },
    #[error("can't write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("can't make the embedded cloud's certificates: {0}")]
    Certificate(String),
}

/// How to start it.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Folder for `cloud.json` and `ca.pem` (created, mode 0700).
    pub dir: PathBuf,
    /// A scenario TOML; `None` is the one `claw demo` uses.
    pub scenario: Option<PathBuf>,
    /// Port of the proxy; 0 picks a free one.
    pub port: u16,
}

impl Sim {
    /// Listens on 127.0.0.1 and writes `cloud.json` last, so that its presence means ready.
    pub async fn start(_options: &SimOptions) -> Result<Self, SimError> {
        todo!()
    }

    pub fn dir(&self) -> &Path {
        self.cloud_file.parent().unwrap_or(Path::new("."))
    }

    /// Requests nobody understood so far (answered 501), e.g. `GET management.azure.com/…`.
    pub fn unknown_requests(&self) -> Vec<String> {
        todo!()
    }
}
