//! What goes into and comes out of an operation on a machine.

use std::{path::PathBuf, time::Duration};

use crate::fleet::instance::Door;

#[derive(Clone, Debug)]
pub struct RemoteSettings {
    /// HTTP proxy for `CONNECT address:22`; `None` connects directly.
    pub proxy: Option<url::Url>,
    /// Entra certificates, tried first; `None`: not at all.
    pub certificate: Option<CertificateSettings>,
    /// The SSH agent's socket, tried next.
    pub agent: Option<PathBuf>,
    /// Private key files, tried last and in order.
    pub keys: Vec<PathBuf>,
    /// Take the key that a machine shows when none is pinned, and hold it to that key from then on.
    pub accept_new_host_keys: bool,
    /// Connections open at once over the whole fleet; fewer where the system lets a process open few files.
    pub limit: usize,
    /// From the first packet to the end of authentication (8 s).
    pub connect_timeout: Duration,
}

impl Default for RemoteSettings {
    fn default() -> Self {
        Self {
            proxy: None,
            certificate: None,
            agent: None,
            keys: Vec::new(),
            accept_new_host_keys: false,
            limit: 2048,
            connect_timeout: Duration::from_secs(8),
        }
    }
}

/// Where Entra certificates come from.
#[derive(Clone, Debug)]
pub struct CertificateSettings {
    /// A program and its first arguments, run with `--public-key-file KEY.pub --file CERTIFICATE` behind them.
    pub command: Vec<String>,
    /// A private folder for the key and the certificate.
    pub folder: PathBuf,
}

/// As whom and with what claw is signed in on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Certificate { login: String, key: PathBuf, certificate: PathBuf },
    Agent { login: String, key: russh::keys::PublicKey },
    File { login: String, key: PathBuf },
}

/// A machine and how to get in. The door's address may carry a port (`127.0.0.1:2222`, `[::1]:2222`); 22 without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub machine: String,
    pub door: Door,
    /// Login name for keys, e.g. `clawadmin`; a certificate brings its own.
    pub user: String,
}

/// A finished command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 255 when the command died of a signal.
    pub code: u32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// More than 1 MiB came on one of the two, and the rest was dropped.
    pub truncated: bool,
}

/// What a running command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TailEvent {
    /// A whole line without its end; invalid UTF-8 replaced. Of a line longer than 16 KiB the beginning, then
    /// ` … (+N bytes)`. Control characters are still in it.
    Line(String),
    /// The connection was lost; the next line continues where this one stopped.
    Reconnecting { error: String, after: Duration },
    /// The file became shorter or was replaced: what follows is read from its first byte.
    Restarted,
    /// Will not come back (host key mismatch, authentication).
    Ended(String),
}
