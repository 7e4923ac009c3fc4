//! `logs`: a machine's log, live.

use tokio_util::sync::CancellationToken;

use super::{
    Events, OpsError, Session,
    console::Console,
    event::LogSource,
    live::follow_file,
    seam::Follower,
    tail::{BOOTSTRAP_LOG, GATEWAY_LOG, emit, follow},
};
use crate::fleet::instance::Instance;

/// Kept of what a command says on standard error, in bytes.
const COMPLAINT: usize = 4096;

/// Emits `Line` events. With `go_on` it continues until cancelled, across reconnects; without, it ends
/// at the log's present end. The console serves the bootstrap log until SSH is up.
pub async fn logs(
    session: &Session,
    machine: &str,
    source: LogSource,
    go_on: bool,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(), OpsError> {
    let (names, _, instance) = session.find(machine).await?;
    let console = |source| Console { session, names: &names, instance: &instance, source, events };
    let work = async {
        match (source, go_on) {
            (LogSource::Bootstrap, true) => {
                if instance.host_key.is_some() {
                    // A machine that is off says so at once; one without a key has its console.
                    session.target(&instance)?;
                }
                let mut follower = Follower::default();
                let why = follow(session, &names, &instance, &mut follower, events).await;
                Err(OpsError::failed(format!("the log of {} ends: {why}", instance.name)))
            }
            (LogSource::Bootstrap, false) if instance.host_key.is_none() && !session.settings().accept_new_host_key => {
                console(LogSource::Console).whole().await
            }
            (LogSource::Bootstrap, false) => {
                once(session, &instance, &format!("cat -- {BOOTSTRAP_LOG}"), source, events).await
            }
            (LogSource::Console, false) => console(source).whole().await,
            (LogSource::Console, true) => {
                let end = console(source).follow(None, &mut Follower::default()).await;
                end.map(|never| match never {})
            }
            (LogSource::Gateway, false) => {
                once(session, &instance, &format!("sudo -n -u openclaw cat -- {GATEWAY_LOG}"), source, events).await
            }
            (LogSource::Gateway, true) => follow_file(session, &instance, source, None, events).await,
        }
    };
    tokio::select! {
        () = cancel.cancelled() => Err(OpsError::interrupted()),
        result = work => result,
    }
}

/// Passes on what a command prints, line by line; its failure is an error with what it said.
async fn once(
    session: &Session,
    instance: &Instance,
    command: &str,
    source: LogSource,
    events: &Events,
) -> Result<(), OpsError> {
    let target = session.target(instance)?;
    let (sender, mut chunks) = tokio::sync::mpsc::channel(64);
    let (mut line, mut complaint) = (Vec::new(), Vec::new());
    let pass_on = async {
        while let Some(chunk) = chunks.recv().await {
            let bytes = match chunk {
                crate::remote::Chunk::Stdout(bytes) => bytes,
                crate::remote::Chunk::Stderr(bytes) => {
                    complaint.extend(bytes.iter().take(COMPLAINT.saturating_sub(complaint.len())));
                    continue;
                }
            };
            for part in bytes.split_inclusive(|b| *b == b'\n') {
                line.extend_from_slice(part);
                if line.ends_with(b"\n") || line.len() > 16 * 1024 {
                    let text = String::from_utf8_lossy(&std::mem::take(&mut line)).trim_end().to_owned();
                    emit(&instance.name, source, [text], events).await;
                }
            }
        }
        if !line.is_empty() {
            emit(&instance.name, source, [String::from_utf8_lossy(&line).into_owned()], events).await;
        }
    };
    let (code, ()) = tokio::join!(session.remote().stream(&target, command, sender), pass_on);
    match code? {
        0 => Ok(()),
        code => {
            let said = super::text::harmless(String::from_utf8_lossy(&complaint).trim());
            Err(OpsError::failed(format!("the log of {} can't be read (exit {code})", instance.name)).caused_by(said))
        }
    }
}
