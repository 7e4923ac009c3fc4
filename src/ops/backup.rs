//! `backup`: the gateway's own verified archive of each machine, sealed on its way to the operator's folder.

use std::path::{Path, PathBuf};

use futures::{StreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    archive::{self, Mark, Recipients},
    assets, session,
    verify::AS_GATEWAY,
};
use crate::{fleet::instance::Instance, remote::Chunk};

/// Archives that come in at once.
const AT_ONCE: usize = 4;
/// Of a machine's complaint.
const COMPLAINT: usize = 4096;

/// A machine's archive on this computer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BackedUp {
    pub machine: String,
    pub file: PathBuf,
    /// When OpenClaw made it, RFC 3339.
    pub created: String,
    /// OpenClaw's version then.
    pub version: String,
    /// Size before it was sealed.
    pub bytes: u64,
}

/// What `backup.sh` says about the archive before it sends it.
#[derive(Deserialize)]
struct Label {
    created: String,
    bytes: u64,
    sha256: String,
    version: String,
}

/// Backs up the named machines, or all of them, into `folder`. One that fails holds up no other.
pub async fn backup(
    session: &Session,
    wanted: &[String],
    folder: &Path,
    recipients: &[String],
    events: &Events,
) -> Result<Vec<(String, Result<BackedUp, OpsError>)>, OpsError> {
    let act = Act::new("backup").on(wanted).when(wanted.is_empty(), "--all");
    activity::kept(session, act, all(session, wanted, folder, recipients, events), |made| {
        let failed = made.iter().filter_map(|(machine, made)| Some((machine, made.as_ref().err()?)));
        Ending::of(made.iter().filter(|(_, made)| made.is_ok()).count(), failed)
    })
    .await
}

async fn all(
    session: &Session,
    wanted: &[String],
    folder: &Path,
    recipients: &[String],
    events: &Events,
) -> Result<Vec<(String, Result<BackedUp, OpsError>)>, OpsError> {
    // Asked before anything is done.
    Recipients::new(recipients, &session.settings().ssh_keys)?;
    // A folder that is there keeps its mode: the archives are sealed, and only their owner may read them anyway.
    if !folder.is_dir() {
        super::settings::make_private(folder)?;
    }
    let (_, _, machines) = session.machines().await?;
    let made = stream::iter(session::chosen(&machines.value, wanted)?).map(|instance| async move {
        let made = one(session, &instance, folder, recipients).await;
        let text = match &made {
            Ok(backup) => format!("{}: {} ({} bytes)", instance.name, backup.file.display(), backup.bytes),
            Err(error) => format!("{}: no backup: {error}", instance.name),
        };
        events.send(Event::Note { text });
        (instance.name, made)
    });
    let mut made: Vec<_> = made.buffer_unordered(AT_ONCE).collect().await;
    made.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(made)
}

/// One machine's archive. A file appears under its name only when it is whole.
pub(super) async fn one(
    session: &Session,
    instance: &Instance,
    folder: &Path,
    recipients: &[String],
) -> Result<BackedUp, OpsError> {
    let target = session.target(instance)?;
    let to = Recipients::new(recipients, &session.settings().ssh_keys)?;
    let cannot = |why: std::io::Error| {
        OpsError::failed(format!("{} can't be written to: {why}", folder.display()))
            .with_remedy("give another --output")
    };
    let fresh = tempfile::Builder::new().prefix(".claw-").tempfile_in(folder).map_err(cannot)?;
    let file = fresh.as_file().try_clone().map_err(cannot)?;
    let (input, script) = archive::pieces();
    // Room for one piece is there; the sender's end is the script's.
    let _ = input.send(assets::BACKUP.as_bytes().to_vec()).await;
    drop(input);
    let (chunks, mut heard) = mpsc::channel(archive::PIECES);
    let (pieces, sealing) = archive::pieces();
    let (shown, mark) = (folder.to_owned(), Mark::of(instance));
    let sealing = tokio::task::spawn_blocking(move || archive::seal(&file, &shown, &to, &mark, sealing));
    let mut said = Vec::new();
    let sort = async {
        let pieces = pieces;
        while let Some(chunk) = heard.recv().await {
            match chunk {
                Chunk::Stdout(bytes) => {
                    if pieces.send(bytes).await.is_err() {
                        return;
                    }
                }
                Chunk::Stderr(bytes) => said.extend(bytes.into_iter().take(COMPLAINT.saturating_sub(said.len()))),
            }
        }
    };
    let (code, ()) = tokio::join!(session.remote().pipe(&target, AS_GATEWAY, script, chunks), sort);
    let measure = sealing.await.map_err(|e| OpsError::failed(format!("the archive was not sealed: {e}")))?;
    let (code, measure) = (code?, measure?);
    let said = super::text::harmless(String::from_utf8_lossy(&said).trim());
    if code != 0 {
        return Err(OpsError::failed(format!("{} made no archive (exit {code})", instance.name)).caused_by(said));
    }
    let label: Label = said.lines().find_map(|line| serde_json::from_str(line).ok()).ok_or_else(|| {
        OpsError::failed(format!("{} says nothing about its archive", instance.name)).caused_by(&said)
    })?;
    if (measure.bytes, &measure.sha256) != (label.bytes, &label.sha256) {
        let message = format!("the archive of {} did not arrive as it was sent; nothing was kept", instance.name);
        return Err(OpsError::failed(message).with_remedy("try again"));
    }
    let path = folder.join(format!("{}-{}.tar.gz.age", instance.name, stamp(&label.created)));
    fresh.persist_noclobber(&path).map_err(|e| cannot(e.error))?;
    Ok(BackedUp {
        machine: instance.name.clone(),
        file: path,
        created: label.created,
        version: label.version,
        bytes: label.bytes,
    })
}

/// A time as a part of a file's name: letters and digits only, whatever the machine said.
fn stamp(created: &str) -> String {
    created.chars().filter(char::is_ascii_alphanumeric).take(24).collect()
}
