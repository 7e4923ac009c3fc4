//! The embedded cloud: ARM, Graph, Key Vault, Entra and the machines, on loopback, over the real protocols.
//! Knows nobody but the wire: it shares no type with the rest of claw.

pub mod account;
pub mod arm;
mod authority;
mod blob;
mod chaos;
pub mod clock;
mod cloud_file;
pub mod cloud_name;
mod dispatch;
mod door;
pub mod entra;
mod fault_kind;
mod faults;
mod folder_lock;
mod front;
mod graph;
mod hosts;
mod https;
mod in_process;
mod inbound;
pub mod machine;
mod machine_rows;
pub mod met;
mod nsg;
mod prices;
mod proxy;
mod resource_graph;
pub mod scenario;
pub mod secret_store;
mod start;
mod timings;
pub mod token;
mod tunnel;
mod vault;
pub mod wire;
pub mod world;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use folder_lock::FolderLock;
use front::Front;
pub use in_process::Seen;
use tokio_util::sync::DropGuard;
use world::World;

/// A running embedded cloud; stops when dropped.
pub struct Sim {
    /// `cloud.json`, to be given to `--cloud`.
    pub cloud_file: PathBuf,
    world: Arc<World>,
    front: Arc<Front>,
    _stop: DropGuard,
    /// Given up last, when `cloud.json` is gone.
    _lock: FolderLock,
}

#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("scenario {path}: {message}")]
    Scenario { path: String, message: String },
    #[error("can't listen on {address}: {source}")]
    Listen { address: String, source: std::io::Error },
    #[error("can't write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{} belongs to another embedded cloud, which still runs (process {holder})", dir.display())]
    FolderTaken { dir: PathBuf, holder: String },
    #[error("can't make the embedded cloud's certificates: {0}")]
    Certificate(String),
}

/// How to start it.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Folder for `cloud.json`, `ca.pem`, `federated-token` and `unknown.log` (created, mode 0700). One cloud at a time has it.
    pub dir: PathBuf,
    /// A scenario TOML; `None` is the one `claw demo` uses.
    pub scenario: Option<PathBuf>,
    /// Port of the proxy; 0 picks a free one.
    pub port: u16,
}

impl Sim {
    /// Listens on 127.0.0.1 and writes `cloud.json` last, so that its presence means ready.
    pub async fn start(options: &SimOptions) -> Result<Self, SimError> {
        start::start(options).await
    }

    /// Listens nowhere: [`Sim::answer`] is the only way in. Writes `cloud.json`, whose proxy does not answer.
    pub fn in_process(options: &SimOptions) -> Result<Self, SimError> {
        start::in_process(options)
    }

    pub fn dir(&self) -> &Path {
        self.cloud_file.parent().unwrap_or(Path::new("."))
    }

    /// Requests nobody understood so far (answered 501), e.g. `GET management.azure.com/…`.
    /// They also stand in `unknown.log`, a line each, from the moment they happen.
    pub fn unknown_requests(&self) -> Vec<String> {
        self.world.state().unknown.clone()
    }

    /// The state, for tests that look behind the wire.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Returns when the process is asked to stop (Ctrl-C, SIGTERM); drop the cloud then.
    pub async fn until_signal(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    }
}

impl Drop for Sim {
    /// Machines first, since each knows the world and the world knows each.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.cloud_file);
        let machines = std::mem::take(&mut self.world.state().machines);
        for machine in machines.into_values() {
            machine.power_off();
        }
    }
}

#[cfg(test)]
mod tests;
