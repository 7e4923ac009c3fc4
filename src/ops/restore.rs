//! `restore`: an archive of `backup` into a machine's gateway, sessions and pairings included.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    archive::{self, Identities},
    assets,
    verify::AS_GATEWAY,
};
use crate::remote::Chunk;

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

/// Opens `file` with the named keys (the operator's SSH keys when none is), sends it, and swaps it in behind a
/// health gate. The archive in plain text is in memory only, here and there.
pub async fn restore(session: &Session, name: &str, file: &Path, identities: &[PathBuf]) -> Result<Restored, OpsError> {
    let act = Act::new("restore").on([name]).when(true, &file.display().to_string());
    let ending = |r: &Restored| Ending::done(format!("{}: as of {}", r.machine, r.created));
    activity::kept(session, act, bring_back(session, name, file, identities), ending).await
}

async fn bring_back(session: &Session, name: &str, file: &Path, identities: &[PathBuf]) -> Result<Restored, OpsError> {
    session.may_change()?;
    let keys = session.settings().ssh_keys.clone();
    let (path, named) = (file.to_owned(), identities.to_vec());
    // Wrong keys and damaged files show before the machine is asked.
    let (sender, first) = mpsc::channel(1);
    let opened = tokio::task::spawn_blocking({
        let (path, named, keys) = (path.clone(), named.clone(), keys.clone());
        move || archive::open(&path, &Identities::read(&named, &keys)?, &sender)
    });
    drop(first);
    opened.await.map_err(|e| OpsError::failed(e.to_string()))??;

    let (_, _, instance) = session.find(name).await?;
    let target = session.target(&instance)?;
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
            .with_remedy(format!("look at it: claw verify {name}"))
    })?;
    Ok(Restored { machine: instance.name, ..restored })
}
