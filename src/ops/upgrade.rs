//! `upgrade`: another release of OpenClaw on one machine after the other, each behind a backup and a health gate.

use std::{path::Path, time::Duration};

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    archive::Recipients,
    assets, backup, session,
    settings::make_private,
    text::harmless,
};
use crate::{
    fleet::{instance::Instance, version},
    remote::{Output, Target},
};

/// npm takes half a minute, the gateway's last work up to six minutes, both health gates two each.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// OpenClaw says its version within seconds.
const LOOK: Duration = Duration::from_secs(60);
/// At once, after the first machine came through alone.
const AT_ONCE: usize = 4;

/// What became of one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachineUpgrade {
    pub machine: String,
    pub before: String,
    pub after: String,
    /// False when it ran this release already.
    pub changed: bool,
    /// The archive made before; none when nothing was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Upgraded {
    pub to: String,
    pub upgraded: Vec<MachineUpgrade>,
    pub failed: Vec<(String, OpsError)>,
    /// Left as they were, because one before failed or the operator stopped it.
    pub not_tried: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    before: String,
    after: String,
    changed: bool,
}

#[derive(Deserialize)]
struct Left {
    cut_off: bool,
}

/// What a look at a machine finds.
enum Found {
    /// It runs the release already.
    Same(Answer),
    /// An upgrade before is left half done, or another one is at work.
    CutOff,
    /// Something else, or it can't be said; the upgrade itself says it then.
    Other,
}

