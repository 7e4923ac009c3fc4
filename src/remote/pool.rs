//! The façade that `ops` uses: a bounded pool of SSH connections, shared by all tasks.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::{net::TcpStream, sync::mpsc};

pub use super::values::{Chunk, Identity, Output, RemoteSettings, TailEvent, Target};
use super::{
    connections::Connections,
    error::{RemoteError, RemoteErrorKind as Kind},
    exec,
    gateway::{self, Gateway},
    tail::{self, Tail},
    transfer,
    trips::RoundTrips,
    tunnel,
};

/// Cheap to clone. Its methods need a Tokio runtime around them.
#[derive(Clone)]
pub struct Remote {
    connections: Arc<Connections>,
    /// Where gateways listen on their machines.
    port: u16,
}

impl Remote {
    /// Connects to nothing yet.
    pub fn new(settings: RemoteSettings) -> Self {
        Self { connections: Arc::new(Connections::new(settings)), port: gateway::PORT }
    }

    /// Runs a command, gives it `stdin`, collects at most 1 MiB of each output.
    ///
    /// Waits for a connection while `limit` others are all in use. A command is never run twice: when the
    /// connection is lost after it was sent, that is [`RemoteErrorKind::Lost`](super::RemoteErrorKind::Lost).
    pub async fn exec(&self, target: &Target, command: &str, stdin: &[u8]) -> Result<Output, RemoteError> {
        exec::collect(&self.connections, target, "exec", command, stdin).await
    }

    /// Runs a command and passes its output on as it comes; the exit status at the end. It has a connection of
    /// its own, so a slow reader slows the command and nothing else. Ends when the receiver is dropped.
    pub async fn stream(&self, target: &Target, command: &str, out: mpsc::Sender<Chunk>) -> Result<u32, RemoteError> {
        exec::stream(&self.connections, target, command, out).await
    }

    /// [`stream`](Self::stream) with an input that comes piece by piece; its end is the command's end of file.
    pub async fn pipe(
        &self,
        target: &Target,
        command: &str,
        input: mpsc::Receiver<Vec<u8>>,
        out: mpsc::Sender<Chunk>,
    ) -> Result<u32, RemoteError> {
        exec::pipe(&self.connections, target, command, input, out).await
    }

    /// Follows a file from its first byte (`tail -c +N -F`), across reconnects without losing or repeating a line.
    /// Ends when the receiver is dropped. The channel is bounded: a slow reader slows the tail, not the memory.
    pub fn tail(&self, target: &Target, path: &str) -> mpsc::Receiver<TailEvent> {
        self.tail_only(target, None, path, None)
    }

    /// [`tail`](Self::tail) with another user's eyes (`sudo -n -u USER`), for the gateway's own log.
    pub fn tail_as(&self, target: &Target, user: &str, path: &str) -> mpsc::Receiver<TailEvent> {
        self.tail_only(target, Some(user), path, None)
    }

    /// [`tail`](Self::tail) of the lines with a text, whatever its case: the machine leaves the others out.
    pub fn tail_only(
        &self,
        target: &Target,
        user: Option<&str>,
        path: &str,
        only: Option<&str>,
    ) -> mpsc::Receiver<TailEvent> {
        let (out, events) = mpsc::channel(tail::CHANNEL);
        let (connections, target) = (Arc::clone(&self.connections), target.clone());
        let [sudo, only] = [user, only].map(|text| text.map(str::to_owned));
        tokio::spawn(Tail { connections, target, path: path.to_owned(), sudo, only, out }.run());
        events
    }

    /// Writes a file whole or not at all (temporary name, then rename), with the given mode.
    pub async fn upload(&self, target: &Target, path: &str, bytes: &[u8], mode: u32) -> Result<(), RemoteError> {
        transfer::upload(&self.connections, target, path, bytes.to_vec(), mode).await
    }

    /// Connects to the machine's gateway through the SSH connection. The gateway's token is read on the
    /// machine, held in memory, never shown.
    pub async fn gateway(&self, target: &Target) -> Result<Gateway, RemoteError> {
        gateway::open(&self.connections, target, self.port).await
    }

    /// The gateway's token, for a browser; never shown.
    pub async fn gateway_token(&self, target: &Target) -> Result<SecretString, RemoteError> {
        gateway::token(&self.connections, target).await
    }

    /// Passes bytes between `local` and the machine's gateway until either side closes.
    pub async fn join_gateway(&self, target: &Target, local: TcpStream) -> Result<(), RemoteError> {
        tunnel::join(&self.connections, target, self.port, local).await
    }

    /// For a machine whose gateway listens on another port.
    #[cfg(test)]
    pub fn with_gateway_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Connects if need be, and says who is signed in there with what, and the machine's host key in OpenSSH's form.
    pub async fn sign_in(&self, target: &Target) -> Result<(Identity, String), RemoteError> {
        let lease = self.connections.shared(target, "ssh").await?;
        let key = lease.host_key();
        let encoded = key.to_openssh().map_err(|e| RemoteError::new(Kind::Protocol, "ssh", target, e.to_string()))?;
        // Without the comment.
        let encoded = encoded.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Ok((lease.identity().clone(), encoded))
    }

    /// As whom and with what a machine would be tried first, without asking any; else a sentence for each thing that
    /// can't be used. A certificate is a fresh one then.
    pub async fn identity(&self, login: &str) -> Result<Identity, Vec<String>> {
        self.connections.identity(login).await
    }

    /// How quickly machines answer, by name: those with an open connection on which something was asked.
    pub fn trips(&self) -> Vec<(String, RoundTrips)> {
        self.connections.trips()
    }

    /// Connections open now, for the status bar.
    pub fn open(&self) -> usize {
        self.connections.open()
    }
}
