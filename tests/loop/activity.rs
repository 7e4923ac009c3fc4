//! The record of actions, as the command line fills it.

use std::os::unix::fs::PermissionsExt;

use crate::cloud::{Cloud, MARKER};

#[test]
fn every_action_is_in_the_record_and_no_secret_is() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    cloud.write("secrets.json", &format!(r#"{{"shared":{{"KEY":"{MARKER}"}}}}"#));
    assert!(cloud.claw(&["activity"]).exits(0).stdout.starts_with("WHEN"), "empty at first");
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["stop", "alice", "--yes"]).exits(0);
    cloud.claw(&["--read-only", "start", "alice"]).exits(5);
    cloud.claw(&["start", "nobody"]).exits(2);
    cloud.claw(&["start", "alice"]).exits(0);
    cloud.claw(&["exec", "alice", "--", "echo", MARKER]);
    cloud.claw(&["status"]).exits(0);

    let record = cloud.claw(&["activity", "--json"]).exits(0).json();
    let all = record["entries"].as_array().unwrap();
    let said: Vec<_> = all.iter().map(|e| (e["command"].as_str().unwrap(), e["state"].as_str().unwrap())).collect();
    let first = [
        ("claw up", "done"),
        ("claw secrets push", "done"),
        ("claw stop alice", "done"),
        ("claw start alice", "refused"),
        ("claw start nobody", "failed"),
        ("claw start alice", "done"),
    ];
    assert_eq!(said[..6], first);
    assert_eq!((said[6].0, said.len()), ("claw exec alice -- …", 7), "what only looks is not in it");
    assert!(all[0]["signed_in"].is_string() && all.iter().all(|e| e["ended"].is_string()), "{record}");
    let found = cloud.claw(&["activity", "--search", "nobody", "--json"]).exits(0).json();
    assert_eq!(found["entries"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.claw(&["activity", "--since", "1h", "--json"]).exits(0).json(), record);
    assert!(cloud.claw(&["activity", "--since", "soon"]).exits(2).stderr.contains("3days"));

    let file = cloud.path("data/activity.jsonl");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!std::fs::read_to_string(file).unwrap().contains(MARKER));
}
