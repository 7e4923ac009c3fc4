//! The façade that `ops` uses: a bounded pool of SSH connections, shared by all tasks.

use std::{path::PathBuf, time::Duration};

use tokio::sync::mpsc;

use super::{Gateway, RemoteError};
use crate::fleet::instance::Door;

#[derive(Clone, Debug)]
pub struct RemoteSettings {
    /// HTTP proxy for `CONNECT address:22`; `None` connects directly.
    pub proxy: Option<url::Url>,
    /// Private key files, tried in order.
    pub keys: Vec<PathBuf>,
    /// Connections open at once over the whole fleet.
    pub limit: usize,
    /// From the first packet to the end of authentication (8 s).
    pub connect_timeout: Duration,
}

/// A machine and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub machine: String,
    pub door: Door,
    /// Login name, e.g. `clawadmin`.
    pub user: String,
}

/// A finished command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 255 when the command died of a signal.
    pub code: u32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// What a running command or a tail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TailEvent {
    /// A whole line without its end; invalid UTF-8 replaced; cut at 16 KiB.
    Line(String),
    /// The connection was lost; the next line continues where this one stopped.
    Reconnecting { error: String, after: Duration },
    /// The file became shorter or was replaced: reading starts over.
    Restarted,
    /// Will not come back (host key mismatch, authentication).
    Ended(String),
}

#[derive(Clone)]
pub struct Remote {
    // filled in by the remote room
}

impl Remote {
    pub fn new(_settings: RemoteSettings) -> Self {
        todo!()
    }

    /// Runs a command, gives it `stdin`, collects at most 1 MiB of each output.
    pub async fn exec(&self, _target: &Target, _command: &str, _stdin: &[u8]) -> Result<Output, RemoteError> {
        todo!()
    }

    /// Runs a command and passes its output on as it comes; the exit status at the end.
    pub async fn stream(
        &self,
        _target: &Target,
        _command: &str,
        _out: mpsc::Sender<Chunk>,
    ) -> Result<u32, RemoteError> {
        todo!()
    }

    /// Follows a file from its first byte (`tail -c +N -F`), across reconnects without losing or repeating a line.
    /// Ends when the receiver is dropped. The channel is bounded: a slow reader slows the tail, not the memory.
    pub fn tail(&self, _target: &Target, _path: &str) -> mpsc::Receiver<TailEvent> {
        todo!()
    }

    /// Writes a file whole or not at all (temporary name, then rename), with the given mode.
    pub async fn upload(&self, _target: &Target, _path: &str, _bytes: &[u8], _mode: u32) -> Result<(), RemoteError> {
        todo!()
    }

    /// Connects to the machine's gateway through the SSH connection. The gateway's token is read on the
    /// machine, held in memory, never shown.
    pub async fn gateway(&self, _target: &Target) -> Result<Gateway, RemoteError> {
        todo!()
    }

    /// Connections open now, for the status bar.
    pub fn open(&self) -> usize {
        todo!()
    }
}
