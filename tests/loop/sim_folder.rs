//! Two embedded clouds never share a folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::cloud::{Answer, Cloud};

fn sim(cloud: &Cloud) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claw"));
    command.args(["sim", "--dir"]).arg(cloud.path("sim")).stdin(Stdio::null());
    command
}

/// Empty when it ends without one.
fn first_line(sim: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(sim.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn a_second_one_is_refused_and_harms_nothing_and_a_crash_leaves_nothing_in_the_way() {
    let mut cloud = Cloud::start("fast.toml");
    let announced = fs::read_to_string(cloud.path("sim/cloud.json")).unwrap();
    let first: serde_json::Value = serde_json::from_str(&announced).unwrap();
    let mut second = sim(&cloud).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if !first_line(&mut second).is_empty() {
        second.kill().unwrap();
    }
    let second = Answer::new(&["sim"], second.wait_with_output().unwrap()).exits(2);
    for says in ["sim belongs to another embedded cloud", &format!("(process {})", first["pid"]), "--dir"] {
        assert!(second.stderr.contains(says), "{says}: {}", second.stderr);
    }
    assert_eq!(fs::read_to_string(cloud.path("sim/cloud.json")).unwrap(), announced);
    cloud.claw(&["status", "--json"]).exits(0);

    cloud.crash();
    let mut third = sim(&cloud).stdout(Stdio::piped()).spawn().unwrap();
    let ready = first_line(&mut third);
    third.kill().unwrap();
    third.wait().unwrap();
    assert!(ready.contains("claw/sim/v1"), "{ready}");
    assert_ne!(fs::read_to_string(cloud.path("sim/cloud.json")).unwrap(), announced);
}
