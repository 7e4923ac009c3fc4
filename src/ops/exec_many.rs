//! `exec --all -- CMD`: one command on many machines at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{StreamExt, stream::FuturesUnordered};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    OpsError, Session,
    activity::{self, Act, Ending, State, UNTOLD},
    session::{pick, short},
};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
};

/// Machines at once; the pool bounds the connections, this the files that are open while knocking.
const AT_ONCE: usize = 256;

/// Azure's agent passes on the end of each output, in bytes (azure.md §1.11).
const AGENT_KEEPS: usize = 4096;

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Ssh,
    /// Azure's agent on the machine: needs no SSH, takes seconds, and runs as root.
    RunCommand,
}

/// How the command went on one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// The name people use for it.
    pub machine: String,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The fingerprint of a host key that was taken without a pin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_host_key: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It ended; 255 when it died of a signal. Of each output the first MiB is kept, through Azure the last 4 KiB.
    Ended { code: u32, stdout: String, stderr: String, truncated: bool },
    /// It did not run, or nobody knows how it ended.
    Failed { error: OpsError },
}

impl Ran {
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Ended { code: 0, .. })
    }
}

/// The machines a command goes to, and those that are left out because they are off.
pub struct Chosen {
    names: Names,
    machines: Vec<Instance>,
    /// Nobody was named.
    all: bool,
    pub off: Vec<String>,
}

impl Chosen {
    pub fn count(&self) -> usize {
        self.machines.len()
    }
}

/// How a command is run on many machines.
#[derive(Clone, Copy, Debug)]
pub struct How {
    pub via: Via,
    /// No more than this many machines may fail: never are more at work than still may, and the rest are left alone.
    pub most_failures: Option<usize>,
}

/// The named machines, or without names every one that is on.
pub async fn choose(session: &Session, wanted: &[String]) -> Result<Chosen, OpsError> {
    // Nobody knows what a command does.
    session.may_change()?;
    let (names, _, seen) = session.machines().await?;
    let mut machines = match wanted {
        [] => seen.value,
        wanted => wanted.iter().map(|name| pick(&seen.value, name).cloned()).collect::<Result<_, _>>()?,
    };
    machines.sort_by(|a, b| a.name.cmp(&b.name));
    machines.dedup_by(|a, b| a.name == b.name);
    let mut off = Vec::new();
    if wanted.is_empty() {
        let is_on = |i: &Instance| matches!(i.power.value, PowerState::Running | PowerState::Unknown);
        let (on, others): (Vec<_>, Vec<_>) = machines.into_iter().partition(is_on);
        off.extend(others.iter().map(|i| short(i).to_owned()));
        machines = on;
    }
    Ok(Chosen { names, machines, all: wanted.is_empty(), off })
}

/// Runs the command and tells of each machine as it ends. Returns those that were left alone because too many failed.
pub async fn run(
    session: &Session,
    chosen: &Chosen,
    command: &str,
    how: How,
    cancel: &CancellationToken,
    mut each: impl FnMut(Ran),
) -> Result<Vec<String>, OpsError> {
    let named = chosen.machines.iter().map(short).filter(|_| !chosen.all);
    let act = Act::new("exec").when(chosen.all, "--all").on(named);
    let act = act.when(how.via == Via::RunCommand, "--via=run-command").when(true, "--").when(true, UNTOLD);
    let (good, bad) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let counted = |ran: Ran| {
        let counter = if ran.is_good() { &good } else { &bad };
        counter.fetch_add(1, Ordering::Relaxed);
        each(ran);
    };
    let ending = |_: &Vec<String>| match (good.load(Ordering::Relaxed), bad.load(Ordering::Relaxed)) {
        (good, 0) => Ending::done(format!("ended well on {good}")),
        (good, bad) => Ending { state: State::failed(good), words: format!("ended well on {good}, not on {bad}") },
    };
    let work = async { Ok(on_each(session, chosen, command, how, cancel, counted).await) };
    activity::kept(session, act, work, ending).await
}

async fn on_each(
    session: &Session,
    chosen: &Chosen,
    command: &str,
    how: How,
    cancel: &CancellationToken,
    mut each: impl FnMut(Ran),
) -> Vec<String> {
    let names = &chosen.names;
    let one = |instance| async move {
        let ran = match how.via {
            Via::Ssh => over_ssh(session, instance, command).await,
            Via::RunCommand => through_azure(session, names, instance, command, cancel).await,
        };
        let machine = short(instance).to_owned();
        match ran {
            Ok((outcome, new_host_key)) => Ran { machine, outcome, new_host_key },
            Err(error) => Ran { machine, outcome: Outcome::Failed { error }, new_host_key: None },
        }
    };
    let (mut waiting, mut running, mut failed) = (chosen.machines.iter(), FuturesUnordered::new(), 0);
    loop {
        let room = how.most_failures.map_or(AT_ONCE, |most| most.saturating_sub(failed).min(AT_ONCE));
        let more = room.saturating_sub(running.len());
        running.extend(waiting.by_ref().take(more).map(one));
        let Some(ran) = running.next().await else { break };
        failed += usize::from(!ran.is_good());
        each(ran);
    }
    waiting.map(|i| short(i).to_owned()).collect()
}

async fn over_ssh(
    session: &Session,
    instance: &Instance,
    command: &str,
) -> Result<(Outcome, Option<String>), OpsError> {
    let target = session.target(instance)?;
    let output = session.remote().exec(&target, command, b"").await;
    let output = output.map_err(|e| OpsError::shut_out(e, instance))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let outcome = Outcome::Ended { code: output.code, stdout, stderr, truncated: output.truncated };
    Ok((outcome, session.new_host_key(&target).await))
}

async fn through_azure(
    session: &Session,
    names: &Names,
    instance: &Instance,
    command: &str,
    cancel: &CancellationToken,
) -> Result<(Outcome, Option<String>), OpsError> {
    let ran = session.cloud().run_command(names, &instance.name, command, cancel).await?;
    let Some(code) = ran.exit_code else {
        let message = format!("nobody knows how it ended on {}: {}", instance.name, ran.execution_state);
        return Err(OpsError::failed(message).caused_by(ran.execution_message.unwrap_or_default()));
    };
    let truncated = ran.output.len().max(ran.error.len()) >= AGENT_KEEPS;
    let code = u32::try_from(code).unwrap_or(255);
    Ok((Outcome::Ended { code, stdout: ran.output, stderr: ran.error, truncated }, None))
}
