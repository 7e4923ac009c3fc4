//! `restore`: an archive of `backup` into a machine's gateway, sessions and pairings included.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    archive::{self, Identities, Mark},
    assets,
    verify::AS_GATEWAY,
};
use crate::{fleet::instance::Instance, remote::Chunk};

/// Of each of the machine's outputs.
const KEPT: usize = 8192;

/// What is in place now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    #[serde(default)]
    pub machine: String,
    /// When the archive was made, RFC 3339.
    pub created: String,
    /// OpenClaw's version then.
    pub version: String,
    /// Where the state before it lies on the machine.
    pub before: String,
}

/// An archive that opens, and a machine it may go to.
pub struct Checked {
    instance: Instance,
    path: PathBuf,
    named: Vec<PathBuf>,
    /// Whether the archive says whose it is.
    pub is_marked: bool,
}

/// Looks at all that can be wrong before anybody is asked: the archive, the keys (the operator's SSH keys when none is
/// named), the machine, and whether it is of the same member unless `from_other` is said.
pub async fn check(
    session: &Session,
    name: &str,
    file: &Path,
    identities: &[PathBuf],
    from_other: bool,
) -> Result<Checked, OpsError> {
    session.may_change()?;
    let keys = session.settings().ssh_keys.clone();
    let (path, named) = (file.to_owned(), identities.to_vec());
    let (sender, first) = mpsc::channel(1);
    let opened = tokio::task::spawn_blocking({
        let (path, named) = (path.clone(), named.clone());
        move || archive::open(&path, &Identities::read(&named, &keys)?, &sender)
    });
    drop(first);
    let mark = opened.await.map_err(|e| OpsError::failed(e.to_string()))??;
    let (_, _, instance) = session.find(name).await?;
    session.target(&instance)?;
    if let Some(mark) = mark.as_ref().filter(|mark| !from_other && !mark.fits(&Mark::of(&instance))) {
        let message = format!("{} is of {}, not of {}: it may be another member's", file.display(), mark.machine, name);
        return Err(OpsError::refused(message, "add --from-other when it is meant for this machine all the same"));
    }
    Ok(Checked { instance, path, named, is_marked: mark.is_some() })
}

/// Sends the archive, and swaps it in behind a health gate. In plain text it is in memory only, here and there.
pub async fn restore(session: &Session, checked: Checked) -> Result<Restored, OpsError> {
    let act = Act::new("restore").on([checked.instance.short()]).when(true, &checked.path.display().to_string());
    let ending = |r: &Restored| Ending::done(format!("{}: as of {}", r.machine, r.created));
    activity::kept(session, act, swap_in(session, checked), ending).await
}

async fn swap_in(session: &Session, checked: Checked) -> Result<Restored, OpsError> {
    let Checked { instance, path, named, .. } = checked;
    let (target, keys) = (session.target(&instance)?, session.settings().ssh_keys.clone());
    let (input, stdin) = archive::pieces();
    let _ = input.send(assets::RESTORE.as_bytes().to_vec()).await;
    let opening = tokio::task::spawn_blocking(move || archive::open(&path, &Identities::read(&named, &keys)?, &input));
    let (chunks, mut heard) = mpsc::channel(archive::PIECES);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let keep = async {
        while let Some(chunk) = heard.recv().await {
            let (kept, bytes) = match chunk {
                Chunk::Stdout(bytes) => (&mut out, bytes),
                Chunk::Stderr(bytes) => (&mut err, bytes),
            };
            let room = KEPT.saturating_sub(kept.len());
            kept.extend(bytes.into_iter().take(room));
        }
    };
    let (code, ()) = tokio::join!(session.remote().pipe(&target, AS_GATEWAY, stdin, chunks), keep);
    let opened = opening.await.map_err(|e| OpsError::failed(e.to_string()))?;
    let code = code?;
    // A machine that gave up early leaves the archive unread; its own reason comes first.
    if code != 0 {
        let said = super::text::harmless(String::from_utf8_lossy(&err).trim());
        let message = format!("{} was not restored (exit {code})", instance.name);
        return Err(OpsError::failed(message).caused_by(said));
    }
    opened?;
    let text = String::from_utf8_lossy(&out).into_owned();
    let restored: Option<Restored> = text.lines().find_map(|line| serde_json::from_str(line).ok());
    let restored = restored.ok_or_else(|| {
        OpsError::failed(format!("{} does not say what it restored", instance.name))
            .with_remedy(format!("look at it: claw verify {}", instance.short()))
    })?;
    Ok(Restored { machine: instance.name, ..restored })
}
