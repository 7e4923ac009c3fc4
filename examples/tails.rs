//! Many logs followed at once through claw's own pool and into its window: `tails FOLDER`, laid out as
//! `bench/tails.py` does, with the log of the nth of `hosts` in `logs/N`. Each line begins with its number, counted from
//! 1 without a gap; the last one says `end`. Fails when a line is lost, comes twice or too early, or when the window's
//! ring holds anything but the newest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement that can't go on ends")]

use std::{path::Path, time::Duration};

use claw::{remote::TailEvent, tui::load::Load};
use tokio::{sync::mpsc, time::interval};

#[path = "support/rig.rs"]
mod rig;

/// Of the window, as of its runner.
const FRAME: Duration = Duration::from_millis(16);

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).expect("FOLDER");
    let folder = Path::new(&folder);
    let rig = rig::Rig::at(folder);
    let mut load = Load::new(rig.targets.len(), 120, 40).unwrap();
    // The logs of all, merged.
    load.open('3');
    let (out, mut arriving) = mpsc::channel(64);
    for (n, target) in rig.targets.iter().enumerate() {
        let path = folder.join("logs").join(n.to_string());
        let tail = rig.remote.tail(target, path.to_str().unwrap());
        tokio::spawn(follow(n, tail, out.clone()));
    }
    drop(out);
    let (mut frames, mut counts, mut changed) = (interval(FRAME), vec![0_u64; rig.targets.len()], false);
    loop {
        tokio::select! {
            lines = arriving.recv() => {
                let Some((n, lines)) = lines else { break };
                counts[n] += u64::try_from(lines.len()).unwrap();
                load.said(n, lines);
                changed = true;
            }
            _ = frames.tick() => if std::mem::take(&mut changed) { load.draw().unwrap(); },
        }
    }
    check(&load, &counts);
    println!("{} lines of {} logs, none lost, none twice", counts.iter().sum::<u64>(), counts.len());
}

/// Hands the lines of one log on, as many as there are, until its last.
async fn follow(n: usize, mut tail: mpsc::Receiver<TailEvent>, out: mpsc::Sender<(usize, Vec<String>)>) {
    let (mut next, mut events) = (1_u64, Vec::new());
    while tail.recv_many(&mut events, 256).await > 0 {
        let mut lines = Vec::new();
        for event in events.drain(..) {
            let TailEvent::Line(line) = event else { panic!("log {n} after line {next}: {event:?}") };
            assert_eq!(number(&line), next, "log {n}: {line}");
            next += 1;
            lines.push(line);
        }
        let is_over = lines.last().is_some_and(|line| line.ends_with(" end"));
        out.send((n, lines)).await.unwrap();
        if is_over {
            return;
        }
    }
    panic!("log {n} ended after line {next}");
}

fn number(line: &str) -> u64 {
    line.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// The ring of each log holds its newest lines, and counted the others.
fn check(load: &Load, counts: &[u64]) {
    for (n, count) in counts.iter().enumerate() {
        let (dropped, kept) = load.kept(n);
        assert_eq!(dropped + u64::try_from(kept.len()).unwrap(), *count, "log {n}");
        assert!((dropped + 1..).zip(&kept).all(|(place, line)| number(line) == place), "log {n} has a hole");
    }
}
