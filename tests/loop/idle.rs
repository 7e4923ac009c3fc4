//! Who uses their machine, what a policy keeps on, and what is switched off.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    cloud::Cloud,
    member::{BOTH, operator},
    signed::Signed,
};

const MEMBERS: &str =
    r#""members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}, {"email": "chandra@example.com"}]"#;

fn states(cloud: &Cloud, idle: &str) -> Vec<(String, String)> {
    cloud.write("team.json", &format!(r#"{{{MEMBERS}, "idle": {idle}}}"#));
    let shown = cloud.claw(&["idle", "--json"]).exits(0).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let machines = shown["machines"].as_array().unwrap().iter();
    machines.map(|m| (text(&m["verdict"]["state"]), text(&m["verdict"]["reason"]))).collect()
}

#[test]
fn without_a_team_json_only_the_callers_own_machine_is_decided_about() {
    let alice = Signed::start("alone.toml", "alice@example.com");
    operator(&alice, BOTH, &["up", "--yes", "--no-wait"]).exits(0);
    let said = alice.claw(&["idle", "--deallocate", "--yes", "--json"]).exits(0).stdout;
    assert!(said.contains("claw-alice") && !said.contains("claw-bob"), "{said}");
    let shown = alice.claw(&["idle", "--json"]).exits(0).stdout;
    assert!(shown.contains("claw-bob"), "looking at everybody's stops nobody's: {shown}");
}

#[test]
fn a_policy_keeps_machines_on_and_the_watch_stops_only_what_is_idle() {
    let cloud = Cloud::start("idle.toml");
    cloud.write("team.json", &format!("{{{MEMBERS}}}"));
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);

    let [alice, bob, _] = &states(&cloud, "{}")[..] else { panic!("three machines") };
    assert_eq!(alice.0, "idle");
    assert!(alice.1.starts_with("idle 3 h 12 min: no session since"), "{}", alice.1);
    assert_eq!(bob.0, "kept");
    assert!(bob.1.contains("its job nightly digest is due at"), "{}", bob.1);
    let ignored = states(&cloud, r#"{"jobs": "ignore"}"#);
    assert!(ignored[1].0 == "idle" && ignored[1].1.contains("no login; next job"), "{}", ignored[1].1);
    let awake = states(&cloud, r#"{"timeZone": "Asia/Kolkata", "keepAwakeUntil": "2999-01-01T08:00"}"#);
    assert!(awake.iter().all(|(state, why)| state == "kept" && why.contains("2999-01-01 08:00 IST")), "{awake:?}");
    let for_ever = states(&cloud, r#"{"jobs": "ignore", "keepAwakeUntil": "9999-12-31T23:59"}"#);
    assert!(for_ever.iter().all(|(state, _)| state == "kept"), "{for_ever:?}");
    // What can't be read was meant to keep something on.
    for unreadable in [
        r#"{"timeZone": "Mars/Olympus"}"#,
        r#"{"workingHours": "18:00-08:00"}"#,
        r#"{"aftr": "1h"}"#,
        r#"{"keepAwakeUntil": "2999-01-01T08:00-08:00"}"#,
    ] {
        let unknown = states(&cloud, unreadable);
        assert!(unknown.iter().all(|(state, why)| state == "unknown" && why.contains("team.json")), "{unknown:?}");
    }

    cloud.write("team.json", &format!("{{{MEMBERS}}}"));
    let watch = ["idle", "--deallocate", "--watch", "--every", "1s"];
    cloud.claw(&watch).exits(5);
    let mut watching = cloud.command(&[&watch[..], &["--yes"]].concat()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut told: Vec<String> = Vec::new();
    for line in lines {
        told.push(line.unwrap());
        if told.len() == 3 {
            assert!(Command::new("kill").args(["-INT", &watching.id().to_string()]).status().unwrap().success());
        }
    }
    assert_eq!(watching.wait().unwrap().code(), Some(0), "{told:?}");
    assert!(told[0].starts_with("claw-alice: idle 3 h") && told[0].ends_with("(deallocated)"), "{told:?}");
    assert!(told[1].contains("nightly digest") && told[2].contains("left on: its gateway is busy"), "{told:?}");
    let status = cloud.claw(&["status"]).exits(0).stdout;
    assert_eq!((status.matches("deallocated").count(), status.matches("running").count()), (1, 2), "{status}");
    assert_eq!(cloud.unknown_requests(), "");
}
