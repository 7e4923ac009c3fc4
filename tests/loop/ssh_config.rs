//! Entries for OpenSSH's own configuration: of two fleets beside each other, each with its machines.

use std::{
    fs,
    process::{Command, Stdio},
};

use crate::cloud::{Answer, Cloud};

const ALICE: &str = r#"{"members": [{"email": "alice@example.com"}]}"#;
const BOTH: &str = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
/// The second fleet.
const SECOND: [&str; 2] = ["--group", "second-rg"];

fn second(cloud: &Cloud, args: &[&str]) -> Answer {
    cloud.claw(&[&SECOND[..], args].concat())
}

/// Two fleets with one data folder; both have a machine for Alice.
fn two_fleets() -> Cloud {
    let cloud = Cloud::start("fast.toml");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.write("team.json", ALICE);
    second(&cloud, &["up", "--yes"]).exits(0);
    cloud.write("team.json", BOTH);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud
}

fn outside(cloud: &Cloud, args: &[&str]) -> Answer {
    let mut command = Command::new("ssh");
    command.arg("-F").arg(cloud.path("data/ssh_config")).args(args).stdin(Stdio::null());
    Answer::new(args, command.env_clear().envs(cloud.environment()).output().unwrap())
}

/// What OpenSSH itself makes of a name: the group that it is in, and whether its key is pinned. `None`: it knows none.
fn group(cloud: &Cloud, name: &str) -> Option<String> {
    let read = outside(cloud, &["-G", name]).exits(0).stdout;
    let value = |key: &str| read.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
    let proxy = value("proxycommand ")?;
    let known = fs::read_to_string(value("userknownhostsfile ").unwrap()).unwrap();
    assert!(known.starts_with(&format!("{} ssh-ed25519 ", value("hostkeyalias ").unwrap())), "{known}");
    Some(proxy.split("--group '").nth(1).unwrap().split('\'').next().unwrap().to_owned())
}

#[track_caller]
fn reaches(cloud: &Cloud, expected: &[(&str, Option<&str>)]) {
    for (name, place) in expected {
        assert_eq!(group(cloud, name).as_deref(), *place, "{name}");
    }
}

#[test]
fn fleets_with_the_same_names_stay_beside_each_other() {
    let cloud = two_fleets();
    let (first, other) = (Some("openclaw-rg"), Some("second-rg"));
    cloud.claw(&["ssh", "--config"]).exits(0);
    let written = second(&cloud, &["ssh", "--config", "--json"]).exits(0);
    assert_eq!(written.json()["hosts"][0], "claw-alice.second-rg");
    assert!(written.stderr.contains("claw-alice stays another fleet's"), "{}", written.stderr);
    let all = [
        ("claw-alice", first),
        ("claw-alice.openclaw-rg", first),
        ("claw-alice.second-rg", other),
        ("claw-bob", first),
        ("claw-bob.openclaw-rg", first),
        ("claw-bob.second-rg", None),
    ];
    reaches(&cloud, &all);
    for name in ["claw-alice", "claw-alice.second-rg"] {
        assert_eq!(outside(&cloud, &[name, "hostname"]).exits(0).stdout, "claw-alice\n");
    }
    // One member's entry is renewed, and the others stay.
    let one = cloud.claw(&["ssh", "--config", "alice", "--json"]).exits(0).json();
    assert_eq!(one["hosts"], serde_json::json!(["claw-alice"]));
    second(&cloud, &["ssh", "--config", "alice"]).exits(0);
    // A session with one fleet's machine leaves the other's key alone.
    second(&cloud, &["ssh", "alice", "--", "hostname"]).exits(0);
    reaches(&cloud, &all);
    assert_eq!(outside(&cloud, &["claw-alice", "hostname"]).exits(0).stdout, "claw-alice\n");

    // A machine that is gone loses its entry when the whole fleet is written, and its name is free.
    cloud.write("team.json", ALICE);
    cloud.claw(&["up", "--yes", "--leavers", "1", "--delete", "claw-bob"]).exits(0);
    cloud.claw(&["ssh", "--config", "alice"]).exits(0);
    reaches(&cloud, &all);
    cloud.claw(&["ssh", "--config"]).exits(0);
    reaches(&cloud, &[all[0], all[2], ("claw-bob", None)]);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn entries_from_before_there_were_several_fleets_are_taken_over() {
    let cloud = two_fleets();
    second(&cloud, &["ssh", "--config"]).exits(0);
    // OpenSSH knows no brackets in names, and a group may have them.
    cloud.claw(&["--group", "Odd(1)", "up", "--yes"]).exits(0);
    let odd = cloud.claw(&["--group", "Odd(1)", "ssh", "--config", "alice", "--json"]).exits(0).json();
    assert_eq!(odd["hosts"], serde_json::json!(["claw-alice.odd_1_"]));
    assert_eq!(outside(&cloud, &["claw-alice.odd_1_", "hostname"]).exits(0).stdout, "claw-alice\n");
    fs::remove_file(cloud.path("data/ssh_config")).unwrap();
    second(&cloud, &["ssh", "--config"]).exits(0);
    // As it was written then: without marks, and with the keys of all fleets in one folder.
    let file = cloud.path("data/ssh_config");
    let text = fs::read_to_string(&file).unwrap();
    let known =
        text.lines().find_map(|line| line.trim().strip_prefix("UserKnownHostsFile ")).unwrap().trim_matches('"');
    let old = cloud.path("data/known_hosts/claw-alice");
    fs::rename(known, &old).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("# claw: ")).map(|line| match line.starts_with("Host ") {
        true => "Host claw-alice\n".to_owned(),
        false => format!("{}\n", line.replace(known, old.to_str().unwrap())),
    });
    fs::write(&file, lines.collect::<String>()).unwrap();

    let (first, other) = (Some("openclaw-rg"), Some("second-rg"));
    let written = cloud.claw(&["ssh", "--config", "--json"]).exits(0).json();
    assert_eq!(written["hosts"], serde_json::json!(["claw-alice.openclaw-rg", "claw-bob"]));
    reaches(&cloud, &[("claw-alice", other), ("claw-alice.openclaw-rg", first), ("claw-bob", first)]);
    // Its own run renews it, and leaves none of the old ones behind.
    second(&cloud, &["ssh", "--config"]).exits(0);
    reaches(&cloud, &[("claw-alice", other), ("claw-alice.second-rg", other)]);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("Host claw-alice").count(), 2, "{text}");
    assert!(!text.contains(old.to_str().unwrap()), "{text}");
    assert_eq!(cloud.unknown_requests(), "");
}
