//! Machine after machine: the first alone, then a few at once; stops at the first failure.

use futures::{StreamExt, stream};

use super::{ConfigPlan, MachineDiff, Pushed, machine::Machine};
use crate::{
    fleet::instance::Instance,
    ops::{
        Event, Events, OpsError, Session,
        activity::{self, Act, Ending},
    },
};

/// How many machines change at once after the first.
const AT_ONCE: usize = 8;

/// Pushes with compare-and-set by base hash. The first machine that changes goes alone; a machine that is not well
/// afterwards gets its config before back, and the rest is not tried.
pub async fn push(session: &Session, plan: &ConfigPlan, events: &Events) -> Result<Pushed, OpsError> {
    let work = roll(session, plan, events, |machine, diff| async move { machine.push(&diff).await });
    activity::kept(session, act("config push", plan), work, ending).await
}

fn act(what: &'static str, plan: &ConfigPlan) -> Act {
    Act::new(what).about(plan.machines.iter().filter(|m| !m.changes.is_empty()).map(|m| &m.machine))
}

fn ending(pushed: &Pushed) -> Ending {
    Ending::of(pushed.pushed.len(), pushed.failed.iter().map(|(machine, why)| (machine, why)))
}

/// Brings back the config before the last push, in the same way; not where the live one changed since the comparison.
pub async fn rollback(session: &Session, plan: &ConfigPlan, events: &Events) -> Result<Pushed, OpsError> {
    let work = roll(session, plan, events, |machine, diff| async move { machine.roll_back(&diff.base_hash).await });
    let changed = plan.machines.iter().filter(|m| !m.changes.is_empty()).map(|m| &m.machine);
    activity::kept(session, Act::new("config rollback").on(changed), work, ending).await
}

async fn roll<F: Future<Output = Result<(), OpsError>>>(
    session: &Session,
    plan: &ConfigPlan,
    events: &Events,
    change: impl Fn(Machine, MachineDiff) -> F,
) -> Result<Pushed, OpsError> {
    session.may_change()?;
    if let Some((machine, why)) = plan.refused.first() {
        let message = format!("the gateway of {machine} does not take this config: {why}");
        return Err(OpsError::input(message, "mend the config; nothing was pushed to any machine"));
    }
    let (_, _, machines) = session.machines().await?;
    let (machines, change) = (&machines.value, &change);
    let one = |diff: MachineDiff| async move {
        let result = match find(machines, &diff.machine) {
            Ok(instance) => match Machine::of(session, instance) {
                Ok(machine) => change(machine, diff.clone()).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        (diff, result)
    };
    let mut pushed = Pushed::default();
    let (changing, same): (Vec<_>, Vec<_>) = plan.machines.iter().cloned().partition(|m| !m.changes.is_empty());
    for diff in same {
        tell(&mut pushed, events, &diff, Ok(()));
    }
    let (first, rest) = changing.split_at(changing.len().min(1));
    for group in [first].into_iter().chain(rest.chunks(AT_ONCE)) {
        if !pushed.failed.is_empty() {
            pushed.not_tried.extend(group.iter().map(|d| d.machine.clone()));
            continue;
        }
        let mut work = stream::iter(group.iter().cloned().map(one)).buffer_unordered(AT_ONCE);
        while let Some((diff, result)) = work.next().await {
            tell(&mut pushed, events, &diff, result);
        }
    }
    Ok(pushed)
}

fn find<'a>(machines: &'a [Instance], name: &str) -> Result<&'a Instance, OpsError> {
    machines.iter().find(|i| i.name == name).ok_or_else(|| OpsError::failed("the machine is not there any more"))
}

fn tell(pushed: &mut Pushed, events: &Events, diff: &MachineDiff, result: Result<(), OpsError>) {
    let machine = diff.machine.clone();
    match result {
        Ok(()) => {
            events.send(Event::ConfigPushed { machine: machine.clone(), changes: diff.changes.len() });
            pushed.pushed.push(machine);
        }
        Err(error) => {
            events.send(Event::ConfigFailed { machine: machine.clone(), error: error.to_string() });
            pushed.failed.push((machine, error.to_string()));
        }
    }
}
