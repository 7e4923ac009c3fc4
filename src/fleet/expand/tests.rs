use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fleet::{person::Person, team::parse};

fn person(upn: &str) -> Person {
    Person {
        object_id: ObjectId::new(&format!("oid-{upn}")),
        user_principal_name: upn.into(),
        display_name: upn.into(),
    }
}

fn in_group(upn: &str) -> GroupMember {
    GroupMember { person: person(upn), mail: None, enabled: true }
}

fn found(people: &[&str]) -> GroupResolution {
    GroupResolution::Found { people: people.iter().map(|p| in_group(p)).collect(), hidden: 0 }
}

/// A team whose own entries are all found under the object ID of their address.
fn expanded(members: serde_json::Value, groups: Vec<GroupResolution>) -> Expanded {
    let team = parse(&json!({"members": members}).to_string()).unwrap().team;
    let people = team.members.iter().map(|m| Resolution::Found { person: person(&m.email) }).collect();
    expand(&team, people, groups)
}

fn who(expanded: &Expanded) -> Vec<(&str, &str, Option<&str>)> {
    let rows = expanded.members.iter().map(|m| &m.member);
    rows.map(|m| (m.email.as_str(), m.slug.as_str(), m.vm_size.as_deref())).collect()
}

#[test]
fn a_group_brings_its_enabled_people_and_an_own_entry_wins() {
    let mut people = ["bob@x.org", "dan@x.org", "eve@x.org"].map(in_group);
    people[1].enabled = false;
    people[2].mail = Some("Eve.Ek@x.org".into());
    let made = expanded(
        json!([{"group": "Engineers", "vmSize": "Standard_B2ms"}, {"email": "bob@x.org", "name": "robert"}]),
        vec![GroupResolution::Found { people: people.to_vec(), hidden: 0 }],
    );
    assert_eq!(who(&made), [("bob@x.org", "robert", None), ("Eve.Ek@x.org", "eve-ek", Some("Standard_B2ms"))]);
    assert_eq!(made.spared, [ObjectId::new("oid-dan@x.org")]);
    assert_eq!(made.problems.len(), 1, "{:?}", made.problems);
    assert!(made.problems[0].message.contains("dan@x.org") && !made.problems[0].hides_a_member);
}

#[test]
fn whatever_leaves_open_who_is_in_a_group_hides_a_member() {
    for (resolution, says) in [
        (GroupResolution::NotFound, "no group `Engineers`"),
        (GroupResolution::Ambiguous { candidates: vec![ObjectId::new("g1"), ObjectId::new("g2")] }, "g1, g2"),
        (GroupResolution::Unknown { reason: "HTTP 403".into() }, "could not be read: HTTP 403"),
        (GroupResolution::Found { people: vec![in_group("a@x.org")], hidden: 2 }, "2 members"),
        (found(&[]), "no users"),
    ] {
        let made = expanded(json!([{"group": "Engineers"}]), vec![resolution]);
        let problem = &made.problems[0];
        assert!(problem.message.contains(says) && problem.hides_a_member, "{problem:?}");
        assert_eq!((problem.field.as_str(), problem.remedy.is_empty()), ("members[0].group", false));
    }
    assert_eq!(expanded(json!([{"group": "g"}]), vec![]).problems.len(), 1, "no answer at all");
}

#[test]
fn two_people_with_one_machine_or_address_are_both_left_out() {
    let mut guest = in_group("sam_y.org#EXT#@x.org");
    guest.mail = Some("carl@x.org".into());
    let people = vec![in_group("ann@y.org"), in_group("bob@x.org"), in_group("carl@x.org"), guest, in_group("…@x.org")];
    let made =
        expanded(json!([{"email": "ann@x.org"}, {"group": "g"}]), vec![GroupResolution::Found { people, hidden: 0 }]);
    assert_eq!(who(&made), [("bob@x.org", "bob", None)]);
    let said: Vec<&str> = made.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(said.iter().filter(|m| m.contains("claw-ann")).count(), 2, "{said:?}");
    assert_eq!(said.iter().filter(|m| m.starts_with("carl@x.org is the address")).count(), 2, "{said:?}");
    assert_eq!(said.iter().filter(|m| m.contains("no letter or digit")).count(), 1, "{said:?}");
    assert!(made.problems.iter().all(|p| p.hides_a_member));
}

#[test]
fn groups_of_different_sizes_are_a_question_and_one_size_is_an_answer() {
    let sizes = |a: serde_json::Value, b: serde_json::Value| {
        expanded(json!([a, b]), vec![found(&["ann@x.org"]), found(&["ann@x.org"])])
    };
    let one = sizes(json!({"group": "a"}), json!({"group": "b", "vmSize": "Standard_B4ms"}));
    assert_eq!(who(&one), [("ann@x.org", "ann", Some("Standard_B4ms"))]);
    let two = sizes(json!({"group": "a", "vmSize": "Standard_B2s"}), json!({"group": "b", "vmSize": "Standard_B4ms"}));
    assert!(two.members.is_empty() && two.problems[0].message.contains("Standard_B2s, Standard_B4ms"), "{two:?}");
}

#[test]
fn who_has_a_wrong_entry_of_their_own_does_not_come_in_through_a_group() {
    let entries = json!([{"email": "ann@x.org", "vmSize": "B2; rm"}, {"email": "bob@x.org"}, {"email": "BOB@x.org"}, {"group": "g"}]);
    let made = expanded(entries, vec![found(&["ann@x.org", "bob@x.org", "eve@x.org"])]);
    assert_eq!(who(&made), [("eve@x.org", "eve", None)]);
}

#[test]
fn who_could_not_be_looked_up_is_held_under_their_own_entry() {
    let team = parse(&json!({"members": [{"email": "ann@x.org"}, {"email": "sam@x.org"}, {"group": "g"}]}).to_string());
    let team = team.unwrap().team;
    let people = vec![
        Resolution::Unknown { reason: "down".into() },
        Resolution::Ambiguous { candidates: vec![person("sam1@x.org"), person("sam2@x.org")] },
    ];
    let made = expand(&team, people, vec![found(&["ann@x.org", "sam1@x.org", "sam3@x.org"])]);
    let emails: Vec<&str> = made.members.iter().map(|m| m.member.email.as_str()).collect();
    assert_eq!(emails, ["ann@x.org", "sam@x.org", "sam3@x.org"]);
    assert!(made.members[0].resolution.person().is_none());
}

proptest! {
    #[test]
    fn the_order_of_people_and_groups_changes_nothing(
        mut groups in prop::collection::vec(prop::collection::vec("[ab]{1,2}@[xy]\\.org", 0..6), 1..4),
        own in prop::collection::btree_set("[ab]{1,2}@x\\.org", 0..3),
    ) {
        let read = |groups: &[Vec<String>]| {
            let mut entries: Vec<_> = own.iter().map(|e| json!({"email": e})).collect();
            entries.extend((0..groups.len()).map(|n| json!({"group": format!("g{n}")})));
            let found = groups.iter().map(|g| found(&g.iter().map(String::as_str).collect::<Vec<_>>())).collect();
            let made = expanded(json!(entries), found);
            let mut members: Vec<_> = made.members.into_iter().map(|m| (m.member.email, m.member.slug)).collect();
            members.sort();
            (members, made.problems.len())
        };
        let forward = read(&groups);
        groups.reverse();
        groups.iter_mut().for_each(|g| g.reverse());
        prop_assert_eq!(forward, read(&groups));
    }
}
