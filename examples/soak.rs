//! More operators' days than CI has time for: `cargo run --release --example soak -- --seeds 100000 --from 2000`.
//! `tests/seeds` says what a day is and what must hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement that can't go on ends")]

#[path = "../tests/seeds/commands.rs"]
mod commands;
#[path = "../tests/seeds/configs.rs"]
mod configs;
#[allow(dead_code, reason = "the soak asks for no least")]
#[path = "../tests/seeds/counts.rs"]
mod counts;
#[path = "../tests/seeds/day.rs"]
mod day;
#[path = "../tests/seeds/endless.rs"]
mod endless;
#[path = "../tests/seeds/idleness.rs"]
mod idleness;
#[path = "../tests/seeds/mend.rs"]
mod mend;
#[path = "../tests/seeds/panics.rs"]
mod panics;
#[path = "../tests/seeds/record.rs"]
mod record;
#[path = "../tests/seeds/rig.rs"]
mod rig;
#[path = "../tests/seeds/rules/mod.rs"]
mod rules;
#[path = "../tests/seeds/run.rs"]
mod run;
#[path = "../tests/seeds/team.rs"]
mod team;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// How many days.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first day's seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> ExitCode {
    let Arguments { seeds, from } = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let key = run::key(folder.path());
    let begun = std::time::Instant::now();
    let sum = run::all(&(from..from + seeds).collect::<Vec<_>>(), &key);
    let faults: usize = sum.counts.faults.values().sum();
    let took = begun.elapsed().as_secs_f64();
    println!(
        "| seeds | commands | requests | faults | broken | seconds | seeds a second |\n|---|---|---|---|---|---|---|"
    );
    println!(
        "| {} | {} | {} | {faults} | {} | {took:.0} | {:.1} |",
        sum.seeds,
        sum.commands,
        sum.requests,
        sum.broken.len(),
        sum.seeds as f64 / took
    );
    println!("\n{}", sum.counts.table());
    for (seed, broken) in &sum.broken {
        println!("{seed} {}", broken.lines().next().unwrap_or_default());
    }
    if sum.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
