//! One command on many machines through claw's own pool, cold and then over warm connections:
//! `fanout FOLDER COMMAND`, with `hosts`, `host.pub`, `user`, `user.pub` and `claw-cert.pub` in FOLDER, as
//! `bench/fanout.py` lays them out. Prints what the machines said, and the seconds of each round.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that can't go on ends")]

use std::{fs, path::Path, time::Instant};

use claw::{
    fleet::instance::Door,
    remote::{CertificateSettings, Remote, RemoteSettings, Target},
};
use futures::future::join_all;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (folder, command) = (arguments.next().expect("FOLDER"), arguments.next().expect("COMMAND"));
    let rounds: usize = arguments.next().map_or(2, |n| n.parse().expect("a number of rounds"));
    let folder = Path::new(&folder);
    let host_key = fs::read_to_string(folder.join("host.pub")).unwrap();
    let targets: Vec<Target> = fs::read_to_string(folder.join("hosts"))
        .unwrap()
        .split_whitespace()
        .map(|host| Target {
            machine: host.to_owned(),
            door: Door::Ssh { address: format!("{host}:2200"), host_key: Some(host_key.clone()) },
            user: "clawrig".into(),
        })
        .collect();

    let private = tempfile::tempdir().unwrap();
    for (from, to) in [("user", "id_rsa"), ("user.pub", "id_rsa.pub"), ("claw-cert.pub", "id_rsa-cert.pub")] {
        fs::copy(folder.join(from), private.path().join(to)).unwrap();
    }
    let certificate = CertificateSettings { command: vec!["false".into()], folder: private.path().to_owned() };
    let begun = Instant::now();
    let remote = Remote::new(RemoteSettings { certificate: Some(certificate), ..RemoteSettings::default() });
    let mut from = begun;
    for round in 0..rounds {
        let said = join_all(targets.iter().map(|target| remote.exec(target, &command, b""))).await;
        for (target, output) in targets.iter().zip(said) {
            match output {
                Ok(output) => print!("{}: {}", target.machine, String::from_utf8_lossy(&output.stdout)),
                Err(error) => println!("{error}"),
            }
        }
        eprintln!("round {round}: {:.3}", from.elapsed().as_secs_f64());
        from = Instant::now();
    }
}
