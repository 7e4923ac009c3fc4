//! What goes in, what comes out, and what happens when nobody reads it.

use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use crate::cloud::Cloud;

#[test]
fn bytes_pass_through_and_a_closed_pipe_ends_it() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let refused = cloud.claw(&["up", "--yes"]).exits(2).stderr;
    assert!(refused.contains("secrets.json names dana@example.com, who is not in team.json"), "{refused}");
    assert!(!refused.contains("ensure-group"), "said before anything is changed: {refused}");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);

    let mut ssh = cloud.command(&["ssh", "alice", "--", "cat"]);
    let mut ssh = ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let mut input = ssh.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || input.write_all(&sent).unwrap());
    let output = ssh.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout == bytes, "{} of {} bytes came back", output.stdout.len(), bytes.len());

    // As `claw logs alice -f | head -1` does; the log has ended, so nothing more would ever be written.
    let mut logs =
        cloud.command(&["logs", "alice", "-f"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut reader = BufReader::new(logs.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("claw-stage ready done") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the log ended");
    }
    drop(reader);
    assert_eq!(logs.wait().unwrap().code(), Some(0));
}

#[test]
fn two_operators_at_once_make_one_fleet() {
    let cloud = Cloud::start("fast.toml");
    let both: Vec<_> = (0..2)
        .map(|_| cloud.command(&["up", "--yes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for up in both {
        let output = up.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}");
    }
    let plan = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(plan.contains("nothing to do"), "{plan}");
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"].as_array().unwrap().len(), 5, "{status}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn the_gateways_log_goes_on_after_a_restart() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    let mut logs = cloud.command(&["logs", "alice", "-f", "--source", "gateway"]);
    let mut logs = logs.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(logs.stdout.take().unwrap()).lines();
    let mut listening = || lines.by_ref().map_while(Result::ok).find(|l| l.contains("[gateway] listening"));
    assert!(listening().is_some(), "what was there");
    cloud.claw(&["restart", "alice", "--machine", "--yes"]).exits(0);
    assert!(listening().is_some(), "the line of the next boot");
    drop(lines);
    assert_eq!(logs.wait().unwrap().code(), Some(0));
}
