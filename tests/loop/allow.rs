//! Named ways in: added one by one, taken back one by one, kept by every deployment.

use crate::cloud::Cloud;

#[test]
fn a_way_in_is_added_and_taken_back_and_no_other_is_touched() {
    let cloud = Cloud::start("fast.toml");
    let team = |from: &str| {
        format!(r#"{{"members": [{{"email": "alice@example.com"}}], "network": {{"sshFrom": ["{from}"]}}}}"#)
    };
    cloud.write("team.json", &team("192.0.2.0/24"));
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let early = cloud.claw(&["allow", "203.0.113.10"]).exits(1).stderr;
    assert!(early.contains("there is no network yet"), "{early}");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let closed = cloud.claw(&["ssh", "alice", "--", "uptime"]).exits(255).stderr;
    assert!(!closed.is_empty());

    let added = cloud.claw(&["allow", "203.0.113.10"]).exits(0).stdout;
    assert!(added.starts_with("claw-allow-203.0.113.10-32: added"), "{added}");
    cloud.claw(&["allow", "0.0.0.0/0"]).exits(5);
    let only = cloud.claw(&["allow", "198.51.100.0/24", "--for", "alice", "--json"]).exits(0).json();
    assert_eq!(only["rule"], "claw-allow-198.51.100.0-24-for-alice", "{only}");
    cloud.claw(&["ssh", "alice", "--", "uptime"]).exits(0);
    assert!(cloud.claw(&["allow", "203.0.113.10/32"]).exits(0).stdout.contains("is there already"));

    // The infrastructure is deployed anew: what was allowed stays allowed.
    cloud.write("team.json", &team("192.0.2.128/25"));
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let rules = cloud.claw(&["allow", "--json"]).exits(0).json();
    let names: Vec<&str> = rules["rules"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    let both = ["claw-ssh", "claw-allow-203.0.113.10-32", "claw-allow-198.51.100.0-24-for-alice"];
    assert_eq!(names, both, "{rules}");
    assert_eq!(rules["rules"][2]["to"][0], "10.40.0.4", "only to her machine: {rules}");

    cloud.claw(&["allow", "203.0.113.10", "--remove"]).exits(0);
    let gone = cloud.claw(&["allow", "203.0.113.10", "--remove"]).exits(0).stdout;
    assert!(gone.contains("there is no such rule"), "{gone}");
    assert_eq!(cloud.claw(&["allow"]).exits(0).stdout.lines().count(), 3);
    for wrong in ["203.0.113", "2001:db8::/32", "1.2.3.4/40"] {
        cloud.claw(&["allow", wrong]).exits(2);
    }
    assert_eq!(cloud.unknown_requests(), "");
}

/// Azure gives the address of a machine that is gone to the next one.
#[test]
fn a_way_in_to_one_machine_goes_with_it_and_opens_no_other() {
    let cloud = Cloud::start("fast.toml");
    let team = |who: &[&str]| {
        let members: Vec<String> = who.iter().map(|w| format!(r#"{{"email": "{w}@example.com"}}"#)).collect();
        let members = members.join(",");
        cloud.write("team.json", &format!(r#"{{"members": [{members}], "network": {{"sshFrom": ["192.0.2.0/24"]}}}}"#));
    };
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    team(&["alice", "chandra"]);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    for args in [&["allow", "203.0.113.10", "--for", "alice"][..], &["allow", "198.51.100.0/24", "--for", "chandra"]] {
        cloud.claw(args).exits(0);
    }
    cloud.claw(&["ssh", "alice", "--", "uptime"]).exits(0);
    let rules = || cloud.claw(&["allow", "--json"]).exits(0).json()["rules"].as_array().unwrap().clone();
    let address = |rule: &str| rules().iter().find(|r| r["name"] == rule).unwrap()["to"][0].clone();
    let hers = address("claw-allow-203.0.113.10-32-for-alice");

    team(&["chandra"]);
    cloud.claw(&["up", "--yes", "--no-wait", "--leavers", "1", "--delete", "claw-alice"]).exits(0);
    let left: Vec<_> = rules().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(left, ["claw-ssh", "claw-allow-198.51.100.0-24-for-chandra"]);
    // Nobody is called so any more, and the rule has the name that it had.
    for who in ["alice", "claw-alice", "alice@example.com"] {
        let gone = cloud.claw(&["allow", "203.0.113.10", "--for", who, "--remove"]).exits(0).stdout;
        assert!(gone.contains("claw-allow-203.0.113.10-32-for-alice: there is no such rule"), "{gone}");
    }

    team(&["chandra", "bob"]);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["ssh", "bob", "--", "uptime"]).exits(255);
    cloud.claw(&["allow", "203.0.113.10", "--for", "bob"]).exits(0);
    assert_eq!(address("claw-allow-203.0.113.10-32-for-bob"), hers, "the address is given again");
    cloud.claw(&["ssh", "bob", "--", "uptime"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}
