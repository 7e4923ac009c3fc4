//! How long `claw up` takes for a large team, in the embedded cloud's own time, and how many requests `claw status`
//! sends: `cargo run --release --example scale -- 10 100 1000`. Nothing waits: the clock runs on as soon as everybody does.
//! Fails where ARM refused a request with 429.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

#[path = "support/mod.rs"]
mod support;

use claw::{
    fleet::plan::PlanOptions,
    ops::{Events, status, sync},
};
use support::{Team, bound};
use tokio::time::Instant;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|n| n.parse().expect("a number of members")).collect();
    println!("| members | up, virtual seconds | bound by ARM's writes | requests of up | 429 | requests of status |");
    println!("|---|---|---|---|---|---|");
    for members in if sizes.is_empty() { vec![10, 100] } else { sizes } {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(measure(members));
    }
}

async fn measure(members: usize) {
    let folder = tempfile::tempdir().unwrap();
    let team = Team::start(folder.path(), members).await;
    let requests = || team.sim.world().state().requests.len();

    let begun = Instant::now();
    team.up().await;
    let took = begun.elapsed();
    let asked = requests();
    let throttled = team.session.throttle().throttled;

    let (events, mut received) = Events::channel();
    let drain = tokio::spawn(async move { while received.recv().await.is_some() {} });
    let again = sync::plan(&team.session, &PlanOptions::default(), &events).await.unwrap();
    assert!(again.plan.is_empty(), "{:?}", again.plan.steps.first());
    drain.abort();
    let before = requests();
    let rows = status::status(&team.session, true).await.unwrap().value;
    assert_eq!(rows.iter().filter(|row| row.machine.is_some()).count(), members);
    let of_status = requests() - before;
    let [took, bound] = [took, bound(members)].map(|time| time.as_secs_f64());
    println!("| {members} | {took:.0} | {bound:.0} | {asked} | {throttled} | {of_status} |");
    assert_eq!(throttled, 0, "the budget foresees what ARM refuses");
}
