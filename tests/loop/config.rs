//! A config goes out: one machine first, a stop where one is not well, and the way back.

use serde_json::{Value, json};

use crate::cloud::Cloud;

fn start() -> Cloud {
    let cloud = Cloud::start("rolling.toml");
    let own = json!({"agents": {"defaults": {"heartbeat": {"every": "3h"}}}});
    let members = json!([{"email": "alice@example.com"}, {"email": "bob@example.com", "config": own},
        {"email": "chandra@example.com"}]);
    cloud.write("team.json", &json!({"members": members, "config": {"owned": ["tools"]}}).to_string());
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);
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
    assert_eq!(drift(cloud, 3)["claw-bob"], json!(["tools.deny", "tools.exec.ask"]));
    cloud.claw(&["config", "rollback", "bob", "--yes"]).exits(2);
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
