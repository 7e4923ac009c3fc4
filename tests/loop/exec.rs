//! One command on many machines, and host keys that nobody has pinned yet.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use crate::{cloud::Cloud, holdings, killed::GROUP, process::signal};

#[test]
fn every_machine_answers_for_itself() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);

    let all = cloud.claw(&["exec", "--all", "--", "hostname"]).exits(0).stdout;
    let mut lines: Vec<&str> = all.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["alice: claw-alice", "bob: claw-bob"]);
    cloud.claw(&["exec", "alice", "bob", "--", "exit", "7"]).exits(1);

    let json = cloud.claw(&["exec", "--all", "--json", "--", "exit", "7"]).exits(1).json();
    assert_eq!((&json["schema"], &json["machines"][1]["code"]), (&"claw/exec/v1".into(), &7.into()), "{json}");
    cloud.claw(&["exec", "--", "true"]).exits(2);
    cloud.claw(&["exec", "--all", "alice", "--", "true"]).exits(2);
    let unknown = cloud.claw(&["exec", "zoe", "--", "true"]).exits(2).stderr;
    assert!(unknown.contains("no machine called `zoe`"), "{unknown}");

    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    let partly = cloud.claw(&["exec", "alice", "bob", "--", "hostname"]).exits(4);
    assert!(partly.stderr.contains("bob: claw-bob is deallocated"), "{}", partly.stderr);
    let rest = cloud.claw(&["exec", "--all", "--", "hostname"]).exits(0);
    assert_eq!(rest.stdout, "alice: claw-alice\n");
    assert!(rest.stderr.contains("left out, because they are off: bob"), "{}", rest.stderr);

    // A certificate command that fails is one of the ways, not the end.
    let az = cloud.write("issue cert", "#!/bin/sh\necho ERROR: no token >&2\nexit 1\n");
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = cloud.command(&["exec", "alice", "--", "hostname"]);
    let output = command.env("CLAW_SSH_CERT_COMMAND", &az).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "alice: claw-alice\n", "{output:?}");
    assert_eq!(cloud.unknown_requests(), "");
}

/// Processes whose parent this is.
pub fn children(pid: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|child| {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(pid.to_string().as_str())
    })
    .collect()
}

