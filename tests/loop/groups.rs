//! A team.json that names people by alias, guests, and groups of the directory.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::{Answer, Cloud, MARKER};

const ENGINEERS: &str = "90000000-0000-4000-8000-000000000001";

fn write_team(cloud: &Cloud, members: &Value) {
    cloud.write("team.json", &json!({"members": members}).to_string());
}

/// Machines that a plan creates, with their sizes.
fn created(plan: &Value) -> BTreeMap<&str, &str> {
    let actions = plan["plan"]["steps"].as_array().unwrap().iter().map(|s| &s["action"]);
    let created = actions.filter(|a| a["kind"] == "create_machine");
    created.map(|a| (a["machine"].as_str().unwrap(), a["vm_size"].as_str().unwrap())).collect()
}

#[track_caller]
fn says(answer: &Answer, all: &[&str]) {
    for text in all {
        assert!(answer.stdout.contains(text), "`{text}` is missing: {}", answer.stdout);
    }
}

#[test]
fn a_group_is_its_people_and_who_is_in_it_decides_who_leaves() {
    let cloud = Cloud::start("groups.toml");
    write_team(&cloud, &json!([{"email": "alice@example.com"}, {"group": "engineers", "vmSize": "Standard_B2ms"}]));
    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    let machines = [("claw-alice", "Standard_B2s"), ("claw-bob", "Standard_B2ms"), ("claw-chandra", "Standard_B2ms")];
    assert_eq!(created(&plan), BTreeMap::from(machines), "{plan}");
    says(&cloud.claw(&["plan"]).exits(3), &["members[1].group", "1 disabled account: frank@example.com"]);
    let own = format!(r#"{{"shared":{{"KEY":"{MARKER}"}},"members":{{"bob@example.com":{{"KEY":"{MARKER}"}}}}}}"#);
    cloud.write("secrets.json", &own);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    says(&cloud.claw(&["secrets", "list"]).exits(0), &["openclaw-bob", "openclaw-shared"]);
    cloud.claw(&["plan"]).exits(0);

    // The same people by the group's id, and through the group alone.
    write_team(&cloud, &json!([{"group": ENGINEERS}]));
    cloud.claw(&["plan"]).exits(0);

    // Nobody leaves while it is open who is in a group.
    for (group, sentence) in [
        ("Nobody's", "no group `Nobody's`"),
        ("Twins", "2 groups are called `Twins`: 90000000-0000-4000-8000-000000000003, 90000000-"),
        ("Board", "1 member of the group `Board` may not be read"),
        ("90000000-0000-4000-8000-000000000003", "shows no users"),
        ("90000000-0000-4000-8000-00000000000f", "no group"),
    ] {
        write_team(&cloud, &json!([{"email": "bob@example.com"}, {"group": group}]));
        says(&cloud.claw(&["plan"]).exits(4), &[sentence, "nobody is taken for a leaver"]);
        cloud.claw(&["plan", "--delete", "claw-alice"]).exits(5);
    }

    // Who is no longer in the group leaves, under the usual guard.
    write_team(&cloud, &json!([{"group": "Just Bob", "vmSize": "Standard_B2ms"}]));
    cloud.claw(&["plan"]).exits(5);
    let plan = cloud.claw(&["plan", "--leavers", "2"]).exits(3);
    says(&plan, &["claw-alice", "claw-chandra", "no longer in team.json"]);
    assert!(!plan.stdout.contains("claw-bob"), "{}", plan.stdout);
    assert_eq!(cloud.unknown_requests(), "", "requests that the embedded cloud does not know");
}

#[test]
fn an_alias_and_a_guest_are_found_though_graph_is_busy() {
    let cloud = Cloud::start("groups.toml");
    let guest = "sam_partner.example#EXT#@example.onmicrosoft.com";
    let entry = |email: &str| json!({"email": email});
    let sato = json!({"email": guest, "name": "sato"});
    let people = json!([entry("alice@example.com"), entry("chandra.c@example.org"), sato, entry("sam@example.com")]);
    write_team(&cloud, &people);
    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    let machines: Vec<&str> = created(&plan).into_keys().collect();
    assert_eq!(machines, ["claw-alice", "claw-chandra-c", "claw-sato"], "{plan}");
    // One address of two people: both are named, neither is picked.
    says(&cloud.claw(&["plan"]).exits(3), &["sam@example.com: several people", "sam.stone@example.com", guest]);
    assert_eq!(cloud.unknown_requests(), "", "requests that the embedded cloud does not know");
}
