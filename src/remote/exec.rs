//! Commands on a machine.

use std::sync::Arc;

use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig, client::Msg};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::task::AbortOnDropHandle;

use super::{
    connection::ChannelError,
    connections::{Connections, Lease},
    error::{RemoteError, RemoteErrorKind as Kind},
    values::{Chunk, Output, Target},
};

/// Kept of each output.
const CAP: usize = 1024 * 1024;
/// `SSH_EXTENDED_DATA_STDERR`, RFC 4254 §5.2.
const STDERR: u32 = 1;
/// As OpenSSH's client reports a command that died of a signal.
const SIGNALLED: u32 = 255;

/// A command at work. Dropping it ends the command as far as the machine allows: TERM, then the channel closes.
pub struct Running {
    read: ChannelReadHalf,
    write: Arc<ChannelWriteHalf<Msg>>,
    input: Option<AbortOnDropHandle<()>>,
    closed: bool,
    refused: bool,
    code: Option<u32>,
    _slot: OwnedSemaphorePermit,
    _lease: Lease,
}

impl Running {
    /// Starts a command on the machine's shared connection. A connection that turns out to be gone is replaced
    /// once: nothing had reached the machine's shell then.
    pub async fn start(
        connections: &Connections,
        target: &Target,
        operation: &str,
        command: &str,
    ) -> Result<Self, RemoteError> {
        let lease = connections.shared(target, operation).await?;
        let (lease, opened) = match lease.session().await {
            Err(ChannelError::Gone(_)) => {
                let lease = connections.shared(target, operation).await?;
                let opened = lease.session().await;
                (lease, opened)
            }
            opened => (lease, opened),
        };
        Self::on(lease, opened, target, operation, command).await
    }

    /// Starts a command on a connection of its own.
    pub async fn start_alone(
        connections: &Connections,
        target: &Target,
        operation: &str,
        command: &str,
    ) -> Result<Self, RemoteError> {
        let lease = connections.private(target, operation).await?;
        let opened = lease.session().await;
        Self::on(lease, opened, target, operation, command).await
    }

    async fn on(
        lease: Lease,
        opened: Result<(Channel<Msg>, OwnedSemaphorePermit), ChannelError>,
        target: &Target,
        operation: &str,
        command: &str,
    ) -> Result<Self, RemoteError> {
        let (channel, slot) = opened.map_err(|e| refused(e, target, operation))?;
        let (read, write) = channel.split();
        let running = Self {
            read,
            write: Arc::new(write),
            input: None,
            closed: false,
            refused: false,
            code: None,
            _slot: slot,
            _lease: lease,
        };
        match running.write.exec(true, command).await {
            Ok(()) => Ok(running),
            Err(e) => Err(RemoteError::new(Kind::Lost, operation, target, e.to_string())),
        }
    }

    /// Gives the command its whole input while its output is read.
    pub async fn feed(&mut self, stdin: &[u8]) {
        if stdin.is_empty() {
            let _ = self.write.eof().await;
            return;
        }
        let (write, stdin) = (Arc::clone(&self.write), stdin.to_vec());
        let feeding = tokio::spawn(async move {
            // The machine may well stop reading; its exit status tells then.
            let _ = write.data_bytes(stdin).await;
            let _ = write.eof().await;
        });
        self.input = Some(AbortOnDropHandle::new(feeding));
    }

    /// Gives the command its input piece by piece, as fast as it reads, until the sender is dropped.
    pub fn feed_from(&mut self, mut input: mpsc::Receiver<Vec<u8>>) {
        let write = Arc::clone(&self.write);
        let feeding = tokio::spawn(async move {
            while let Some(bytes) = input.recv().await {
                if write.data_bytes(bytes).await.is_err() {
                    return;
                }
            }
            let _ = write.eof().await;
        });
        self.input = Some(AbortOnDropHandle::new(feeding));
    }

