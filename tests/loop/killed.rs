//! kill -9 at the boundaries of steps: the same command again ends where one that nobody killed would have.
//!
//! Small fleets are killed at every boundary, each begin and each end of a step, of fresh runs; twenty going forward
//! (killed_twenty.rs); a push also between what it does on a machine (killed_push.rs).

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{cloud::Cloud, holdings};

pub const GROUP: &str = "openclaw-rg";

/// So many people, and nothing that takes long.
pub fn cloud(people: usize) -> Cloud {
    let users: String = (1..=people)
        .map(|n| {
            format!(
                "[[users]]\nid = \"60000000-0000-4000-8000-{n:012}\"\nupn = \"m{n}@example.com\"\n\
                 mail = \"m{n}@example.com\"\nname = \"Member {n}\"\n"
            )
        })
        .collect();
    let timings = "speed = 100.0\n[timings]\ncreate_vm = \"5s\"\nstart = \"5s\"\ndeallocate = \"5s\"\ndelete = \"5s\"\n\
                   other = \"1s\"\nstage = \"1s\"\nrole_propagation = \"1s\"\nresource_graph_lag = \"1s\"\n";
    let cloud = Cloud::with(&format!("{timings}{users}"));
    team(&cloud, people);
    cloud
}

/// The first so many are members, each with a secret of their own.
pub fn team(cloud: &Cloud, members: usize) {
    let emails: Vec<String> = (1..=members).map(|n| format!("m{n}@example.com")).collect();
    let secrets: serde_json::Map<_, _> = emails.iter().map(|email| (email.clone(), json!({"OWN": email}))).collect();
    let members: Vec<Value> = emails.iter().map(|email| json!({"email": email})).collect();
    cloud.write("team.json", &json!({"members": members}).to_string());
    cloud.write("secrets.json", &json!({"shared": {"KEY": "value"}, "members": secrets}).to_string());
}

/// The team's config: a heartbeat every so many minutes.
pub fn template(cloud: &Cloud, minutes: usize) {
    let template = json!({"agents": {"defaults": {"heartbeat": {"every": format!("{minutes}m")}}}});
    cloud.write("openclaw.template.json", &template.to_string());
}

/// What begins or ends, and of what; `None` for a line that tells of neither.
pub fn boundary(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).unwrap();
    let kind = event["event"].as_str()?;
    let what = ["step", "machine", "text"].map(|name| event[name].as_str().unwrap_or_default());
    ["step_started", "step_done", "config_pushed", "note"].contains(&kind).then(|| format!("{kind} {}", what.concat()))
}

/// Runs a command and kills it at its n-th boundary (from 0). False when it ended before.
#[track_caller]
pub fn killed_at(cloud: &Cloud, args: &[&str], nth: usize, mut counts: impl FnMut(&str) -> bool) -> bool {
    let mut command = cloud.command(&[&["--json"], args].concat());
    let mut claw = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(claw.stdout.take().unwrap()).lines();
    let reached = lines.map_while(Result::ok).filter(|line| counts(line)).nth(nth).is_some();
    if reached {
        // SIGKILL: nothing of claw's runs any more.
        claw.kill().unwrap();
    }
    let status = claw.wait().unwrap();
    assert!(reached || status.success(), "claw {}: {status}", args.join(" "));
    reached
}

#[track_caller]
pub fn same(expected: &BTreeSet<String>, held: &BTreeSet<String>, nth: usize) {
    let differs: Vec<_> = expected.symmetric_difference(held).collect();
    assert!(differs.is_empty(), "after kill {nth}: {differs:#?}");
}

/// Runs `args` killed at each of its boundaries, each time after `before`, and then again to its end. Gives what the
/// cloud held at the end of each, that of the run which nobody killed last, and how many kills there were.
fn at_every_boundary(
    cloud: &Cloud,
    args: &[&str],
    mut before: impl FnMut(usize),
) -> (BTreeSet<BTreeSet<String>>, usize) {
    let mut ends = BTreeSet::new();
    for nth in 0.. {
        before(nth);
        let was_killed = killed_at(cloud, args, nth, |line| boundary(line).is_some());
        if was_killed {
            cloud.claw(args).exits(0);
        }
        ends.insert(holdings::of(cloud, GROUP));
        if !was_killed {
            return (ends, nth);
        }
    }
    unreachable!("some run is not killed")
}

