//! How long `claw up` takes for a large team, in the embedded cloud's own time, and how many requests `claw status`
//! sends: `cargo run --release --example scale -- 10 100 1000`. Nothing waits: the clock runs on as soon as everybody does.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

use std::time::Duration;

use claw::{
    fleet::plan::PlanOptions,
    ops::{Events, Overrides, Session, Settings, apply, status, sync},
    sim::{Sim, SimOptions},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|n| n.parse().expect("a number of members")).collect();
    println!("| members | up, virtual | bound by ARM's writes | requests of up | 429 | requests of status |");
    println!("|---|---|---|---|---|---|");
    for members in if sizes.is_empty() { vec![10, 100] } else { sizes } {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(measure(members));
    }
}

/// ARM takes 200 writes at once and 10 a second after that (azure.md §2.2). Each machine needs four: its deployment,
/// the grant at its secret, the link to its console, its tags.
fn bound(members: usize) -> Duration {
    let writes = 4.0 * members as f64 + 6.0;
    Duration::from_secs_f64(((writes - 200.0) / 10.0).max(0.0))
}

fn scenario(members: usize) -> String {
    let user = |n: usize| {
        format!(
            "[[users]]\nid = \"00000000-0000-4000-8000-{n:012}\"\nupn = \"m{n:04}@example.com\"\nmail = \"m{n:04}@example.com\"\nname = \"Member {n}\"\n"
        )
    };
    let quiet = "speed = 1.0\n[every_machine]\nlines_per_second = 0.01\n".to_owned();
    (0..members).map(user).fold(quiet, |all, user| all + &user)
}

async fn measure(members: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("scenario.toml"), scenario(members)).unwrap();
    let emails: Vec<_> = (0..members).map(|n| serde_json::json!({"email": format!("m{n:04}@example.com")})).collect();
    std::fs::write(path("team.json"), serde_json::json!({"members": emails}).to_string()).unwrap();
    let options = SimOptions { dir: path("sim"), scenario: Some(path("scenario.toml")), port: 0 };
    let sim = Sim::start(&options).await.unwrap();
    let overrides = Overrides {
        cloud: Some(sim.cloud_file.display().to_string()),
        team: Some(path("team.json")),
        data: Some(path("data")),
        ..Overrides::default()
    };
    let session = Session::open(Settings::load(&overrides).unwrap()).unwrap();
    let (events, mut received) = Events::channel();
    let drain = tokio::spawn(async move { while received.recv().await.is_some() {} });

    let begun = Instant::now();
    let planned = sync::plan(&session, &PlanOptions::default(), &events).await.unwrap();
    let applied = apply::apply(&session, &planned, &events, &CancellationToken::new()).await.unwrap();
    assert!(applied.failed.is_empty(), "{:?}", applied.failed.first());
    let took = begun.elapsed();
    let asked = sim.world().state().requests.len();
    let throttled = session.throttle().throttled;

    let again = sync::plan(&session, &PlanOptions::default(), &events).await.unwrap();
    assert!(again.plan.is_empty(), "{:?}", again.plan.steps.first());
    let before = sim.world().state().requests.len();
    let rows = status::status(&session, true).await.unwrap().value;
    assert_eq!(rows.iter().filter(|row| row.machine.is_some()).count(), members);
    let requests = sim.world().state().requests.len() - before;
    println!("| {members} | {took:.0?} | {:.0?} | {asked} | {throttled} | {requests} |", bound(members));
    drain.abort();
}