    /// The next output; `None` when the command is over. Safe to cancel.
    pub async fn next(&mut self) -> Option<Chunk> {
        while !self.closed {
            match self.read.wait().await {
                Some(ChannelMsg::Data { data }) => return Some(Chunk::Stdout(data.to_vec())),
                Some(ChannelMsg::ExtendedData { data, ext: STDERR }) => return Some(Chunk::Stderr(data.to_vec())),
                Some(ChannelMsg::ExitStatus { exit_status }) => self.code = Some(exit_status),
                Some(ChannelMsg::ExitSignal { .. }) => self.code = Some(SIGNALLED),
                Some(ChannelMsg::Failure) => {
                    self.refused = true;
                    return None;
                }
                Some(ChannelMsg::Close) | None => self.closed = true,
                Some(_) => {}
            }
        }
        None
    }

    /// How the command ended, once `next` has said `None`.
    pub fn code(&self, target: &Target, operation: &str) -> Result<u32, RemoteError> {
        if self.refused {
            return Err(RemoteError::new(Kind::Protocol, operation, target, "the machine refuses to run commands"));
        }
        self.code.ok_or_else(|| {
            RemoteError::new(Kind::Lost, operation, target, "the connection was lost before the command ended")
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let write = Arc::clone(&self.write);
            runtime.spawn(async move {
                let _ = write.signal(Sig::TERM).await;
                let _ = write.close().await;
            });
        }
    }
}

/// What a channel that did not open means to the caller.
pub fn refused(error: ChannelError, target: &Target, operation: &str) -> RemoteError {
    match error {
        ChannelError::Gone(why) => {
            RemoteError::new(Kind::Lost, operation, target, format!("the connection is lost: {why}"))
        }
        ChannelError::Refused(why) => {
            RemoteError::new(Kind::Protocol, operation, target, format!("the machine refuses a channel: {why}"))
        }
    }
}

/// Runs a command to its end and keeps its output.
pub async fn collect(
    connections: &Connections,
    target: &Target,
    operation: &str,
    command: &str,
    stdin: &[u8],
) -> Result<Output, RemoteError> {
    let mut running = Running::start(connections, target, operation, command).await?;
    running.feed(stdin).await;
    let mut output = Output { code: 0, stdout: Vec::new(), stderr: Vec::new(), truncated: false };
    while let Some(chunk) = running.next().await {
        let (kept, bytes) = match chunk {
            Chunk::Stdout(bytes) => (&mut output.stdout, bytes),
            Chunk::Stderr(bytes) => (&mut output.stderr, bytes),
        };
        let room = CAP - kept.len();
        output.truncated |= bytes.len() > room;
        kept.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
    }
    output.code = running.code(target, operation)?;
    Ok(output)
}

/// Runs a command on its own connection and passes its output on; a slow reader slows the command.
pub async fn stream(
    connections: &Connections,
    target: &Target,
    command: &str,
    out: mpsc::Sender<Chunk>,
) -> Result<u32, RemoteError> {
    let (_, nothing) = mpsc::channel(1);
    pipe(connections, target, command, nothing, out).await
}

/// The same with an input that comes piece by piece; its end is the command's end of file.
pub async fn pipe(
    connections: &Connections,
    target: &Target,
    command: &str,
    input: mpsc::Receiver<Vec<u8>>,
    out: mpsc::Sender<Chunk>,
) -> Result<u32, RemoteError> {
    let operation = "exec";
    let gone = || RemoteError::new(Kind::Lost, operation, target, "nobody reads its output any more");
    let mut running = Running::start_alone(connections, target, operation, command).await?;
    running.feed_from(input);
    loop {
        let chunk = tokio::select! {
            chunk = running.next() => chunk,
            () = out.closed() => return Err(gone()),
        };
        match chunk {
            Some(chunk) => out.send(chunk).await.map_err(|_| gone())?,
            None => return running.code(target, operation),
        }
    }
}

/// A word for the machine's shell, quoted when it has to be.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ':' | '@' | '%');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