#[test]
fn an_up_that_is_killed_at_any_boundary_is_finished_by_the_next() {
    let mut reference = None;
    for nth in 0.. {
        let cloud = cloud(2);
        let was_killed = killed_at(&cloud, &["up", "--yes"], nth, |line| boundary(line).is_some());
        if was_killed {
            cloud.claw(&["up", "--yes"]).exits(0);
        }
        cloud.claw(&["plan"]).exits(0);
        let held = holdings::of(&cloud, GROUP);
        assert!(held.iter().filter(|line| line.contains("PowerState/running")).count() == 2, "{held:#?}");
        same(reference.get_or_insert_with(|| held.clone()), &held, nth);
        assert_eq!(cloud.unknown_requests(), "");
        if !was_killed {
            assert!(nth >= 12, "only {nth} boundaries");
            return;
        }
    }
}

#[test]
fn a_config_push_that_is_killed_at_any_boundary_is_finished_by_the_next() {
    let cloud = cloud(3);
    cloud.claw(&["up", "--yes"]).exits(0);
    let (ends, kills) = at_every_boundary(&cloud, &["config", "push", "--yes"], |nth| {
        if nth > 0 {
            // The one before went out to everybody.
            cloud.claw(&["config", "diff"]).exits(0);
            cloud.claw(&["verify"]).exits(0);
        }
        template(&cloud, 41 + nth);
        cloud.claw(&["config", "diff"]).exits(3);
    });
    cloud.claw(&["config", "diff"]).exits(0);
    assert!(kills >= 3 && ends.len() == 1, "{kills} kills: {ends:#?}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_down_that_is_killed_at_any_boundary_is_finished_by_the_next() {
    let cloud = cloud(1);
    let (ends, kills) = at_every_boundary(&cloud, &["down", "--yes"], |_| {
        cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
        assert!(!holdings::of(&cloud, GROUP).is_empty());
    });
    assert_eq!(ends, BTreeSet::from([BTreeSet::new()]), "nothing is left");
    assert!(kills >= 3, "{kills} kills");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_leaver_is_stopped_and_deleted_however_often_claw_is_killed() {
    let cloud = cloud(2);
    let with_both = |_: usize| {
        team(&cloud, 2);
        cloud.claw(&["up", "--yes"]).exits(0);
        team(&cloud, 1);
    };
    let (ends, kills) = at_every_boundary(&cloud, &["up", "--yes", "--leavers", "1"], |nth| {
        with_both(nth);
        cloud.claw(&["start", "m2"]).exits(0);
    });
    assert!(kills >= 3 && ends.len() == 1, "{kills} kills: {ends:#?}");
    let stopped = ends.first().unwrap();
    let m2: Vec<_> = stopped.iter().filter(|line| line.starts_with("claw-m2:")).collect();
    assert!(m2.len() == 1 && m2[0].contains("PowerState/deallocated"), "{m2:?}");
    let theirs = "60000000-0000-4000-8000-000000000002";
    assert!(
        !stopped.iter().any(|line| line.contains(theirs) && line.contains(" for ")),
        "no role is left: {stopped:#?}"
    );

    let delete = ["up", "--yes", "--delete", "claw-m2"];
    let (ends, kills) = at_every_boundary(&cloud, &delete, |nth| {
        with_both(nth);
        cloud.claw(&["up", "--yes", "--leavers", "1"]).exits(0);
    });
    assert!(kills >= 2 && ends.len() == 1, "{kills} kills: {ends:#?}");
    let left = ends.first().unwrap();
    let theirs: Vec<_> = left.iter().filter(|line| line.starts_with("openclaw-m")).collect();
    assert_eq!(theirs, [r#"openclaw-m1: "{\"OWN\":\"m1@example.com\"}""#, r#"openclaw-m2: "{}""#]);
    assert!(!left.iter().any(|line| line.starts_with("claw-m2:")), "{left:#?}");
    assert_eq!(left.iter().filter(|line| line.starts_with("claw-m1: ")).count(), 1, "{left:#?}");
    assert_eq!(cloud.unknown_requests(), "");
}

/// Azure goes on with what a killed `up` had asked for: it is not taken for what the next one asks for.
#[test]
fn the_rules_of_a_run_that_was_killed_are_not_those_of_the_next() {
    let cloud = Cloud::start("infra.toml");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let is_deploying = |line: &str| line.contains(r#""event":"step_progress""#) && line.contains("claw-infra");
    assert!(killed_at(&cloud, &["up", "--yes"], 0, is_deploying));
    let narrowed = r#"{"members": [{"email": "alice@example.com"}], "network": {"sshFrom": ["203.0.113.0/24"]}}"#;
    cloud.write("team.json", narrowed);
    let said = cloud.claw(&["up", "--yes"]).exits(0);
    assert!(said.stderr.contains("already being deployed by somebody"), "{}", said.stderr);
    cloud.claw(&["plan"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}
