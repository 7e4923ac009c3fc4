//! Without a person: no prompt hangs a script, and what is said goes where it belongs.

use std::{fs, process::Stdio};

use serde_json::Value;

use crate::{
    cloud::{Answer, Cloud},
    terminal::Terminal,
};

fn two() -> Cloud {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "erin@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud
}

/// As a script runs it whose own input stays open and never says anything.
#[track_caller]
fn with_open_input(cloud: &Cloud, args: &[&str]) -> Answer {
    let mut command = cloud.command(args);
    let mut claw = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = claw.stdin.take();
    let answer = Answer::new(args, claw.wait_with_output().unwrap());
    drop(input);
    answer
}

#[test]
fn what_needs_a_yes_ends_with_5_and_names_the_flag() {
    let cloud = two();
    with_open_input(&cloud, &["up"]).exits(5);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.write("openclaw.template.json", r#"{"logging": {"level": "debug"}}"#);
    with_open_input(&cloud, &["config", "push"]).exits(5);
    cloud.claw(&["config", "push", "--yes"]).exits(0);
    cloud.claw(&["backup", "alice", "--output", "archives"]).exits(0);
    let archive = fs::read_dir(cloud.path("archives")).unwrap().flatten().next().unwrap().path();
    let archive = archive.to_str().unwrap().to_owned();
    cloud.write("secrets.json", "{}");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let asking: [&[&str]; 13] = [
        &["up", "--leavers", "1"],
        &["up", "--leavers", "1", "--delete", "claw-erin"],
        &["down"],
        &["down", "--keep-data"],
        &["stop", "alice"],
        &["restart", "alice"],
        &["restart", "alice", "--machine"],
        &["config", "rollback"],
        &["restore", "alice", &archive],
        &["upgrade", "alice", "--to", "2026.9.7"],
        &["idle", "--deallocate"],
        &["secrets", "push"],
        &["allow", "0.0.0.0/0"],
    ];
    with_open_input(&cloud, &["stop", "nobody"]).exits(2);
    for args in asking {
        let answer = with_open_input(&cloud, args).exits(5);
        assert!(answer.stderr.contains("add --yes"), "{args:?}: {}", answer.stderr);
        let json = with_open_input(&cloud, &[&["--json"], args].concat()).exits(5).json();
        assert_eq!((&json["schema"], &json["kind"]), (&"claw/error/v1".into(), &"refused".into()), "{args:?}");
        assert!(json["remedy"].as_str().unwrap().contains("--yes"), "{args:?}: {json}");
    }
    // What only looks reads nothing either.
    for args in [
        &["status"][..],
        &["plan", "--leavers", "1"],
        &["verify", "alice"],
        &["logs", "alice"],
        &["devices"],
        &["cost"],
    ] {
        assert_ne!(with_open_input(&cloud, args).code, 5, "{args:?}");
    }
    for args in [&[][..], &["demo"]] {
        let answer = with_open_input(&cloud, args).exits(2);
        assert!(answer.stderr.contains("terminal"), "{args:?}: {}", answer.stderr);
    }
}

#[test]
fn the_log_has_every_request_and_no_secret() {
    let cloud = two();
    cloud.write("secrets.json", &format!(r#"{{"shared": {{"KEY": "{}"}}}}"#, crate::cloud::MARKER));
    let up = cloud.claw(&["up", "--yes", "--no-wait", "-vv"]).exits(0);
    assert!(up.stderr.contains("PUT management.azure.com/subscriptions/"), "{}", up.stderr);
    let brief = cloud.claw(&["status", "-v"]).exits(0);
    assert!(brief.stderr.contains("INFO") && !brief.stderr.contains("GET "), "{}", brief.stderr);
    let silent = cloud.claw(&["status"]).exits(0).stderr;
    assert!(silent.is_empty(), "{silent}");

    let logs: Vec<_> = fs::read_dir(cloud.path("data/logs")).unwrap().flatten().map(|e| e.path()).collect();
    assert!((1..=2).contains(&logs.len()), "a file a day: {logs:?}");
    let text: String = logs.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for says in ["command=\"up\"", "command=\"status\"", "openclaw-shared: 200", "ends code=0"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let file: Value = serde_json::from_str(&fs::read_to_string(cloud.path("sim/cloud.json")).unwrap()).unwrap();
    let client = file["credential"]["clientSecret"].as_str().unwrap();
    for secret in [crate::cloud::MARKER, client, "Bearer ", "eyJ", "sig="] {
        assert!(!text.contains(secret) && !up.stderr.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn quiet_says_nothing_but_results_and_errors() {
    let cloud = two();
    let up = cloud.claw(&["up", "--yes", "--quiet"]).exits(0);
    assert!(up.stderr.is_empty() && up.stdout.contains("claw ssh alice"), "{}", up.stderr);
    let lost = cloud.claw(&["logs", "nobody", "-q"]).exits(2);
    assert!(lost.stderr.starts_with("error: "), "{}", lost.stderr);
    cloud.claw(&["status", "-q", "-v"]).exits(2);
}

#[test]
fn a_terminal_gets_a_bar_and_colours_unless_it_says_no() {
    let cloud = two();
    let up = |env: &[(&str, &str)]| {
        let (shown, code) =
            Terminal::open(&cloud, env!("CARGO_BIN_EXE_claw"), &["up", "--yes", "--no-wait"], env).end();
        assert_eq!(code, 0, "{shown}");
        cloud.claw(&["down", "--yes"]).exits(0);
        shown
    };
    let shown = up(&[]);
    assert!(shown.contains("░ 0/") && shown.contains("create-machine/claw-alice"), "{shown}");
    let plain = up(&[("TERM", "dumb")]);
    assert!(!plain.contains('░') && !plain.contains('\u{1b}') && plain.contains("✔ "), "{plain}");
    let lines = cloud.claw(&["up", "--yes", "--no-wait"]).exits(0).stderr;
    assert!(!lines.contains('░') && !lines.contains('\u{1b}') && lines.contains("✔ "), "{lines}");

    let misuse =
        |env: &[(&str, &str)]| Terminal::open(&cloud, env!("CARGO_BIN_EXE_claw"), &["plan", "--no"], env).end();
    assert!(misuse(&[]).0.contains('\u{1b}'));
    let (plain, code) = misuse(&[("NO_COLOR", "1")]);
    assert!(code == 2 && plain.contains("--no") && !plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn a_plan_that_could_not_see_all_is_not_called_well() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/fast.toml")).unwrap();
    let fault = "[[faults]]\non = \"/Microsoft.Authorization/locks\"\nkind = \"forbidden\"\ntimes = 3\n";
    let cloud = Cloud::with(&format!("{text}\n{fault}"));
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    let plan = cloud.claw(&["plan"]).exits(4).stdout;
    assert!(plan.contains("? not seen: the locks could not be read"), "{plan}");
    assert!(plan.contains("? claw-infra: it could not be seen") && plan.contains("nothing to do with what"), "{plan}");
    let up = cloud.claw(&["up", "--yes", "--json"]).exits(4).json();
    assert!(up["gaps"][0].as_str().unwrap().contains("the locks could not be read"), "{up}");
    let refused = cloud.claw(&["down", "--yes"]).exits(5).stderr;
    assert!(refused.contains("could not be seen"), "{refused}");
    let plan = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(plan.contains("nothing to do\n"), "{plan}");
}
