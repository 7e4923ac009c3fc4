//! ARM's own forecast beneath claw's plan.

use crate::cloud::Cloud;

#[test]
fn arm_says_what_it_would_change_and_changes_nothing() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let team = |from: &str| {
        format!(r#"{{"members": [{{"email": "alice@example.com"}}], "network": {{"sshFrom": ["{from}"]}}}}"#)
    };
    cloud.write("team.json", &team("192.0.2.0/24"));
    let early = cloud.claw(&["plan", "--what-if"]).exits(3).stdout;
    assert!(early.contains("once the group is there; everything would be created"), "{early}");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let same = cloud.claw(&["plan", "--what-if"]).exits(0).stdout;
    assert!(same.contains("  = Microsoft.Network/networkSecurityGroups/claw-nsg\n"), "{same}");
    assert!(same.contains("  * Microsoft.Compute/virtualMachines/claw-alice"), "{same}");
    assert!(!same.contains("  ~ ") && !same.contains("  + "), "{same}");
    // What stands for good is not sent again.
    assert!(same.contains("  * Microsoft.Network/virtualNetworks/claw-vnet"), "{same}");

    cloud.write("team.json", &team("203.0.113.0/24"));
    let json = cloud.claw(&["plan", "--what-if", "--json"]).exits(3).json();
    let changes = json["whatIf"].as_array().unwrap();
    let group = changes.iter().find(|c| c["id"].as_str().unwrap().ends_with("/claw-nsg")).unwrap();
    assert_eq!(group["change"], "Modify", "{group}");
    let detail = group["details"][0].as_str().unwrap();
    assert!(detail.ends_with("\"192.0.2.0/24\" → \"203.0.113.0/24\""), "{detail}");
    cloud.claw(&["plan"]).exits(3);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_group_that_could_not_be_seen_is_not_called_absent() {
    let cloud = Cloud::start("no-group-reads.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let blind = cloud.claw(&["plan", "--what-if"]).exits(5).stdout;
    assert!(blind.contains("what-if: ARM was not asked, as nobody knows whether the group is there"), "{blind}");
    assert!(!blind.contains("everything would be created"), "{blind}");
    assert!(blind.contains("cost unknown: the machines could not be seen"), "{blind}");
    let json = cloud.claw(&["plan", "--what-if", "--json"]).exits(5).json();
    assert!(json["whatIf"].is_null() && json["whatIfNote"].as_str().unwrap().contains("not asked"), "{json}");
}
