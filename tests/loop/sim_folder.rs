//! Two embedded clouds never share a folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::cloud::{Answer, Cloud};

fn sim(cloud: &Cloud) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claw"));
    command.args(["sim", "--dir"]).arg(cloud.path("sim")).stdin(Stdio::null());
    command
}

#[test]
fn a_second_one_is_refused_and_harms_nothing_and_a_crash_leaves_nothing_in_the_way() {
    let mut cloud = Cloud::start("fast.toml");
    let announced = fs::read_to_string(cloud.path("sim/cloud.json")).unwrap();
    let first: serde_json::Value = serde_json::from_str(&announced).unwrap();
    let second = Answer::new(&["sim"], sim(&cloud).output().unwrap()).exits(2);
    for says in ["sim belongs to another embedded cloud", &format!("(process {})", first["pid"]), "--dir"] {
        assert!(second.stderr.contains(says), "{says}: {}", second.stderr);
    }
    assert_eq!(fs::read_to_string(cloud.path("sim/cloud.json")).unwrap(), announced);
    cloud.claw(&["status", "--json"]).exits(0);

    cloud.crash();
    let mut third = sim(&cloud).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(third.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
    third.kill().unwrap();
    third.wait().unwrap();
    assert!(ready.contains("claw/sim/v1"), "{ready}");
    assert_ne!(fs::read_to_string(cloud.path("sim/cloud.json")).unwrap(), announced);
}
