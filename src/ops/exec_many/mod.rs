//! `exec --all -- CMD`: one command on many machines at once.

mod lines;
#[cfg(test)]
mod tests;
mod values;
mod ways;

use futures::{StreamExt, stream::FuturesUnordered};
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
pub use lines::{LONGEST, Line};
pub use values::{Outcome, Ran, Tell, Told, channel};

/// Machines at once; the pool bounds the connections, this the files that are open while knocking.
const AT_ONCE: usize = 256;

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Ssh,
    /// Azure's agent on the machine: needs no SSH, takes seconds, and runs as root.
    RunCommand,
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

/// Runs the command and tells what each machine says, and how it ends there. Cancelled, it tells what had come by then.
/// Returns the machines that were left alone, because too many failed or it was cancelled.
pub async fn run(
    session: &Session,
    chosen: &Chosen,
    command: &str,
    how: How,
    cancel: &CancellationToken,
    tell: Tell,
) -> Result<Vec<String>, OpsError> {
    let named = chosen.machines.iter().map(short).filter(|_| !chosen.all);
    let act = Act::new("exec").when(chosen.all, "--all").on(named);
    let act = act.when(how.via == Via::RunCommand, "--via=run-command").when(true, "--").when(true, UNTOLD);
    let work = async { Ok(on_each(session, chosen, command, how, cancel, tell).await) };
    let ran = activity::kept(session, act, work, |all: &All| match (all.good, all.bad) {
        (good, 0) => Ending::done(format!("ended well on {good}")),
        (good, bad) => Ending { state: State::failed(good), words: format!("ended well on {good}, not on {bad}") },
    });
    Ok(ran.await?.left)
}

/// How many machines did what.
struct All {
    good: usize,
    bad: usize,
    left: Vec<String>,
}

async fn on_each(
    session: &Session,
    chosen: &Chosen,
    command: &str,
    how: How,
    cancel: &CancellationToken,
    tell: Tell,
) -> All {
    let (names, tell) = (&chosen.names, &tell);
    let one = |instance| async move {
        let ran = match how.via {
            Via::Ssh => over_ssh(session, instance, command, cancel, tell).await,
            Via::RunCommand => {
                let outcome = ways::through_azure(session, names, instance, command, cancel, tell).await;
                outcome.map(|outcome| (outcome, None))
            }
        };
        let (outcome, new_host_key) = ran.unwrap_or_else(|error| (Outcome::Failed { error }, None));
        let ran = Ran { machine: short(instance).to_owned(), outcome, new_host_key };
        let is_good = ran.is_good();
        let _ = tell.send(Told::Ran(ran)).await;
        is_good
    };
    let (mut waiting, mut running) = (chosen.machines.iter(), FuturesUnordered::new());
    let (mut good, mut bad) = (0, 0);
    loop {
        let room = how.most_failures.map_or(AT_ONCE, |most| most.saturating_sub(bad).min(AT_ONCE));
        let more = if cancel.is_cancelled() { 0 } else { room.saturating_sub(running.len()) };
        running.extend(waiting.by_ref().take(more).map(one));
        let Some(is_good) = running.next().await else { break };
        good += usize::from(is_good);
        bad += usize::from(!is_good);
    }
    All { good, bad, left: waiting.map(|i| short(i).to_owned()).collect() }
}

async fn over_ssh(
    session: &Session,
    instance: &Instance,
    command: &str,
    cancel: &CancellationToken,
    tell: &Tell,
) -> Result<(Outcome, Option<String>), OpsError> {
    let target = session.target(instance)?;
    let code = ways::over_ssh(session.remote(), &target, short(instance), command, cancel, tell).await;
    let code = code.ok_or_else(OpsError::interrupted)?.map_err(|e| OpsError::shut_out(e, instance))?;
    Ok((Outcome::Ended { code, cut: false }, session.new_host_key(&target).await))
}
