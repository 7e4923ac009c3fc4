//! A config goes out: one machine first, a stop where one is not well, and the way back.

use serde_json::{Value, json};

use crate::cloud::Cloud;

fn start() -> Cloud {
    let cloud = Cloud::start("rolling.toml");
    let own = json!({"agents": {"defaults": {"heartbeat": {"every": "3h"}}}});
    let members = json!([{"email": "alice@example.com"}, {"email": "bob@example.com", "config": own},
        {"email": "chandra@example.com"}]);
    cloud.up(&json!({"members": members, "config": {"owned": ["tools"]}}).to_string());
    cloud
}

/// What differs from the team's template, machine by machine, as dotted paths.
fn drift(cloud: &Cloud, code: i32) -> Value {
    let plan = cloud.claw(&["config", "diff", "--json"]).exits(code).json();
    let rows = plan["machines"].as_array().unwrap().iter().map(|machine| {
        let paths: Vec<_> = machine["changes"].as_array().unwrap().iter().map(|c| c["path"].clone()).collect();
        (machine["machine"].as_str().unwrap().to_owned(), json!(paths))
    });
    Value::Object(rows.collect())
}

#[test]
fn the_first_machine_goes_alone_and_the_rest_waits_for_it() {
    let cloud = start();
    assert_eq!(drift(&cloud, 0), json!({"claw-alice": [], "claw-bob": [], "claw-chandra": []}), "the shipped template");

    // The canary is not well with it: it gets its config back, nobody else is asked to take it.
    cloud.write("openclaw.template.json", r#"{"logging": {"level": "debug"}}"#);
    let refused = cloud.claw(&["config", "push"]).exits(5);
    assert!(refused.stdout.contains("logging.level"), "{}", refused.stdout);
    let pushed = cloud.claw(&["config", "push", "--yes", "--json"]).exits(4).json();
    assert_eq!(pushed["failed"][0][0], "claw-alice", "{pushed}");
    assert!(pushed["failed"][0][1].as_str().unwrap().contains("rolled back"), "{pushed}");
    assert_eq!(pushed["not_tried"], json!(["claw-bob", "claw-chandra"]));
    let level = json!(["logging.level"]);
    assert_eq!(drift(&cloud, 3), json!({"claw-alice": level, "claw-bob": level, "claw-chandra": level}));

    // Another one breaks after the first: it alone goes back.
    cloud.write("openclaw.template.json", r#"{"tools": {"deny": ["exec", "$(id)"], "exec": {"ask": "always"}}}"#);
    let pushed = cloud.claw(&["config", "push", "--yes", "--json"]).exits(4).json();
    assert_eq!(pushed["pushed"], json!(["claw-alice", "claw-bob"]), "{pushed}");
    assert_eq!(pushed["failed"][0][0], "claw-chandra");
    assert_eq!(drift(&cloud, 3)["claw-alice"], json!([]));

    // Owned by the operators: what they leave out goes, a list's entry too.
    cloud.write("openclaw.template.json", r#"{"tools": {"exec": {"ask": "never"}}}"#);
    let paths = drift(&cloud, 3);
    assert_eq!(paths["claw-bob"], json!(["tools.deny", "tools.exec.ask"]), "{paths}");
    let pushed = cloud.claw(&["config", "push", "--yes", "--json"]).exits(0).json();
    assert_eq!(pushed["pushed"].as_array().unwrap().len(), 3, "{pushed}");
    assert_eq!(drift(&cloud, 0), json!({"claw-alice": [], "claw-bob": [], "claw-chandra": []}));
    back(&cloud);
    assert_eq!(cloud.unknown_requests(), "");
}

fn back(cloud: &Cloud) {
    cloud.claw(&["config", "rollback", "bob"]).exits(5);
    let shown = cloud.claw(&["config", "rollback", "bob", "--yes"]).exits(0).stdout;
    assert!(shown.contains(r#"tools.exec.ask: "never" → "always""#), "{shown}");
    // What it replaced is still there.
    let undone = "/home/openclaw/.openclaw/openclaw.json.claw-undone";
    let undone = cloud.claw(&["exec", "bob", "--", "sudo", "-n", "-u", "openclaw", "cat", "--", undone]).exits(0);
    assert!(undone.stdout.contains("never") && !undone.stdout.contains("always"), "{}", undone.stdout);
    assert_eq!(drift(cloud, 3)["claw-bob"], json!(["tools.deny", "tools.exec.ask"]));
    cloud.claw(&["config", "rollback", "bob", "--yes"]).exits(2);
    // Whoever is named and has nothing to go back to is told, and the line that is recorded names no others.
    let two = cloud.claw(&["config", "rollback", "alice", "bob", "--yes"]).exits(4);
    assert!(two.stderr.contains("kept no config from before a push: claw-bob"), "{}", two.stderr);
    let record = std::fs::read_to_string(cloud.path("data/activity.jsonl")).unwrap();
    let begun = record.lines().rfind(|line| line.contains("\"begun\"")).unwrap();
    assert!(begun.contains("claw config rollback claw-alice"), "{record}");
}

#[test]
fn what_a_gateway_would_not_take_reaches_no_machine() {
    let cloud = start();
    cloud.write("openclaw.template.json", r#"{"nonsense": 1}"#);
    let shown = cloud.claw(&["config", "diff"]).exits(2).stdout;
    assert!(shown.contains("claw-alice: its gateway does not take this") && shown.contains("nonsense"), "{shown}");
    let refused = cloud.claw(&["config", "push", "--yes"]).exits(2).stderr;
    assert!(refused.contains("nothing was pushed"), "{refused}");

    let members = json!([{"email": "bob@example.com", "config": {"gateway": {"port": 1}}}]);
    cloud.write("team.json", &json!({"members": members}).to_string());
    cloud.write("openclaw.template.json", "{}");
    let refused = cloud.claw(&["config", "push", "--yes"]).exits(2).stderr;
    assert!(refused.contains("line 1, members[0].config") && refused.contains("gateway.port"), "{refused}");
}

#[test]
fn what_must_not_leave_this_computer_is_refused_before_any_machine_is_asked() {
    let cloud = Cloud::start("fast.toml");
    let key = json!({"models": {"providers": {"anthropic": {"apiKey": "sk-plain"}}}});
    cloud.write("c.json", &key.to_string());
    let plain = cloud.claw(&["config", "push", "c.json", "--yes"]).exits(2).stderr;
    assert!(plain.contains("models.providers.anthropic.apiKey") && plain.contains("secrets.json"), "{plain}");
    assert!(!plain.contains("sk-plain"), "{plain}");
    cloud.write("c.json", r#"{"gateway": []}"#);
    cloud.claw(&["config", "push", "c.json", "--yes"]).exits(2);
    let endless = cloud.claw(&["config", "push", "/dev/zero", "--yes"]).exits(2).stderr;
    assert!(endless.contains("larger than 1 MiB"), "{endless}");

    cloud.write("team.json", &json!({"members": [{"email": "bob@example.com", "config": key}]}).to_string());
    let own = cloud.claw(&["config", "diff"]).exits(2).stderr;
    assert!(own.contains("members[0].config") && own.contains("apiKey") && !own.contains("sk-plain"), "{own}");
    for path in ["gateway", "", "a..b"] {
        let members = json!([{"email": "bob@example.com"}]);
        cloud.write("team.json", &json!({"members": members, "config": {"owned": [path]}}).to_string());
        let owned = cloud.claw(&["config", "diff"]).exits(2).stderr;
        assert!(owned.contains("config.owned"), "{owned}");
    }
}

#[test]
fn machines_that_are_off_are_named() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.claw(&["stop", "alice", "--yes"]).exits(0);
    let diff = cloud.claw(&["config", "diff", "--json"]).exits(0).json();
    assert_eq!(diff["off"], json!(["claw-alice"]), "{diff}");
    let shown = cloud.claw(&["config", "diff"]).exits(0).stdout;
    assert!(shown.contains("off: claw-alice"), "{shown}");
    let back = cloud.claw(&["config", "rollback", "--yes"]).exits(2).stderr;
    assert!(back.contains("claw-alice"), "{back}");

    // Nothing is followed where nothing runs, and nothing runs where nothing may change.
    let log = cloud.claw(&["logs", "alice", "-f", "--json"]).exits(1).json();
    assert_eq!(log["schema"], "claw/error/v1", "{log}");
    cloud.claw(&["--read-only", "exec", "--all", "--", "true"]).exits(5);
    cloud.claw(&["--read-only", "ssh", "alice", "--", "true"]).exits(255);
    for label in ["  ", &"x".repeat(101)] {
        cloud.claw(&["devices", "rename", "someone", label]).exits(2);
    }
}
