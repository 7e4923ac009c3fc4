//! One command on many machines through claw's own pool, cold and then over warm connections:
//! `fanout FOLDER COMMAND [ROUNDS]`, with FOLDER as `bench/fanout.py` lays it out. Prints what the machines said, and
//! the seconds of each round.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

use std::{path::Path, time::Instant};

use futures::future::join_all;

#[path = "support/rig.rs"]
mod rig;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (folder, command) = (arguments.next().expect("FOLDER"), arguments.next().expect("COMMAND"));
    let rounds: usize = arguments.next().map_or(2, |n| n.parse().expect("a number of rounds"));
    let mut from = Instant::now();
    let rig = rig::Rig::at(Path::new(&folder));
    for round in 0..rounds {
        let said = join_all(rig.targets.iter().map(|target| rig.remote.exec(target, &command, b""))).await;
        for (target, output) in rig.targets.iter().zip(said) {
            match output {
                Ok(output) => print!("{}: {}", target.machine, String::from_utf8_lossy(&output.stdout)),
                Err(error) => println!("{error}"),
            }
        }
        eprintln!("round {round}: {:.3}", from.elapsed().as_secs_f64());
        from = Instant::now();
    }
}
