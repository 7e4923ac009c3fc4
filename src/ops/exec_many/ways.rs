//! The ways a command gets to a machine, and its output back.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    lines::{Line, Lines},
    values::{Outcome, Tell, Told},
};
use crate::{
    fleet::{instance::Instance, names::Names},
    ops::{OpsError, Session, event::Stream},
    remote::{Chunk, Remote, RemoteError, Target},
};

/// Azure's agent passes on the end of each output, in bytes (azure.md §1.11).
const AGENT_KEEPS: usize = 4096;
/// Pieces of output on their way from a machine.
const PIECES: usize = 4;

/// Runs the command over SSH and tells its lines as they come; its exit code. `None` when it was cancelled: what had
/// come by then is told.
pub async fn over_ssh(
    remote: &Remote,
    target: &Target,
    machine: &str,
    command: &str,
    cancel: &CancellationToken,
    tell: &Tell,
) -> Option<Result<u32, RemoteError>> {
    let (sender, mut chunks) = mpsc::channel(PIECES);
    let pass_on = async move {
        let (mut stdout, mut stderr) = (Lines::default(), Lines::default());
        while let Some(chunk) = chunks.recv().await {
            let (stream, lines) = match chunk {
                Chunk::Stdout(bytes) => (Stream::Stdout, stdout.feed(&bytes)),
                Chunk::Stderr(bytes) => (Stream::Stderr, stderr.feed(&bytes)),
            };
            said(machine, stream, lines, tell).await;
        }
        said(machine, Stream::Stdout, stdout.rest().into_iter().collect(), tell).await;
        said(machine, Stream::Stderr, stderr.rest().into_iter().collect(), tell).await;
    };
    // Dropped with its sender as soon as it is cancelled, so that the rest is passed on and comes to its end.
    let work = async {
        tokio::select! {
            code = remote.stream(target, command, sender) => Some(code),
            () = cancel.cancelled() => None,
        }
    };
    tokio::join!(work, pass_on).0
}

/// Runs the command through Azure's agent, which tells everything at the end.
pub async fn through_azure(
    session: &Session,
    names: &Names,
    instance: &Instance,
    command: &str,
    cancel: &CancellationToken,
    tell: &Tell,
) -> Result<Outcome, OpsError> {
    let ran = session.cloud().run_command(names, &instance.name, command, cancel).await?;
    for (stream, text) in [(Stream::Stdout, &ran.output), (Stream::Stderr, &ran.error)] {
        let mut lines = Lines::default();
        let mut all = lines.feed(text.as_bytes());
        all.extend(lines.rest());
        said(instance.short(), stream, all, tell).await;
    }
    let Some(code) = ran.exit_code else {
        let message = format!("nobody knows how it ended on {}: {}", instance.name, ran.execution_state);
        return Err(OpsError::failed(message).caused_by(ran.execution_message.unwrap_or_default()));
    };
    let cut = ran.output.len().max(ran.error.len()) >= AGENT_KEEPS;
    Ok(Outcome::Ended { code: u32::try_from(code).unwrap_or(255), cut })
}

async fn said(machine: &str, stream: Stream, lines: Vec<Line>, tell: &Tell) {
    if !lines.is_empty() {
        // Whoever listens no more has dropped the command, too.
        let _ = tell.send(Told::Said { machine: machine.to_owned(), stream, lines }).await;
    }
}
