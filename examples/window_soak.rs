//! A million messages to a window of 1,000 machines, at random but the same in every run: no panic, nothing stuck, no
//! growth of memory. `cargo run --release --example window_soak -- 1000000`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a soak that can't go on fails")]

use claw::tui::load::Load;

/// What memory may gain after the first half, in bytes: buffers that were never full before.
const SLACK: usize = 48 * 1024 * 1024;

fn main() {
    let count: usize = std::env::args().nth(1).map_or(1_000_000, |n| n.parse().expect("a number of messages"));
    let mut load = Load::new(1_000, 120, 40).unwrap();
    let mut half = 0;
    // The first frames fill caches; from a tenth on it should stay.
    let told = [count / 10, count / 2];
    for n in 0..count {
        load.anything();
        if n % 16 == 0 {
            load.draw().unwrap();
        }
        if n % 1_000 == 0 {
            assert!(load.is_sound(), "a cursor beyond its lines after {n} messages");
            assert!(load.settle(), "stuck after {n} messages");
        }
        if told.contains(&n) {
            half = resident();
            println!("{n} messages; memory {} MiB", half >> 20);
        }
    }
    let end = resident();
    println!("{count} messages; memory {} MiB; nothing stuck, no panic", end >> 20);
    assert!(end <= half + SLACK, "memory grows");
}

/// Bytes of this process in memory, as Linux says.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
