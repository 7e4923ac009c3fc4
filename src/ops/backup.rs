//! `backup`: the gateway's own verified archive of each machine, sealed on its way to the operator's folder.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{StreamExt, stream};
use serde::Deserialize;
use tokio::{sync::mpsc, time::Instant};

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
/// The longest archive that is taken, before it is sealed: a hostile machine could fill the disk. States have some
/// 100 MB; the machine's own disk has 30 GiB.
const LONGEST: u64 = 32 << 30;
/// Of a machine's complaint.
const COMPLAINT: usize = 4096;
/// Until an archive's first byte: OpenClaw makes and verifies it before.
const FIRST: Duration = Duration::from_secs(30 * 60);
/// From then on so much comes in each interval: a hostile machine could send a byte now and then for ever.
const LEAST: usize = 1 << 20;
const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// For a whole archive, whatever its pace.
const WHOLE: Duration = Duration::from_secs(12 * 60 * 60);

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

/// The archive to the seal, and the complaint into `said`. Owns what it hears by: where it ends early, because the seal
/// gave up or too little came for too long, the machine is cut off. True in the second case.
async fn sort(mut heard: mpsc::Receiver<Chunk>, pieces: mpsc::Sender<Vec<u8>>, said: &mut Vec<u8>) -> bool {
    let (mut until, mut end, mut lacks) = (Instant::now() + FIRST, Instant::now() + WHOLE, 1_usize);
    // Asked here too: where there is always something to hear, nothing times out.
    while Instant::now() < until.min(end) {
        let Ok(chunk) = tokio::time::timeout_at(until.min(end), heard.recv()).await else { return true };
        match chunk {
            None => return false,
            Some(Chunk::Stdout(bytes)) => {
                let came = Instant::now();
                lacks = lacks.saturating_sub(bytes.len());
                if lacks == 0 {
                    (until, lacks) = (came + INTERVAL, LEAST);
                }
                if pieces.send(bytes).await.is_err() {
                    return false;
                }
                // What the seal takes is not the machine's doing.
                let sealing = came.elapsed();
                (until, end) = (until + sealing, end + sealing);
            }
            Some(Chunk::Stderr(bytes)) => {
                said.extend(bytes.into_iter().take(COMPLAINT.saturating_sub(said.len())));
            }
        }
    }
    true
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
    let (chunks, heard) = mpsc::channel(archive::PIECES);
    let (pieces, sealing) = archive::pieces();
    let (shown, mark) = (folder.to_owned(), Mark::of(instance));
    let sealing = tokio::task::spawn_blocking(move || archive::seal(&file, &shown, &to, LONGEST, &mark, sealing));
    let mut said = Vec::new();
    let work = session.remote().pipe(&target, AS_GATEWAY, script, chunks);
    let (code, is_slow) = tokio::join!(work, sort(heard, pieces, &mut said));
    let measure = sealing.await.map_err(|e| OpsError::failed(format!("the archive was not sealed: {e}")))?;
    // Where the seal gave up, that is why the machine was cut off.
    let measure = measure?;
    if is_slow {
        let message = format!("{} sent too little of its archive for too long; nothing was kept", instance.name);
        let remedy = format!("look at it: claw verify {}", session::short(instance));
        return Err(OpsError::failed(message).with_remedy(remedy));
    }
    let code = code?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_machine_whose_archive_nobody_takes_or_that_falls_silent_is_cut_off() {
        let (chunks, heard) = mpsc::channel(1);
        let (pieces, sealing) = archive::pieces();
        drop(sealing);
        // As `Remote::pipe` does: until nobody hears it any more.
        let sending = async { while chunks.send(Chunk::Stdout(vec![0; 8])).await.is_ok() {} };
        let mut said = Vec::new();
        let ((), is_silent) = tokio::join!(sending, sort(heard, pieces, &mut said));
        assert!(!is_silent);

        let (chunks, heard) = mpsc::channel(1);
        let (pieces, _sealing) = archive::pieces();
        chunks.send(Chunk::Stderr(b"wait".to_vec())).await.unwrap();
        let (is_silent, ()) = tokio::join!(sort(heard, pieces, &mut said), chunks.closed());
        assert!(is_silent && said == b"wait");
    }

    /// How a machine fares that says this so often: whether it was cut off, and after how many minutes.
    async fn fares(piece: Chunk, minutes: u64, times: usize) -> (bool, u64) {
        let (chunks, heard) = mpsc::channel(1);
        let (pieces, mut sealing) = archive::pieces();
        let began = Instant::now();
        let sending = async move {
            for _ in 0..times {
                tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
                if chunks.send(piece.clone()).await.is_err() {
                    return;
                }
            }
        };
        let sorting = async {
            let mut said = Vec::new();
            let is_slow = sort(heard, pieces, &mut said).await;
            (is_slow, began.elapsed().as_secs() / 60)
        };
        let taking = async { while sealing.recv().await.is_some() {} };
        let ((), (), fared) = tokio::join!(sending, taking, sorting);
        fared
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_drips_is_cut_off_and_one_that_is_slow_is_not() {
        let archive = |bytes: usize| Chunk::Stdout(vec![0; bytes]);
        let always = 10_000;
        assert_eq!(fares(Chunk::Stderr(b".".to_vec()), 1, always).await, (true, 30), "noise is no archive");
        assert_eq!(fares(archive(0), 1, always).await, (true, 30));
        assert_eq!(fares(archive(1), 29, always).await, (true, 39));
        assert_eq!(fares(archive(1), 1, always).await, (true, 11));
        assert_eq!(fares(archive(LEAST), 9, 20).await, (false, 180));
        assert_eq!(fares(archive(LEAST / 4), 2, 50).await, (false, 100));
        assert_eq!(fares(archive(LEAST), 9, always).await, (true, 12 * 60), "not for ever either");
    }

    #[tokio::test(start_paused = true)]
    async fn a_seal_that_takes_long_is_not_the_machines_doing() {
        let (chunks, heard) = mpsc::channel(1);
        let (pieces, mut sealing) = archive::pieces();
        let sending = async move {
            for _ in 0..40 {
                chunks.send(Chunk::Stdout(vec![0])).await.unwrap();
            }
        };
        let taking = async {
            while sealing.recv().await.is_some() {
                tokio::time::sleep(FIRST).await;
            }
        };
        let mut said = Vec::new();
        let ((), (), is_slow) = tokio::join!(sending, taking, sort(heard, pieces, &mut said));
        assert!(!is_slow);
    }

    #[test]
    fn an_archives_name_is_not_the_machines_to_choose() {
        assert_eq!(super::stamp("2026-11-21T01:02:03.456Z"), "20261121T010203456Z");
        for said in ["../../../.ssh/authorized_keys", "/etc/passwd", "\u{1b}[2J\0", "é\u{202e}", ".", &"x/".repeat(500)]
        {
            let name = super::stamp(said);
            assert!(name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        }
    }
}
