//! `exec --all -- CMD`: one command on many machines at once.

use std::cell::Cell;

use futures::{StreamExt, stream};
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

/// Runs the command on the named machines, or on every one that is on, and tells of each as it ends.
/// Returns the machines that were left out because they are off.
pub async fn run(
    session: &Session,
    wanted: &[String],
    command: &str,
    via: Via,
    cancel: &CancellationToken,
    mut each: impl FnMut(Ran),
) -> Result<Vec<String>, OpsError> {
    let act = Act::new("exec").when(wanted.is_empty(), "--all").on(wanted);
    let act = act.when(via == Via::RunCommand, "--via=run-command").when(true, "--").when(true, UNTOLD);
    let (good, bad) = (Cell::new(0), Cell::new(0));
    let counted = |ran: Ran| {
        let counter = if ran.is_good() { &good } else { &bad };
        counter.set(counter.get() + 1);
        each(ran);
    };
    let ending = |_: &Vec<String>| match (good.get(), bad.get()) {
        (good, 0) => Ending::done(format!("ended well on {good}")),
        (good, bad) => Ending { state: State::failed(good), words: format!("ended well on {good}, not on {bad}") },
    };
    activity::kept(session, act, on_all(session, wanted, command, via, cancel, counted), ending).await
}

async fn on_all(
    session: &Session,
    wanted: &[String],
    command: &str,
    via: Via,
    cancel: &CancellationToken,
    mut each: impl FnMut(Ran),
) -> Result<Vec<String>, OpsError> {
    if via == Via::RunCommand {
        session.may_change()?;
    }
    let (names, _, seen) = session.machines().await?;
    let mut machines: Vec<&Instance> = match wanted {
        [] => seen.value.iter().collect(),
        wanted => wanted.iter().map(|name| pick(&seen.value, name)).collect::<Result<_, _>>()?,
    };
    machines.sort_by(|a, b| a.name.cmp(&b.name));
    machines.dedup_by(|a, b| a.name == b.name);
    let mut off = Vec::new();
    if wanted.is_empty() {
        let is_on = |i: &&Instance| matches!(i.power.value, PowerState::Running | PowerState::Unknown);
        let (on, others): (Vec<_>, Vec<_>) = machines.into_iter().partition(is_on);
        off.extend(others.into_iter().map(|i| short(i).to_owned()));
        machines = on;
    }
    let names = &names;
    let one = |instance| async move {
        let ran = match via {
            Via::Ssh => over_ssh(session, instance, command).await,
            Via::RunCommand => through_azure(session, names, instance, command, cancel).await,
        };
        let machine = short(instance).to_owned();
        match ran {
            Ok((outcome, new_host_key)) => Ran { machine, outcome, new_host_key },
            Err(error) => Ran { machine, outcome: Outcome::Failed { error }, new_host_key: None },
        }
    };
    let mut running = stream::iter(machines).map(one).buffer_unordered(AT_ONCE);
    while let Some(ran) = running.next().await {
        each(ran);
    }
    Ok(off)
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
