//! What stands where it is.

use crate::cloud::Cloud;

#[test]
fn a_fleet_is_not_moved_and_nothing_is_harmed() {
    let cloud = Cloud::start("fast.toml");
    let here = r#"{"members": [{"email": "alice@example.com"}]}"#;
    cloud.up(here);
    let elsewhere = r#"{"members": [{"email": "alice@example.com"}], "fleet": {"location": "westeurope"}}"#;
    cloud.write("team.json", elsewhere);
    let moved = cloud.claw(&["up", "--yes"]).exits(1);
    assert!(moved.stderr.contains("already exists in location 'eastus2'"), "{}", moved.stderr);
    assert!(moved.stderr.contains("what stands can't be moved"), "{}", moved.stderr);
    cloud.write("team.json", here);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
}
