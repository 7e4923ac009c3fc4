//! team.json → plan → up → logs → pairing → config → idle → power → ssh → down.

use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};

use crate::cloud::{Cloud, MARKER};

/// Names of the machines that a status document shows with this power state.
fn machines(status: &Value, power: &str) -> Vec<String> {
    let rows = status["machines"].as_array().expect("machines");
    let with = rows.iter().filter(|r| r["machine"]["power"]["value"] == power);
    with.map(|r| r["machine"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_whole_loop() {
    let cloud = Cloud::start("fast.toml");

    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    assert_eq!(plan["schema"], "claw/plan/v1");
    let steps = plan["plan"]["steps"].as_array().unwrap();
    assert_eq!(steps.iter().filter(|s| s["action"]["kind"] == "create_machine").count(), 5, "{plan}");

    let up = cloud.claw(&["up", "--yes", "--json"]).exits(0);
    let lines = up.lines();
    assert!(lines.iter().all(|l| l["schema"].is_string()), "every line says what it is");
    assert_eq!(lines.last().unwrap()["schema"], "claw/up/v1");
    assert!(lines.iter().any(|l| l["event"] == "stage"), "bootstrap stages are events");
    cloud.claw(&["plan"]).exits(0);

    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(machines(&status, "running").len(), 5, "{status}");

    let log = cloud.claw(&["logs", "alice"]).exits(0).stdout;
    assert!(log.contains("claw-stage packages begin") && log.contains("claw-stage ready done"), "{log}");

    pairings(&cloud);
    config(&cloud);
    idle(&cloud);
    power_and_ssh(&cloud);

    let pushed = cloud.claw(&["secrets", "push", "--json"]).exits(0).json();
    assert_eq!(pushed["secrets"].as_array().unwrap().len(), 2, "{pushed}");

    cloud.claw(&["down"]).exits(5);
    cloud.claw(&["down", "--yes"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert!(machines(&status, "running").is_empty(), "{status}");

    assert_eq!(cloud.unknown_requests(), "", "requests that the embedded cloud does not know");
    for file in cloud.files() {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(MARKER.len()).any(|w| w == MARKER.as_bytes());
        assert!(!found, "a secret was written to {}", file.display());
    }
}

fn pairings(cloud: &Cloud) {
    let inbox = cloud.claw(&["devices", "--json"]).exits(0).json();
    let request = &inbox["pending"].as_array().expect("pending")[0];
    assert!(request["scopes"].as_array().is_some_and(|s| !s.is_empty()), "{request}");
    let id = request["request_id"].as_str().unwrap();
    let approved = cloud.claw(&["devices", "approve", id, "--json"]).exits(0).json();
    assert_eq!(approved["request"]["request_id"], id);
    let inbox = cloud.claw(&["devices", "--json"]).exits(0).json();
    let ids: Vec<_> = inbox["pending"].as_array().unwrap().iter().map(|r| r["request_id"].as_str().unwrap()).collect();
    assert!(!ids.contains(&id), "{inbox}");
    assert_eq!(inbox["paired"].as_array().unwrap().len(), 1, "{inbox}");
    cloud.claw(&["devices", "approve", "no-such-request"]).exits(2);
}

fn config(cloud: &Cloud) {
    let patch = json!({"agents": {"defaults": {"heartbeat": {"every": "45m"}}}}).to_string();
    let file = cloud.write("new.json", &patch);
    let file = file.to_str().unwrap();
    let diff = cloud.claw(&["config", "diff", file]).exits(3).stdout;
    assert!(diff.contains("agents.defaults.heartbeat.every") && diff.contains("45m"), "{diff}");
    cloud.claw(&["config", "push", file]).exits(5);
    let pushed = cloud.claw(&["config", "push", file, "--yes", "--json"]).exits(0).json();
    assert_eq!(pushed["pushed"].as_array().unwrap().len(), 5, "{pushed}");
    cloud.claw(&["config", "diff", file]).exits(0);

    let port = cloud.write("port.json", r#"{"gateway":{"port":1}}"#);
    let refused = cloud.claw(&["config", "push", port.to_str().unwrap(), "--yes"]).exits(2);
    assert!(refused.stderr.contains("gateway.port"), "{}", refused.stderr);
}

fn idle(cloud: &Cloud) {
    let verdicts = cloud.claw(&["idle"]).exits(0).stdout;
    assert!(verdicts.contains("idle 3 h"), "{verdicts}");
    cloud.claw(&["idle", "--deallocate", "--yes", "--json"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(machines(&status, "deallocated"), ["claw-erin"], "{status}");
}

fn power_and_ssh(cloud: &Cloud) {
    cloud.claw(&["stop", "alice", "--yes"]).exits(0);
    cloud.claw(&["ssh", "alice", "--no-start", "--", "uptime"]).exits(255);
    cloud.claw(&["start", "alice", "--json"]).exits(0);
    let uptime = cloud.claw(&["ssh", "alice", "--", "uptime"]).exits(0);
    assert!(uptime.stdout.contains("load average"), "{}", uptime.stdout);
    cloud.claw(&["ssh", "alice", "--", "exit", "7"]).exits(7);
    cloud.claw(&["start", "nobody"]).exits(2);
    interactive(cloud);
}

/// The real OpenSSH client through claw's own ProxyCommand, with the key pinned from the tag.
fn interactive(cloud: &Cloud) {
    let mut command = cloud.command(&["ssh", "alice"]);
    let mut ssh = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    ssh.stdin.take().unwrap().write_all(b"hostname\nexit 3\n").unwrap();
    let output = ssh.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("claw-alice"), "{output:?}");
}

/// Of a thousand machines that is one of seven requests.
#[test]
fn a_second_status_takes_the_addresses_of_the_first() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    let mut asked = Vec::new();
    let mut look = || {
        let answer = cloud.claw(&["status", "--json", "-vv"]).exits(0);
        asked.push(answer.stderr.to_lowercase().contains("microsoft.resourcegraph"));
        let rows = answer.json()["machines"].as_array().unwrap().clone();
        rows.iter().map(|row| row["machine"]["public_ip"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    fs::remove_dir_all(cloud.path("data/fleets")).unwrap();
    let [first, second] = [look(), look()];
    assert_eq!((first.len(), &second), (2, &first));
    assert_eq!(asked, [true, false]);
}
