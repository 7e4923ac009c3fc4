//! Who uses their machine, what a policy keeps on, and what is switched off.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::{
    cloud::Cloud,
    member::{BOTH, operator},
    process::signal,
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
    cloud.up(&format!("{{{MEMBERS}}}"));

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
    cloud.write("team.json", &format!("{{{MEMBERS}}}"));
    let watch = ["idle", "--deallocate", "--watch", "--every", "1s"];
    cloud.claw(&watch).exits(5);
    let mut watching = cloud.command(&[&watch[..], &["--yes"]].concat()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut told: Vec<String> = Vec::new();
    for line in lines {
        told.push(line.unwrap());
        if told.len() == 3 {
            signal("INT", watching.id());
        }
    }
    assert_eq!(watching.wait().unwrap().code(), Some(0), "{told:?}");
    assert!(told[0].starts_with("claw-alice: idle 3 h") && told[0].ends_with("(deallocated)"), "{told:?}");
    assert!(told[1].contains("nightly digest") && told[2].contains("left on: its gateway is busy"), "{told:?}");
    let status = cloud.claw(&["status"]).exits(0).stdout;
    assert_eq!((status.matches("deallocated").count(), status.matches("running").count()), (1, 2), "{status}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn who_works_there_through_an_editor_keeps_the_machine_on() {
    let cloud = Cloud::start("connected.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    let shown = cloud.claw(&["idle", "--deallocate", "--yes", "--json"]).exits(0).json();
    let verdict = &shown["machines"][0]["verdict"];
    assert_eq!((&verdict["state"], &verdict["reason"]), (&"in_use".into(), &"in use: somebody is logged in".into()));
    assert!(cloud.claw(&["status"]).exits(0).stdout.contains("running"));
    assert_eq!(cloud.unknown_requests(), "");
}

/// What is written for `idle`, what is wrong with it, and what would be right.
const UNREADABLE: [(&str, &str, &str, &str); 9] = [
    (r#""idle": {"timeZone": "Mars/Olympus"}"#, "idle.timeZone", "`Mars/Olympus` is no time zone", "Europe/Berlin"),
    (r#""idle": {"workingHours": "9-5"}"#, "idle.workingHours", "`9-5` are no hours", "write it like 08:00-18:00"),
    (r#""idle": {"after": "soon"}"#, "idle.after", "soon", "write it like 2h or 90min"),
    (r#""idle": {"after": "1min"}"#, "idle.after", "less than 5 minutes", r#"write {"after": "2h"}"#),
    (r#""idle": {"aftr": "1h"}"#, "idle.aftr", "`aftr`", "did you mean `after`?"),
    (r#""idle": {"keepAwakeUntil": "2999-01-01T08:00-08:00"}"#, "idle.keepAwakeUntil", "offset", "2026-12-01T18:00"),
    (r#""idel": {"after": "3h"}"#, "idel", "is no field of team.json", "did you mean `idle`?"),
    (
        r#""idleAfter": "soon""#,
        "idleAfter",
        "is no field of team.json",
        r#"write it inside `idle`: {"idle": {"after": …}}"#,
    ),
    (r#""workingHours": "08:00-18:00""#, "workingHours", "is no field", r#"write it inside `idle`"#),
];

fn with(idle: &str) -> String {
    format!("{{{MEMBERS},\n{idle}}}")
}

#[test]
fn a_policy_that_can_not_be_read_is_named_and_stops_nobody() {
    let cloud = Cloud::start("idle.toml");
    cloud.up(&format!("{{{MEMBERS}}}"));
    for (idle, field, what, right) in UNREADABLE {
        cloud.write("team.json", &with(idle));
        let said = cloud.claw(&["idle"]).exits(2).stderr;
        for words in [&format!("team.json line 2, {field}: "), what, right] {
            assert!(said.contains(words), "{idle}: {words}: {said}");
        }
        let said = cloud.claw(&["idle", "--deallocate", "--yes", "--json"]).exits(2).json();
        assert_eq!((&said["schema"], &said["kind"]), (&"claw/error/v1".into(), &"input".into()), "{said}");
        assert!(said["remedy"].as_str().unwrap().contains(right), "{said}");
        let watch = cloud.claw(&["idle", "--deallocate", "--watch", "--yes"]).exits(2).stderr;
        assert!(watch.contains(what), "{watch}");
    }

    // A member's own, and an entry that may hide one: nobody else's machine is theirs to be taken for.
    let own = r#"{"members": [{"email": "alice@example.com", "idle": {"workingHours": "9-5"}}, {"email": "bob@example.com"}, {"email": "chandra@example.com"}]}"#;
    cloud.write("team.json", own);
    let said = cloud.claw(&["idle", "--deallocate", "--yes"]).exits(2).stderr;
    assert!(said.contains("line 1, members[0].idle.workingHours: `9-5` are no hours"), "{said}");
    cloud.write("team.json", &own.replace(r#""idle": {"workingHours": "9-5"}"#, r#""vmsize": "Standard_B2s""#));
    // Chandra's gateway is busy.
    let shown = cloud.claw(&["idle", "--deallocate", "--yes", "--json"]).exits(4).json();
    let alice = &shown["machines"][0]["verdict"];
    assert_eq!(alice["state"], "unknown", "{shown}");
    assert!(alice["reason"].as_str().unwrap().contains("members[0].vmsize: "), "{alice}");
    let status = cloud.claw(&["status"]).exits(0).stdout;
    assert_eq!(status.matches("running").count(), 3, "{status}");
    assert_eq!(cloud.unknown_requests(), "");
}

/// Ends with the test, however that ends.
struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[test]
fn a_watch_protects_everybody_once_the_policy_can_not_be_read_any_more() {
    let cloud = Cloud::start("idle.toml");
    let kept = with(r#""idle": {"keepAwakeUntil": "2999-01-01T08:00"}"#);
    cloud.up(&kept);
    let mut command = cloud.command(&["idle", "--deallocate", "--watch", "--every", "1s", "--yes", "--json"]);
    let mut watching = Watch(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    for _ in 0..3 {
        assert_eq!(next()["verdict"]["state"], "kept");
    }
    // Whole at once, so that no look sees half a file.
    let save = |text: &str| std::fs::rename(cloud.write("team.json.new", text), cloud.path("team.json")).unwrap();
    save(&with(r#""idle": {"keepAwakeUntil": "tomorrow"}"#));
    let problem = next();
    assert_eq!(problem["event"], "problem", "{problem}");
    assert!(problem["message"].as_str().unwrap().contains("line 2, idle.keepAwakeUntil: `tomorrow`"), "{problem}");
    // A file that is gone, as while an editor saves it, is no team without policy.
    std::fs::remove_file(cloud.path("team.json")).unwrap();
    assert!(next()["message"].as_str().unwrap().contains("there is no team.json here"));
    save(&with(r#""idle": {"jobs": "keep"}"#));
    let stopped = next();
    assert_eq!(
        (&stopped["machine"], &stopped["verdict"]["state"]),
        (&"claw-alice".into(), &"idle".into()),
        "{stopped}"
    );
    signal("INT", watching.0.id());
    assert_eq!(watching.0.wait().unwrap().code(), Some(0));
    assert_eq!(cloud.unknown_requests(), "");
}
