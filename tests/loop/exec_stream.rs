//! Output of `claw exec` as it comes: whole, in lines, and until nobody reads it any more.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Stdio},
};

use crate::{cloud::Cloud, process::signal};

fn two_machines() -> Cloud {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud
}

fn piped(cloud: &Cloud, args: &[&str]) -> Child {
    cloud.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn ten_mebibytes_come_whole_and_no_line_is_broken_by_another_machines() {
    let cloud = two_machines();
    let last = 1_500_000;
    let all = cloud.claw(&["exec", "--all", "--", "seq", &last.to_string()]).exits(0);
    assert!(all.stdout.len() > 2 * 10 * 1024 * 1024, "{} bytes", all.stdout.len());
    let (mut alice, mut bob, mut changes, mut before) = (0, 0, 0, "");
    for line in all.stdout.lines() {
        let (name, number) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?}"));
        let counted = if name == "alice" { &mut alice } else { &mut bob };
        *counted += 1;
        assert_eq!(number.parse(), Ok(*counted), "{line:?}");
        changes += usize::from(name != before);
        before = name;
    }
    assert_eq!((alice, bob), (last, last));
    assert!(changes > 2, "what comes is shown before the other has ended");
}

#[test]
fn json_tells_each_line_as_it_comes_and_the_result_last() {
    let cloud = two_machines();
    let lines = cloud.claw(&["exec", "--all", "--json", "--", "cat", "/nowhere", "/proc/uptime"]).exits(1).lines();
    let (result, events) = lines.split_last().unwrap();
    assert_eq!(result["schema"], "claw/exec/v1", "{result}");
    assert_eq!(result["machines"][1], serde_json::json!({"machine": "bob", "code": 1}), "{result}");
    for name in ["alice", "bob"] {
        let own: Vec<_> = events.iter().filter(|e| e["machine"] == name).collect();
        let said = |stream: &str| own.iter().filter(|e| e["event"] == "said" && e["stream"] == stream).count();
        assert_eq!((said("stdout"), said("stderr")), (1, 1), "{own:?}");
        assert_eq!((&own[2]["event"], &own[2]["code"]), (&"ended".into(), &1.into()), "{own:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let cloud = two_machines();
    for args in [&["exec", "--all", "--"][..], &["exec", "--all", "--json", "--"]] {
        // Nothing more would ever be written: the log has ended.
        let mut exec = piped(&cloud, &[args, &["tail", "-F", "/var/log/openclaw-setup.log"]].concat());
        let mut reader = BufReader::new(exec.stdout.take().unwrap());
        assert_ne!(reader.read_line(&mut String::new()).unwrap(), 0);
        drop(reader);
        assert_eq!(exec.wait().unwrap().code(), Some(0));
        let mut said = String::new();
        exec.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }
}

#[test]
fn an_interrupt_shows_what_there_is() {
    let cloud = two_machines();
    let mut exec = piped(&cloud, &["exec", "--all", "--", "tail", "-F", "/var/log/openclaw-setup.log"]);
    let mut reader = BufReader::new(exec.stdout.take().unwrap());
    let mut shown = String::new();
    for name in ["alice", "bob"] {
        while !shown.contains(&format!("{name}: claw-stage ready done")) {
            assert_ne!(reader.read_line(&mut shown).unwrap(), 0, "{shown}");
        }
    }
    signal("INT", exec.id());
    assert_eq!(exec.wait().unwrap().code(), Some(130));
    let mut said = String::new();
    exec.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("had not ended: alice, bob"), "{said}");
}
