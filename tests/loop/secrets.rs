//! A rotated secret reaches machines that are on.

use crate::cloud::Cloud;

#[test]
fn a_rotated_secret_takes_effect_without_a_restart() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"},{"email":"bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared":{"KEY":"one"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    cloud.write("secrets.json", r#"{"shared":{"KEY":"two"}}"#);
    let pushed = cloud.claw(&["secrets", "push", "--reload"]).exits(0);
    assert!(pushed.stderr.contains("claw-alice: secrets changed, and the gateway took them"), "{}", pushed.stderr);
    assert!(pushed.stderr.contains("claw-bob: it is not running"), "{}", pushed.stderr);
    let again = cloud.claw(&["secrets", "push", "--reload", "--json"]).exits(0);
    assert!(again.stdout.contains("claw-alice: secrets are as they were"), "{}", again.stdout);
    assert_eq!(again.json()["failed"].as_array().unwrap().len(), 0);
}
