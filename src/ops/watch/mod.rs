//! Keeps the window's picture current: machines, bootstrap logs, gateways, pairings, throttle.

mod keeper;
mod money;
mod trips;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{Event, Events, OpsError, Session, history, seam::Follower, snapshot};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
};

/// Between two fresh pictures; the list is an expensive call (300 a minute, azure.md §2.3).
const CALM: Duration = Duration::from_secs(15);
/// The same while something is in transition.
const BUSY: Duration = Duration::from_secs(2);

/// Between two pictures put aside for the first frame of the next window.
const KEEP: Duration = Duration::from_secs(60);

/// Added to those pauses for each machine: a list of a thousand is megabytes of JSON.
const CALM_EACH: Duration = Duration::from_millis(45);
const BUSY_EACH: Duration = Duration::from_millis(13);
/// With more machines than these, only logs that somebody reads stay open.
const MANY: usize = 200;

/// What is kept of a machine over its power cycles.
type Followers = HashMap<String, Arc<Mutex<Follower>>>;

/// Runs until cancelled. First the fast picture, then fresh ones; a keeper per running machine that
/// follows its bootstrap and then its gateway. One dead machine delays nobody. Failures are `Problem`
/// events, once per change.
pub async fn watch(session: Session, events: Events, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = pictures(&session, &events, &cancel) => {}
        () = gauges(&session, &events) => {}
        () = trips::tell(&session, &events) => {}
    }
}

async fn gauges(session: &Session, events: &Events) {
    let mut last = None;
    loop {
        let gauge = session.throttle();
        if last != Some(gauge) {
            events.send(Event::Throttle { gauge });
            last = Some(gauge);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn pictures(session: &Session, events: &Events, cancel: &CancellationToken) {
    let mut problem = None;
    let mut kept: Option<Instant> = None;
    let names = loop {
        match session.team().await.and_then(|t| session.names(&t.team)) {
            Ok(names) => break names,
            Err(error) => complain(&mut problem, &error, events),
        }
        tokio::time::sleep(BUSY).await;
    };
    if let Ok(machines) = session.cloud().inventory_fast(&names).await {
        events.send(Event::Machines { machines, fresh: false });
    }
    let mut keepers = Keepers::default();
    let money = money::Money::default();
    loop {
        let pause = match session.cloud().inventory(&names).await {
            Ok(machines) => {
                problem = None;
                keepers.tend(session, &names, &machines.value, events, cancel);
                let pause = pause(&machines.value);
                history::note(&session.settings().data, &names, &machines);
                if kept.is_none_or(|at| at.elapsed() >= KEEP) {
                    snapshot::keep(session, &names, &machines.value, machines.at);
                    kept = Some(Instant::now());
                }
                money.tell(session, &names, &machines, events);
                events.send(Event::Machines { machines, fresh: true });
                pause
            }
            Err(error) => {
                complain(&mut problem, &error.into(), events);
                CALM / 3
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Until the next picture. An empty fleet is probably about to get its first machine.
fn pause(machines: &[Instance]) -> Duration {
    let count = u32::try_from(machines.len()).unwrap_or(u32::MAX);
    match machines.is_empty() || machines.iter().any(in_transition) {
        true => BUSY + BUSY_EACH.saturating_mul(count),
        false => CALM + CALM_EACH.saturating_mul(count),
    }
}

fn in_transition(instance: &Instance) -> bool {
    let settled = matches!(instance.power.value, PowerState::Running | PowerState::Deallocated | PowerState::Stopped);
    !settled || !instance.provisioning.eq_ignore_ascii_case("succeeded") || instance.host_key.is_none()
}

fn complain(last: &mut Option<String>, error: &OpsError, events: &Events) {
    let message = error.to_string();
    if last.as_ref() != Some(&message) {
        let (operation, remedy) = ("watch".to_owned(), error.remedy.clone());
        events.send(Event::Problem { operation, message: message.clone(), remedy });
        *last = Some(message);
    }
}

/// The keeper of each running machine; stopped when the machine stops.
#[derive(Default)]
struct Keepers {
    running: HashMap<String, CancellationToken>,
    followers: Followers,
}

impl Keepers {
    fn tend(
        &mut self,
        session: &Session,
        names: &Names,
        machines: &[Instance],
        events: &Events,
        cancel: &CancellationToken,
    ) {
        let alive = |i: &&Instance| i.power.value == PowerState::Running;
        let names_alive: Vec<&str> = machines.iter().filter(alive).map(|i| i.name.as_str()).collect();
        let is_one_of_many = names_alive.len() > MANY;
        self.running.retain(|name, token| {
            let stays = names_alive.contains(&name.as_str());
            if !stays {
                token.cancel();
            }
            stays
        });
        for instance in machines.iter().filter(alive) {
            if self.running.contains_key(&instance.name) {
                continue;
            }
            let token = cancel.child_token();
            self.running.insert(instance.name.clone(), token.clone());
            let follower = self.followers.entry(instance.name.clone()).or_default().clone();
            let (session, names, instance, events) = (session.clone(), names.clone(), instance.clone(), events.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = token.cancelled() => {}
                    () = keeper::keep(&session, &names, &instance, follower, is_one_of_many, &events) => {}
                }
            });
        }
    }
}
