use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use super::*;
use crate::fleet::step::{Action, Risk};

fn step(id: &str, after: &[&str]) -> Step {
    Step {
        id: StepId(id.into()),
        action: Action::EnsureGroup,
        risk: Risk::Safe,
        target: id.into(),
        description: String::new(),
        after: after.iter().map(|a| StepId((*a).into())).collect(),
    }
}

async fn run(steps: &[Step], failing: &[&str]) -> (Applied, Vec<String>) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let failing: BTreeSet<String> = failing.iter().map(|f| (*f).to_owned()).collect();
    let (events, _keep) = Events::channel();
    let work = |s: Step| {
        let (order, fails) = (order.clone(), failing.contains(&s.id.0));
        async move {
            order.lock().unwrap().push(s.id.0);
            if fails { Err(OpsError::failed("no quota").with_remedy("ask for more")) } else { Ok(()) }
        }
    };
    let applied = schedule(steps, work, &events, &CancellationToken::new(), &Pace::default()).await;
    let order = order.lock().unwrap().clone();
    (applied, order)
}

#[tokio::test]
async fn steps_wait_for_those_before_them() {
    let steps = [step("pin", &["vm"]), step("vm", &["infra", "elsewhere"]), step("infra", &[])];
    let (applied, order) = run(&steps, &[]).await;
    assert_eq!(order, ["infra", "vm", "pin"]);
    assert_eq!(applied, Applied { done: 3, ..Applied::default() });
}

#[tokio::test]
async fn one_failure_stops_only_what_waits_for_it() {
    let steps = [step("a", &[]), step("a2", &["a"]), step("a3", &["a2"]), step("b", &[]), step("b2", &["b"])];
    let (applied, order) = run(&steps, &["a"]).await;
    assert_eq!(order.iter().filter(|o| o.starts_with('b')).count(), 2);
    assert_eq!((applied.done, applied.skipped), (2, 2));
    assert_eq!(applied.failed, [("a".into(), "no quota".into(), Some("ask for more".into()))]);
}

#[tokio::test]
async fn after_a_cancel_nothing_new_starts() {
    let cancel = CancellationToken::new();
    let (events, _keep) = Events::channel();
    let stop = cancel.clone();
    let work = |_: Step| {
        let stop = stop.clone();
        async move {
            stop.cancel();
            Ok(())
        }
    };
    let applied = schedule(&[step("a", &[]), step("b", &["a"])], work, &events, &cancel, &Pace::default()).await;
    assert_eq!(applied, Applied { done: 1, interrupted: true, ..Applied::default() });
}

#[tokio::test]
async fn while_it_is_held_up_nothing_new_starts_and_then_it_goes_on() {
    let (events, mut seen) = Events::channel();
    let (pace, cancel) = (Pace::default(), CancellationToken::new());
    let hold = pace.clone();
    let work = |_: Step| {
        let hold = hold.clone();
        async move {
            hold.pause(true);
            Ok(())
        }
    };
    let steps = [step("a", &[]), step("b", &["a"])];
    let applying = schedule(&steps, work, &events, &cancel, &pace);
    let mut applying = Box::pin(applying);
    // The first step's task ends, and nothing is left that could.
    while !matches!(seen.try_recv(), Ok(Event::StepDone { .. })) {
        assert!(futures::poll!(&mut applying).is_pending());
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert!(futures::poll!(&mut applying).is_pending());
        tokio::task::yield_now().await;
    }
    assert!(seen.try_recv().is_err(), "b has not started");
    pace.pause(false);
    assert_eq!(applying.await, Applied { done: 2, ..Applied::default() });
}

#[tokio::test]
async fn what_is_held_up_can_be_cancelled() {
    let (events, _keep) = Events::channel();
    let (pace, cancel) = (Pace::default(), CancellationToken::new());
    pace.pause(true);
    let steps = [step("a", &[])];
    let mut applying = Box::pin(schedule(&steps, |_: Step| async { Ok(()) }, &events, &cancel, &pace));
    assert!(futures::poll!(&mut applying).is_pending());
    cancel.cancel();
    assert_eq!(applying.await, Applied { interrupted: true, ..Applied::default() });
}
