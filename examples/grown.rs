//! An embedded cloud whose machines are there and ready: `grown FOLDER MEMBERS` makes them by `up` in virtual time,
//! prints one JSON line, and serves in real time until standard input ends; a line there is answered by the requests
//! since the one before. For comparisons with other clients at scale.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

#[allow(dead_code, reason = "it asks for no bound")]
#[path = "support/mod.rs"]
mod support;

use std::path::PathBuf;

use support::Team;
use tokio::io::AsyncBufReadExt as _;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("FOLDER"));
    let members = arguments.next().map_or(1000, |n| n.parse().expect("a number of members"));
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let team = Team::start(&folder, members).await;
        team.up().await;
        // Longer than a bootstrap takes, in virtual time too.
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        tokio::time::resume();
        let ready = serde_json::json!({
            "cloud": team.sim.cloud_file, "team": folder.join("team.json"), "data": folder.join("data"), "members": members,
        });
        println!("{ready}");
        let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
        // Each line asks what was requested since the one before.
        let mut told = 0;
        while lines.next_line().await.unwrap().is_some() {
            let new = team.sim.world().state().requests[told..].to_vec();
            told += new.len();
            println!("{}", serde_json::json!(new));
        }
    });
}
