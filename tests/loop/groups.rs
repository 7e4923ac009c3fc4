//! Members that team.json names as a group of the directory.

use crate::cloud::Cloud;

fn created(plan: &str) -> Vec<&str> {
    plan.lines().filter_map(|l| l.strip_prefix("+ create claw-")).map(|l| l.split(" for ").next().unwrap()).collect()
}

#[test]
fn a_group_is_everybody_in_it_and_a_person_counts_once() {
    let cloud = Cloud::start("fast.toml");
    std::fs::remove_file(cloud.path("secrets.json")).unwrap();
    cloud.write(
        "team.json",
        r#"{"members": [{"email": "alice@example.com", "name": "queen"}, {"group": "engineering", "vmSize": "Standard_B1s"}]}"#,
    );
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    assert_eq!(created(&plan), ["bob (Standard_B1s)", "chandra (Standard_B1s)", "queen (Standard_B2s)"], "{plan}");
    assert!(plan.contains("frank@example.com: the account frank@example.com is disabled"), "{plan}");
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);

    // The same people by the group's id, and in another order: nothing to do.
    let by_id = r#"{"members": [{"group": "60000000-0000-4000-8000-000000000001", "vmSize": "Standard_B1s"}, {"email": "alice@example.com", "name": "queen"}]}"#;
    cloud.write("team.json", by_id);
    cloud.claw(&["plan"]).exits(0);

    // A group that can't be told makes nobody a leaver.
    for (group, reason) in [
        ("Twins", "2 groups have this name"),
        ("Enginering", "no group has this name"),
        ("Board", "hides who is in it"),
        ("60000000-0000-4000-8000-00000000ffff", "does not exist"),
    ] {
        let team =
            format!(r#"{{"members": [{{"email": "alice@example.com", "name": "queen"}}, {{"group": "{group}"}}]}}"#);
        cloud.write("team.json", &team);
        let plan = cloud.claw(&["plan"]).exits(0).stdout;
        assert!(plan.contains(reason) && plan.contains("members[1].group"), "{group}: {plan}");
        assert!(plan.contains("nobody is taken for a leaver") && !plan.contains("~ stop"), "{group}: {plan}");
    }
    cloud.write("team.json", r#"{"members": [{"group": "Platform", "email": "x@example.com"}, {"group": 7}]}"#);
    let wrong = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(wrong.contains("`email` is no field of a group") && wrong.contains("the group has no name"), "{wrong}");
    assert_eq!(cloud.unknown_requests(), "");
}
