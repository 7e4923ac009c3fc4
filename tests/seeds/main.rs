//! Operators' days, thousands of them, with everything going wrong that can: `CLAW_SEEDS` says how many,
//! `CLAW_SEED` which one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod commands;
mod configs;
mod counts;
mod day;
mod endless;
mod idleness;
mod mend;
mod panics;
mod record;
mod rig;
mod rules;
mod run;
mod scale;
mod team;

use std::collections::BTreeSet;

use claw::sim::{met, scenario::FaultKind};

/// Seeds that once broke a rule.
const KEPT: &str = include_str!("seeds.txt");

/// What rules wait for, and how often 2,000 days must have met it.
const MOMENTS: [(&str, usize); 11] = [
    (configs::PUSHED, 100),
    (idleness::SWITCHED_OFF, 25),
    (idleness::SPARED, 50),
    (day::STALE, 100),
    (day::ROTATED, 100),
    (mend::RENAMED, 100),
    (day::JUMPED, 500),
    (met::OUTLIVED, 500),
    (met::EARLY, 100),
    (met::BEHIND, 100),
    (met::BROKEN, 50),
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Otherwise a seed that breaks a rule could not be lived through again.
#[test]
fn the_same_seed_is_the_same_day() {
    let folder = tempfile::tempdir().unwrap();
    let key = run::key(folder.path());
    for seed in [1, 3, 66] {
        let [one, two] = [(); 2].map(|()| run::one(seed, &key).unwrap());
        assert_eq!(one.counts, two.counts, "seed {seed}");
        let differs = one.trace.iter().zip(&two.trace).position(|(a, b)| a != b);
        if let Some(at) = differs {
            let around = at.saturating_sub(3)..(at + 6).min(one.trace.len()).min(two.trace.len());
            panic!(
                "seed {seed}, request {at}: {:#?}\nonce, and\n{:#?}",
                &one.trace[around.clone()],
                &two.trace[around]
            );
        }
        assert_eq!(one.trace.len(), two.trace.len(), "seed {seed}");
    }
}

#[test]
fn a_panic_in_a_task_that_nobody_awaits_breaks_the_day() {
    let record = commands::Shared::default();
    record.lock().unwrap().story.push("#1 Provoke".into());
    let lived = run::watched(7, &record, async {
        tokio::spawn(async { panic!("in a task") });
        let _ = tokio::task::spawn_blocking(|| panic!("on another thread")).await;
        // The other thread may have been so quick that nothing was waited for.
        tokio::task::yield_now().await;
        Ok(day::Tally::default())
    });
    let broken = lived.unwrap_err();
    for said in ["in a task at tests/seeds/main.rs:", "on another thread at", "#1 Provoke"] {
        assert!(broken.contains(said), "{broken}");
    }
    assert!(run::watched(7, &record, async { Ok(day::Tally::default()) }).is_ok(), "the next day knows nothing of it");

    let elsewhere = async {
        let _ = tokio::task::spawn_blocking(|| ()).await;
        Ok(day::Tally::default())
    };
    assert!(run::watched(7, &record, elsewhere).unwrap_err().contains("not lived by one thread"));
}

/// Otherwise days on which nothing happens would break nothing.
#[test]
fn days_that_do_nothing_are_told() {
    let kinds = commands::Command::KINDS;
    let lacking = counts::Counts::default().lacking(&kinds, &MOMENTS);
    assert_eq!(lacking.len(), FaultKind::ALL.len() + 3 * kinds.len() + MOMENTS.len(), "{lacking:#?}");
}

#[test]
fn no_day_breaks_a_promise() {
    let folder = tempfile::tempdir().unwrap();
    let key = run::key(folder.path());
    let kept = KEPT.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    let seeds: Vec<u64> = match number("CLAW_SEED") {
        Some(seed) => vec![seed],
        // Once each: those that were kept are among the others, too.
        None => kept.chain(0..number("CLAW_SEEDS").unwrap_or(2000)).collect::<BTreeSet<_>>().into_iter().collect(),
    };
    let sum = run::all(&seeds, &key);
    println!("{} seeds, {} commands, {} requests\n{}", sum.seeds, sum.commands, sum.requests, sum.counts.table());
    assert!(sum.broken.is_empty(), "{} of {} seeds broke a rule", sum.broken.len(), sum.seeds);
    if seeds.len() >= counts::DAYS {
        let lacking = sum.counts.lacking(&commands::Command::KINDS, &MOMENTS);
        assert!(lacking.is_empty(), "these days did too little: {lacking:#?}");
    }
}
