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
    let applied = schedule(steps, work, &events, &CancellationToken::new()).await;
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
    let applied = schedule(&[step("a", &[]), step("b", &["a"])], work, &events, &cancel).await;
    assert_eq!(applied, Applied { done: 1, interrupted: true, ..Applied::default() });
}
