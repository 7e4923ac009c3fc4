//! Caring for machines that are up: verify, backup, restore, upgrade, restart.

use serde_json::Value;

use crate::cloud::Cloud;

/// Two machines that are up.
fn two() -> Cloud {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "a-secret-value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud
}

fn findings<'a>(report: &'a Value, machine: &str) -> &'a Vec<Value> {
    let machines = report["machines"].as_array().unwrap();
    machines.iter().find(|m| m["machine"] == machine).unwrap()["findings"].as_array().unwrap()
}

#[test]
fn verify_is_content_only_when_every_machine_is_seen_and_well() {
    let cloud = two();
    let well = cloud.claw(&["verify", "--json"]).exits(0).json();
    assert_eq!((&well["schema"], &well["well"]), (&"claw/verify/v1".into(), &true.into()));
    assert_eq!(findings(&well, "claw-alice").len(), 13, "{well}");
    let text = cloud.claw(&["verify"]).exits(0).stdout;
    assert!(text.contains("all 13 checks are well") && text.contains("2 of 2 machines are well"), "{text}");

    let team = r#"{"fleet": {"openclawVersion": "2026.9.7"}, "members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
    cloud.write("team.json", team);
    let behind = cloud.claw(&["verify", "alice"]).exits(4).stdout;
    assert!(behind.contains("the team wants 2026.9.7") && behind.contains("claw upgrade alice"), "{behind}");
    assert!(!behind.contains("claw-bob"), "only who was named: {behind}");

    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    let off = cloud.claw(&["verify", "--json"]).exits(4).json();
    assert_eq!(off["well"], false);
    assert!(findings(&off, "claw-alice").iter().all(|f| f["outcome"] == "ok"), "{off}");
    assert_eq!(findings(&off, "claw-bob")[0]["outcome"], "unknown", "{off}");
    assert_eq!(cloud.unknown_requests(), "");
}
