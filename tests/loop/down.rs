//! What `down` leaves, and what `up` makes of it.

use crate::cloud::Cloud;

#[test]
fn kept_disks_bring_everything_back() {
    let cloud = Cloud::start("fast.toml");
    cloud.claw(&["up", "--yes"]).exits(0);
    let config = cloud.write("config.json", r#"{"agents": {"defaults": {"heartbeat": {"every": "41m"}}}}"#);
    let config = config.to_str().unwrap();
    cloud.claw(&["config", "push", config, "--yes"]).exits(0);
    let key = |member: &str| {
        let status = cloud.claw(&["status", "--json"]).exits(0).json();
        let rows = status["machines"].as_array().unwrap().clone();
        rows.into_iter().find(|r| r["member"] == member).unwrap()["machine"]["host_key"].clone()
    };
    let before = key("alice");

    let shown = cloud.claw(&["down", "--keep-data"]).exits(5);
    assert!(shown.stdout.contains("let the disk of claw-alice outlive it"), "{}", shown.stdout);
    let down = cloud.claw(&["down", "--keep-data", "--yes"]).exits(0);
    assert!(down.stdout.contains("claw up makes them again from their disks"), "{}", down.stdout);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert!(status["machines"].as_array().unwrap().iter().all(|r| r["machine"].is_null()), "{status}");

    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("create claw-alice (Standard_B2s) from its kept disk for alice@example.com"), "{plan}");
    cloud.claw(&["up", "--yes"]).exits(0);
    let diff = cloud.claw(&["config", "diff", config]).exits(0).stdout;
    assert!(!diff.contains("41m"), "what was on the disk is there:\n{diff}");
    assert_eq!(key("alice"), before, "the same disk, the same key");
    let plan = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(plan.contains("nothing to do"), "{plan}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn after_everything_is_gone_up_recovers_the_vault() {
    let cloud = Cloud::start("fast.toml");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let shown = cloud.claw(&["down"]).exits(5).stdout;
    assert!(shown.contains("- remove claw's own lock claw-keep from the scale set"), "{shown}");
    assert!(shown.contains("- delete the group openclaw-rg: 5 machines"), "{shown}");
    cloud.claw(&["down", "--yes"]).exits(0);
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("recover the vault claw-"), "{plan}");
    std::fs::remove_file(cloud.path("secrets.json")).unwrap();
    cloud.claw(&["up", "--yes"]).exits(0);
    let secrets = cloud.claw(&["secrets", "list"]).exits(0).stdout;
    assert!(secrets.contains("openclaw-shared") && secrets.contains("openclaw-dana"), "{secrets}");
    cloud.claw(&["plan"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}
