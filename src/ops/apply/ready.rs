//! After the machines exist: until each says `ready`.

use std::{collections::BTreeSet, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    fleet::{
        instance::PowerState,
        stage::{Mark, Stage},
    },
    ops::{
        Event, Events, OpsError, Session,
        tail::{Follower, follow},
    },
};

const LONGEST: Duration = Duration::from_secs(45 * 60);

/// Follows the machines' bootstrap until each is ready or has failed; passes on `Stage` events.
/// Returns (ready, not ready) machine names. Machines that do not run are left out.
pub async fn await_ready(
    session: &Session,
    machines: &[String],
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(Vec<String>, Vec<String>), OpsError> {
    let (names, _, seen) = session.machines().await?;
    let wanted: Vec<_> =
        seen.value.into_iter().filter(|i| machines.contains(&i.name) && i.power.value == PowerState::Running).collect();
    let mut open: BTreeSet<String> = wanted.iter().map(|i| i.name.clone()).collect();
    let (inner, mut received) = Events::channel();
    let stop = cancel.child_token();
    let mut tasks = JoinSet::new();
    for instance in wanted {
        let (session, names, inner, stop) = (session.clone(), names.clone(), inner.clone(), stop.clone());
        tasks.spawn(async move {
            let mut follower = Follower::default();
            tokio::select! {
                () = stop.cancelled() => {}
                () = follow(&session, &names, &instance, &mut follower, &inner) => {}
            }
        });
    }
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
