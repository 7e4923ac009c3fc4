//! `up`: runs the steps of a plan as a graph, bounded by the published limits.

mod act;
mod forget;
mod graph;
mod pace;
mod pin;
mod ready;

use std::{future::Future, sync::Arc, time::Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    ErrorKind, Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    sync::{Goal, Planned},
    template::template,
};
use crate::fleet::{
    plan::Extent,
    step::{Action, Step, StepId},
};
use graph::Graph;

pub use pace::Pace;
pub use ready::{Made, await_ready, made};

/// Steps at work at once. Deployments are polled by one list for all (azure.md §2.2), so this bounds memory, not reads.
const AT_ONCE: usize = 200;

/// How the steps ended. `failed` holds (step, message, remedy).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Applied {
    pub done: usize,
    pub failed: Vec<(String, String, Option<String>)>,
    pub skipped: usize,
    pub interrupted: bool,
}

/// Applies every step of `planned.plan`. One failed step stops only those after it. On cancel no new
/// step starts, running ones are left to Azure, and the same command finishes the job later.
/// Refuses (kind `Refused`) when the plan has refusals or the session is read-only.
pub async fn apply(
    session: &Session,
    planned: &Planned,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Applied, OpsError> {
    apply_at(session, planned, events, cancel, &Pace::default()).await
}

/// The same, held up and let go on by `pace`.
pub async fn apply_at(
    session: &Session,
    planned: &Planned,
    events: &Events,
    cancel: &CancellationToken,
    pace: &Pace,
) -> Result<Applied, OpsError> {
    activity::kept(session, act(planned), carry_out(session, planned, events, cancel, pace), ending).await
}

fn act(planned: &Planned) -> Act {
    match &planned.goal {
        Goal::Up { options, from } => {
            let leavers = options.leavers.map(|n| n.to_string());
            let act = Act::new("up").with("--leavers", leavers.as_deref());
            let act = options.delete.iter().fold(act, |act, machine| act.with("--delete", Some(machine)));
            from.iter().fold(act, |act, range| act.with("--from", Some(range)))
        }
        Goal::Down { extent } => Act::new("down").when(*extent == Extent::MachinesOnly, "--keep-data"),
    }
}

fn ending(applied: &Applied) -> Ending {
    let failed = applied.failed.iter().map(|(step, error, _)| (step, error));
    Ending::of(applied.done, failed).interrupted_if(applied.interrupted)
}

async fn carry_out(
    session: &Session,
    planned: &Planned,
    events: &Events,
    cancel: &CancellationToken,
    pace: &Pace,
) -> Result<Applied, OpsError> {
    session.may_change()?;
    if let Some(refusal) = planned.plan.refusals.first() {
        return Err(OpsError::refused(refusal.reason.clone(), refusal.remedy.clone()));
    }
    if planned.plan.steps.iter().any(|step| matches!(step.action, Action::CreateMachine { .. })) {
        // A template that can't be read is told before anything is made.
        template(session, None)?;
    }
    let worker = act::Worker::new(session, planned, events, cancel);
    let worker = Arc::new(worker);
    let run = |step: Step| {
        let worker = worker.clone();
        async move { worker.run(&step).await }
    };
    let applied = schedule(&planned.plan.steps, run, events, cancel, pace).await;
    let (done, failed, skipped) = (applied.done, applied.failed.len(), applied.skipped);
    events.send(Event::Applied { done, failed, skipped });
    Ok(applied)
}

/// Cancels what an earlier `up` has left running in Azure. What was made stays; the next `up` goes on from there.
pub async fn cancel(session: &Session) -> Result<Vec<String>, OpsError> {
    let work = async {
        session.may_change()?;
        let names = session.names(&session.team().await?.team)?;
        Ok(session.cloud().cancel_deployments(&names).await?)
    };
    let ending = |cancelled: &Vec<String>| Ending::done(format!("cancelled: {}", cancelled.len()));
    activity::kept(session, Act::new("up").when(true, "--cancel"), work, ending).await
}

/// Runs steps as soon as those before them succeeded.
async fn schedule<F, R>(steps: &[Step], run: F, events: &Events, cancel: &CancellationToken, pace: &Pace) -> Applied
where
    F: Fn(Step) -> R,
    R: Future<Output = Result<(), OpsError>> + Send + 'static,
{
    let mut graph = Graph::new(steps);
    let mut running: JoinSet<(StepId, f64, Result<(), OpsError>)> = JoinSet::new();
    let mut applied = Applied::default();
    loop {
        while !cancel.is_cancelled() && !pace.is_paused() && running.len() < AT_ONCE {
            let Some(step) = graph.next() else { break };
            events.send(Event::StepStarted { step: step.id.clone() });
            let (id, work, begun) = (step.id.clone(), run(step), Instant::now());
            running.spawn(async move {
                let result = work.await;
                (id, begun.elapsed().as_secs_f64(), result)
            });
        }
        let held = pace.is_paused() && !cancel.is_cancelled() && graph.waiting() > 0;
        let ended = tokio::select! {
            Some(ended) = running.join_next(), if !running.is_empty() => ended,
            () = pace.goes_on(), if held => continue,
            () = cancel.cancelled(), if held => continue,
            else => break,
        };
        // A step's task that panicked leaves its step open: those after it never start.
        let Ok((id, seconds, result)) = ended else { continue };
        match result {
            Ok(()) => {
                applied.done += 1;
                graph.done(&id);
                events.send(Event::StepDone { step: id, seconds });
            }
            Err(error) if error.kind == ErrorKind::Interrupted => applied.interrupted = true,
            Err(error) => {
                for skipped in graph.failed(&id) {
                    applied.skipped += 1;
                    events.send(Event::StepSkipped { step: skipped, because: id.clone() });
                }
                let (message, remedy) = (error.message.clone(), error.remedy.clone());
                events.send(Event::StepFailed { step: id.clone(), error: message.clone(), remedy: remedy.clone() });
                applied.failed.push((id.0, message, remedy));
            }
        }
    }
    applied.interrupted |= cancel.is_cancelled() && graph.waiting() > 0;
    applied
}

#[cfg(test)]
mod tests;
