//! The window under load: 1,000 machines that change, 100 logs with 50,000 lines a second, a frame sixty times a
//! second. `cargo bench --bench window`; the table at the end says how long a key takes to its frame.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

use std::time::{Duration, Instant};

use claw::tui::load::Load;
use criterion::Criterion;

const MACHINES: usize = 1_000;
const LOGS: usize = 100;
/// Of 50,000 lines a second, those between two frames.
const LINES: usize = 50_000 / 60;
/// Steps of a plan.
const PLANNED: usize = 10_000;
/// Frames: half a minute of them.
const SHOWN: usize = 1_800;
const FRAME: Duration = Duration::from_millis(16);

fn window() -> Load {
    let mut load = Load::new(MACHINES, 160, 50).unwrap();
    load.lines(LOGS * 200, LOGS);
    load
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    for (name, key) in [("fleet", '1'), ("logs", '3'), ("pairings", '4'), ("health", '8')] {
        let mut load = window();
        load.open(key);
        group.bench_function(name, |bencher| bencher.iter(|| load.draw().unwrap()));
    }
    let mut load = window();
    load.plan(PLANNED);
    load.open('2');
    group.bench_function("plan", |bencher| bencher.iter(|| load.draw().unwrap()));
    load.fold();
    group.bench_function("plan, all of it folded", |bencher| bencher.iter(|| load.draw().unwrap()));
    let mut load = window();
    load.open('3');
    load.press_key('v');
    group.bench_function("logs, tiles", |bencher| bencher.iter(|| load.draw().unwrap()));
    load.press_key('v');
    group.bench_function("logs, merged", |bencher| bencher.iter(|| load.draw().unwrap()));
}

fn updates(criterion: &mut Criterion) {
    let mut load = window();
    criterion.bench_function("1,000 machines seen anew", |bencher| bencher.iter(|| load.change(50)));
    criterion.bench_function("a frame's worth of lines", |bencher| bencher.iter(|| load.lines(LINES, LOGS)));
}

/// As the runner does it: what came since the last frame, then a key, then the frame that shows it. Every half second
/// the whole fleet is seen anew, with all machines in another state; each five seconds another screen.
fn latency() {
    let mut load = window();
    let (mut taken, mut frames) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for n in 0..SHOWN {
        if n % 300 == 0 {
            load.open(['1', '3', '1', '4', '3', '8'][n / 300]);
        }
        let pressed = Instant::now();
        if n % 30 == 0 {
            load.change(MACHINES);
        }
        load.lines(LINES, LOGS);
        load.press_key('j');
        let drawing = Instant::now();
        load.draw().unwrap();
        frames.push(drawing.elapsed());
        taken.push(pressed.elapsed());
    }
    let busy = begun.elapsed();
    println!("| {MACHINES} machines that change, {LOGS} logs, 50,000 lines/s | median | 99th percentile | longest |");
    println!("|---|---|---|---|");
    for (what, mut times) in [("key to frame", taken), ("of it, drawing", frames)] {
        times.sort();
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        println!("| {what} | {:.2?} | {:.2?} | {:.2?} |", at(50), at(99), at(100));
    }
    let of = 100.0 * busy.as_secs_f64() / (FRAME * SHOWN as u32).as_secs_f64();
    println!("\n{of:.0} % of the time between frames; {} MiB after 1.5 million lines", resident() >> 20);
}

/// Bytes of this process in memory, as Linux says.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    frames(&mut criterion);
    updates(&mut criterion);
    criterion.final_summary();
    latency();
}