fn is_there(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn who_ends_claw_ssh_ends_its_openssh_and_the_way_to_the_machine() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    let mut claw = cloud
        .command(&["ssh", "alice", "--", "tail -c +1 -F -- /var/log/openclaw-setup.log"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(claw.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("claw-stage ready done")));
    let ssh = children(claw.id());
    let dial: Vec<u32> = ssh.iter().flat_map(|pid| children(*pid)).collect();
    assert!(ssh.len() == 1 && dial.len() == 1, "{ssh:?} {dial:?}");
    signal("TERM", claw.id());
    assert_eq!(claw.wait().unwrap().code(), Some(143));
    // Its standard output closes when the last one that holds it has ended.
    lines.for_each(drop);
    let all = [ssh, dial].concat();
    while all.iter().any(|pid| is_there(*pid)) {
        std::thread::yield_now();
    }
}

#[test]
fn more_than_five_are_asked_about_and_failures_have_a_limit() {
    let cloud = Cloud::start("six.toml");
    let members: Vec<String> = (1..=6).map(|n| format!(r#"{{"email": "m{n}@example.com"}}"#)).collect();
    cloud.up(&format!(r#"{{"members": [{}]}}"#, members.join(",")));
    let asked = cloud.claw(&["exec", "--all", "--", "hostname"]).exits(5).stderr;
    assert!(asked.contains("--yes"), "{asked}");
    assert_eq!(cloud.claw(&["exec", "--all", "--yes", "--", "hostname"]).exits(0).stdout.lines().count(), 6);

    let limited = ["exec", "--all", "--yes", "--json", "--max-failures", "2", "--"];
    let stopped = cloud.claw(&[&limited[..], &["exit", "7"]].concat()).exits(1).json();
    assert_eq!(stopped["machines"].as_array().unwrap().len(), 2, "{stopped}");
    assert_eq!(stopped["not_tried"], serde_json::json!(["m3", "m4", "m5", "m6"]));
    let all = cloud.claw(&[&limited[..], &["true"]].concat()).exits(0).json();
    assert_eq!((all["machines"].as_array().unwrap().len(), &all["not_tried"]), (6, &serde_json::json!([])));
}

#[test]
fn a_machine_without_a_pinned_key_is_entered_on_request_only() {
    let cloud = Cloud::start("unpinned.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(4);
    let refused = cloud.claw(&["exec", "alice", "--", "hostname"]).exits(1).stderr;
    assert!(refused.contains("--accept-new-host-key"), "{refused}");
    let refused = cloud.claw(&["ssh", "alice", "--", "hostname"]).exits(255).stderr;
    assert!(refused.contains("--accept-new-host-key"), "{refused}");
    assert!(cloud.claw(&["logs", "alice"]).exits(0).stdout.contains("claw-stage"), "the console serves");

    let taken = cloud.claw(&["exec", "alice", "--accept-new-host-key", "--", "hostname"]).exits(0);
    assert_eq!(taken.stdout, "alice: claw-alice\n");
    assert!(taken.stderr.contains("took its host key SHA256:"), "{}", taken.stderr);
    // It is kept nowhere: the next one has to say so again.
    cloud.claw(&["exec", "alice", "--", "hostname"]).exits(1);
    cloud.claw(&["ssh", "alice", "--accept-new-host-key", "--", "hostname"]).exits(0);
    let log = cloud.claw(&["logs", "alice", "--accept-new-host-key"]).exits(0).stdout;
    assert!(log.contains("claw-stage"), "{log}");
}

#[test]
fn what_ssh_can_t_reach_azures_agent_can_and_it_is_root() {
    let cloud = Cloud::start("fast.toml");
    cloud.write(
        "team.json",
        r#"{"members": [{"email": "alice@example.com"}], "network": {"sshFrom": ["192.0.2.0/24"]}}"#,
    );
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    for args in [&["exec", "alice", "--", "whoami"], &["ssh", "alice", "--", "whoami"]] {
        let closed = cloud.claw(args);
        assert_ne!(closed.code, 0);
        let offer = "as root: claw exec alice --via run-command -- COMMAND";
        assert!(closed.stderr.contains(offer), "{}", closed.stderr);
    }
    let via = |more: &[&str]| cloud.claw(&[&["exec", "alice", "--via", "run-command"], more].concat());
    let ran = via(&["--", "whoami"]).exits(0);
    assert_eq!(ran.stdout, "alice: root\n");
    assert!(ran.stderr.contains("runs as root"), "{}", ran.stderr);
    let failed = via(&["--json", "--", "exit", "7"]).exits(1).json();
    assert_eq!(failed["machines"][0]["code"], 7, "{failed}");
    let refused = cloud.claw(&["--read-only", "exec", "alice", "--via", "run-command", "--", "whoami"]).exits(5);
    assert!(refused.stderr.contains("--read-only"), "{}", refused.stderr);
    assert_eq!(cloud.unknown_requests(), "");
}

/// Its answer is lost on the way, and then nobody waits for it any more.
#[test]
fn a_script_through_azures_agent_that_is_cut_off_leaves_nothing_behind() {
    let calm = fs::read_to_string("tests/scenarios/fast.toml").unwrap();
    let cloud = Cloud::with(&format!("{calm}\n[[faults]]\non = \"/runCommands/\"\nkind = \"hang-after\"\n"));
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let scripts = || holdings::of(&cloud, GROUP).iter().filter(|held| held.contains("runCommands")).count();
    let mut command = cloud.command(&["exec", "alice", "--via", "run-command", "--", "whoami"]);
    let mut claw = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while scripts() == 0 {
        assert!(claw.try_wait().unwrap().is_none(), "it waits for its answer");
    }
    signal("INT", claw.id());
    assert_eq!(claw.wait().unwrap().code(), Some(130));
    assert_eq!(scripts(), 0);
    cloud.claw(&["down", "--yes"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn somebody_elses_server_in_a_machines_place_gets_nothing() {
    let calm = fs::read_to_string("tests/scenarios/fast.toml").unwrap();
    let fault = "\n[[faults]]\non = \"CONNECT\"\ntimes = 1000\nkind = \"wrong-host-key\"\n";
    let cloud = Cloud::with(&(calm + fault));
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let refusals = [cloud.claw(&["up", "--yes"]).exits(4), cloud.claw(&["exec", "alice", "--", "hostname"]).exits(1)];
    for refused in refusals {
        let text = refused.stderr;
        assert!(text.contains("another host key than the pinned one: expected SHA256:"), "{text}");
    }
    cloud.write("openclaw.json", r#"{"agents": {"defaults": {"model": "other/model"}}}"#);
    for command in [
        &["verify", "alice"][..],
        &["config", "diff"],
        &["config", "push", "openclaw.json", "--yes"],
        &["devices"],
        &["ssh", "alice", "--", "hostname"],
        &["logs", "alice"],
        &["logs", "alice", "--accept-new-host-key"],
        &["logs", "alice", "--source", "gateway", "--follow"],
        &["open", "alice", "--no-browser"],
        &["restart", "alice", "--yes"],
        &["backup", "alice", "--output", "archives"],
        &["upgrade", "alice", "--to", "2026.9.7", "--yes"],
        &["secrets", "push", "--reload", "--yes"],
    ] {
        let answer = cloud.claw(command);
        let text = answer.stdout + &answer.stderr;
        assert!(answer.code != 0 && text.contains("host key"), "{command:?}: {text}");
    }
    assert_eq!(cloud.unknown_requests(), "");
}