/// Brings `to` (the team's version when `None`) into service: the first machine alone, then the rest; stops at the
/// first that fails, which is left with the release it had.
pub async fn upgrade(
    session: &Session,
    wanted: &[String],
    to: Option<&str>,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Upgraded, OpsError> {
    let act = Act::new("upgrade").on(wanted).when(wanted.is_empty(), "--all").with("--to", to);
    activity::kept(session, act, all(session, wanted, to, events, cancel), |upgraded| {
        let ending = Ending::of(upgraded.upgraded.len(), upgraded.failed.iter().map(|(m, e)| (m, e)));
        ending.interrupted_if(cancel.is_cancelled() && !upgraded.not_tried.is_empty())
    })
    .await
}

async fn all(
    session: &Session,
    wanted: &[String],
    to: Option<&str>,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Upgraded, OpsError> {
    session.may_change()?;
    let (_, team, machines) = session.machines().await?;
    let to = to.unwrap_or(&team.fleet.openclaw_version).to_owned();
    if !version::is_exact(&to) {
        let message = format!("`{to}` is no exact version of OpenClaw");
        return Err(OpsError::input(message, "give one such as 2026.9.6; npm view openclaw versions lists them"));
    }
    let machines = session::chosen(&machines.value, wanted)?;
    let folder = session.settings().data.join("backups");
    make_private(&folder)?;
    Recipients::new(&[], &session.settings().ssh_keys)?;
    let mut all = Upgraded { to: to.clone(), ..Upgraded::default() };
    let (first, rest) = machines.split_at(machines.len().min(1));
    for some in std::iter::once(first).chain(rest.chunks(AT_ONCE)) {
        if !all.failed.is_empty() || cancel.is_cancelled() {
            all.not_tried.extend(some.iter().map(|i| i.name.clone()));
            continue;
        }
        let (folder, to) = (&folder, &to);
        let done = stream::iter(some.to_vec()).map(|instance| async move {
            let result = one(session, &instance, to, folder, events, cancel).await;
            (instance.name, result)
        });
        let done: Vec<_> = done.buffer_unordered(AT_ONCE).collect().await;
        for (machine, result) in done {
            match result {
                Ok(Some(upgrade)) => all.upgraded.push(upgrade),
                Ok(None) => all.not_tried.push(machine),
                Err(error) => all.failed.push((machine, error)),
            }
        }
    }
    all.upgraded.sort_by(|a, b| a.machine.cmp(&b.machine));
    Ok(all)
}

/// `None` when the operator stopped it before the release was touched.
async fn one(
    session: &Session,
    instance: &Instance,
    to: &str,
    folder: &Path,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Option<MachineUpgrade>, OpsError> {
    let note = |text: &str| events.send(Event::Note { text: format!("{}: {text}", instance.name) });
    let target = session.target(instance)?;
    let mut found = look(session, &target, to).await;
    if matches!(found, Found::CutOff) {
        note("an upgrade before was cut off; bringing it to its end");
        settle(session, instance, &target, to).await?;
        found = look(session, &target, to).await;
    }
    if let Found::Same(Answer { before, after, changed }) = found {
        note(&format!("runs OpenClaw {after} already; nothing to do"));
        return Ok(Some(MachineUpgrade { machine: instance.name.clone(), before, after, changed, backup: None }));
    }
    let Some(archive) = cancel.run_until_cancelled(backup::one(session, instance, folder, &[])).await else {
        note("stopped before its backup was made; its release was not touched");
        return Ok(None);
    };
    let archive = archive?;
    note(&format!("backed up; installing OpenClaw {to}"));
    let output = run(session, instance, &target, to).await?;
    if output.code != 0 {
        let said = harmless(String::from_utf8_lossy(&output.stderr).trim());
        note("not upgraded");
        return Err(OpsError::failed(format!("{} was not upgraded (exit {})", instance.name, output.code))
            .caused_by(said)
            .with_remedy(format!("its backup is {}", archive.file.display())));
    }
    let Some(Answer { before, after, changed }) = answer(&output) else {
        return Err(OpsError::failed(format!("{} does not say how its upgrade ended", instance.name))
            .with_remedy(format!("look at it: claw verify {}", session::short(instance))));
    };
    note(&if changed { format!("OpenClaw {after} is well") } else { format!("ran OpenClaw {after} already") });
    let backup = Some(archive.file.display().to_string());
    Ok(Some(MachineUpgrade { machine: instance.name.clone(), before, after, changed, backup }))
}

/// Runs the script to its end. The version in its arguments is checked: nothing in it means anything to a shell.
async fn run(session: &Session, instance: &Instance, target: &Target, arguments: &str) -> Result<Output, OpsError> {
    let command = format!("sudo -n bash -s -- {arguments}");
    let running = session.remote().exec(target, &command, assets::UPGRADE.as_bytes());
    let output = tokio::time::timeout(PATIENCE, running).await.map_err(|_| {
        OpsError::failed(format!("{} does not come to an end with the upgrade", instance.name))
            .with_remedy(format!("look at it: claw verify {}", session::short(instance)))
    })??;
    Ok(output)
}

/// Brings an upgrade to its end that was cut off. Before the backup: the release in place may not read the state.
async fn settle(session: &Session, instance: &Instance, target: &Target, to: &str) -> Result<(), OpsError> {
    let output = run(session, instance, target, &format!("{to} settle")).await?;
    if output.code == 0 {
        return Ok(());
    }
    let said = harmless(String::from_utf8_lossy(&output.stderr).trim());
    let message = format!("{} can't end an upgrade that was cut off (exit {})", instance.name, output.code);
    Err(OpsError::failed(message)
        .caused_by(said)
        .with_remedy(format!("look at it: claw verify {}", session::short(instance))))
}

async fn look(session: &Session, target: &Target, to: &str) -> Found {
    let command = format!("sudo -n bash -s -- {to} look");
    let looking = session.remote().exec(target, &command, assets::UPGRADE.as_bytes());
    let Ok(Ok(output)) = tokio::time::timeout(LOOK, looking).await else { return Found::Other };
    if answer(&output).is_some_and(|left: Left| left.cut_off) {
        return Found::CutOff;
    }
    answer(&output).map_or(Found::Other, Found::Same)
}

fn answer<T: DeserializeOwned>(output: &Output) -> Option<T> {
    String::from_utf8_lossy(&output.stdout).lines().find_map(|line| serde_json::from_str(line).ok())
}
