//! After the machines exist: until each says `ready`.

use std::{collections::BTreeSet, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    fleet::{
        instance::PowerState,
        stage::{Mark, Stage},
        step::{Action, Step},
    },
    ops::{
        Event, Events, OpsError, Session,
        seam::Follower,
        tail::{follow, follow_console},
    },
};

const LONGEST: Duration = Duration::from_secs(45 * 60);

/// A machine that this run has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub machine: String,
    /// Its log has the `ready` of the machine before it.
    pub is_on_kept_disk: bool,
}

/// Those among a plan's steps.
pub fn made(steps: &[Step]) -> Vec<Made> {
    let made = steps.iter().filter_map(|step| match &step.action {
        Action::CreateMachine { machine, disk, .. } => {
            Some(Made { machine: machine.clone(), is_on_kept_disk: disk.is_some() })
        }
        _ => None,
    });
    made.collect()
}

/// Follows the machines' bootstrap until each is ready or has failed; passes on `Stage` events.
/// Returns (ready, not ready) machine names. Machines that do not run are left out.
pub async fn await_ready(
    session: &Session,
    machines: &[Made],
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(Vec<String>, Vec<String>), OpsError> {
    let (names, _, seen) = session.machines().await?;
    let running = seen.value.into_iter().filter(|i| i.power.value == PowerState::Running);
    let wanted: Vec<_> =
        running.filter_map(|i| machines.iter().find(|m| m.machine == i.name).map(|m| (i, m.is_on_kept_disk))).collect();
    let mut open: BTreeSet<String> = wanted.iter().map(|(i, _)| i.name.clone()).collect();
    let (inner, mut received) = Events::channel();
    let stop = cancel.child_token();
    let mut tasks = JoinSet::new();
    for (instance, is_on_kept_disk) in wanted {
        let (session, names, inner, stop) = (session.clone(), names.clone(), inner.clone(), stop.clone());
        tasks.spawn(async move {
            let mut follower = Follower::default();
            tokio::select! {
                () = stop.cancelled() => {}
                _ = follow_console(&session, &names, &instance, &inner), if is_on_kept_disk => {}
                _ = follow(&session, &names, &instance, &mut follower, &inner), if !is_on_kept_disk => {}
            }
        });
    }
    // Once every log has ended, nothing more can come.
    drop(inner);
    let deadline = tokio::time::sleep(LONGEST);
    tokio::pin!(deadline);
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    while !open.is_empty() {
        let event = tokio::select! {
            () = cancel.cancelled() => return Err(OpsError::interrupted()),
            () = &mut deadline => break,
            event = received.recv() => event,
        };
        match event {
            Some(Event::Stage { machine, marker }) => {
                if marker.stage == Stage::Ready && marker.mark == Mark::Done && open.remove(&machine) {
                    ready.push(machine.clone());
                }
                if marker.mark == Mark::Failed && open.remove(&machine) {
                    failed.push(machine.clone());
                }
                events.send(Event::Stage { machine, marker });
            }
            Some(Event::LogNote { machine, source, text }) => events.send(Event::LogNote { machine, source, text }),
            Some(_) => {}
            None => break,
        }
    }
    stop.cancel();
    failed.extend(open);
    ready.sort();
    Ok((ready, failed))
}
