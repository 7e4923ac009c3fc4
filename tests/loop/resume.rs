//! Interrupted or failed in part: the same command finishes the job. Leavers are stopped, not deleted.

use std::process::Stdio;

use crate::{cloud::Cloud, process::signal};

/// Waits until a condition on claw's own answer holds; gives up after many tries, never by the clock alone.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
    }
    panic!("never came true: {what}");
}

#[test]
fn a_killed_up_is_finished_by_the_same_command() {
    let cloud = Cloud::start("fast.toml");
    let mut up =
        cloud.command(&["up", "--yes", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let has_group = || cloud.claw(&["plan", "--json"]).json()["observed"]["group"]["value"] == true;
    until("the group is there", has_group);
    up.kill().unwrap();
    up.wait().unwrap();

    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"].as_array().unwrap().len(), 5, "{status}");
}

#[test]
fn ctrl_c_stops_cleanly_and_the_same_command_goes_on() {
    let cloud = Cloud::start("fast.toml");
    let up = cloud.command(&["up", "--yes", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the group is there", || cloud.claw(&["plan", "--json"]).json()["observed"]["group"]["value"] == true);
    signal("INT", up.id());
    let output = up.wait_with_output().unwrap();
    // A fast machine may have finished before the signal came.
    assert!(matches!(output.status.code(), Some(130 | 0)), "{output:?}");
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
}

#[test]
fn one_failed_member_stops_nobody_and_the_next_up_mends_it() {
    let cloud = Cloud::start("one-fails.toml");
    let answer = cloud.claw(&["up", "--yes", "--json"]).exits(4);
    let last = answer.json();
    let failed = last["applied"]["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{last}");
    assert_eq!(failed[0][0], "create-machine/claw-bob");
    assert!(failed[0][1].as_str().unwrap().contains("AllocationFailed"), "the innermost cause is named: {last}");
    assert_eq!(last["ready"].as_array().unwrap().len(), 4, "{last}");

    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
}

/// Stopped, it would pass for a machine that ran: its empty disk would be kept, and bring nothing up.
#[test]
fn a_machine_that_never_came_up_is_not_stopped_and_its_disk_not_kept() {
    let cloud = Cloud::start("one-fails.toml");
    cloud.claw(&["up", "--yes"]).exits(4);
    let refused = cloud.claw(&["stop", "bob", "--yes"]).exits(1);
    assert!(refused.stdout.contains("claw-bob has never come up"), "{} {}", refused.stdout, refused.stderr);
    let down = cloud.claw(&["down", "--keep-data", "--yes"]).exits(0);
    assert!(down.stdout.contains("delete claw-bob, which never started"), "{}", down.stdout);
    cloud.claw(&["up", "--yes"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"].as_array().unwrap().len(), 5, "{status}");
}

#[test]
fn throttling_and_server_errors_are_waited_out() {
    let cloud = Cloud::start("throttled.toml");
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
}

#[test]
fn who_leaves_loses_access_and_is_stopped_and_deleted_only_by_name() {
    let cloud = Cloud::start("fast.toml");
    cloud.claw(&["up", "--yes"]).exits(0);
    let four = r#"{"operators":["olga@example.com"],"members":[{"email":"alice@example.com"},{"email":"bob@example.com"},{"email":"chandra@example.com","vmSize":"Standard_B2ms"},{"email":"dana@example.com"}]}"#;
    cloud.write("team.json", four);
    cloud.write("secrets.json", r#"{"shared":{"ANTHROPIC_API_KEY":"a newer one"}}"#);
    let refused = cloud.claw(&["up", "--yes"]).exits(5);
    assert!(refused.stderr.contains("--leavers 1"), "{}", refused.stderr);

    cloud.claw(&["up", "--yes", "--leavers", "1"]).exits(0);
    let erin = |status: &serde_json::Value| {
        let rows = status["machines"].as_array().unwrap();
        rows.iter().find(|r| r["member"] == "erin").cloned()
    };
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(erin(&status).unwrap()["machine"]["power"]["value"], "deallocated", "{status}");
    cloud.claw(&["plan"]).exits(0);

    cloud.claw(&["up", "--yes", "--delete", "claw-alice"]).exits(5);
    cloud.claw(&["up", "--yes", "--delete", "claw-erin"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert!(erin(&status).is_none(), "{status}");
}

#[test]
fn what_an_interrupted_up_left_running_is_cancelled_on_request() {
    use std::io::BufRead;
    let cloud = Cloud::start("slow.toml");
    assert!(cloud.claw(&["up", "--cancel"]).exits(0).stdout.contains("no deployment of claw's is running"));
    let mut up =
        cloud.command(&["up", "--yes", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = std::io::BufReader::new(up.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).find(|l| l.contains("create-machine/claw-erin") && l.contains(": running"));
    assert!(seen.is_some(), "the machines are being made");
    signal("INT", up.id());
    assert_eq!(up.wait().unwrap().code(), Some(130));
    let cancelled = cloud.claw(&["up", "--cancel", "--json"]).exits(0).json();
    assert_eq!(cancelled["cancelled"].as_array().unwrap().len(), 5, "{cancelled}");
    let mut left = String::new();
    until("none is running", || {
        left = cloud.claw(&["up", "--cancel"]).exits(0).stdout;
        left.contains("no deployment of claw's is running")
    });
}
