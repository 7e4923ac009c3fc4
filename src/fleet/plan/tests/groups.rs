//! Groups of the directory: whoever may be in one is no leaver.

use proptest::prelude::*;
use serde_json::json;

use super::{model::*, properties::world};
use crate::fleet::{
    expand::expand,
    group::{GroupMember, GroupResolution},
    person::ObjectId,
    plan::{PlanOptions, plan},
    step::{Action, Risk},
    team::parse,
};

/// Ways in which a group does not say who is in it.
fn unexpanded() -> impl Strategy<Value = GroupResolution> {
    let some = GroupMember { person: person("oid-m0"), mail: None, enabled: true };
    prop_oneof![
        Just(GroupResolution::NotFound),
        Just(GroupResolution::Unknown { reason: "HTTP 403".into() }),
        Just(GroupResolution::Ambiguous { candidates: vec![ObjectId::new("g1"), ObjectId::new("g2")] }),
        Just(GroupResolution::Found { people: Vec::new(), hidden: 0 }),
        Just(GroupResolution::Found { people: vec![some], hidden: 1 }),
    ]
}

proptest! {
    #[test]
    fn with_a_group_that_is_not_expanded_nobody_loses_anything(
        world in world(),
        own in prop::collection::btree_set(0..12usize, 0..6),
        resolution in unexpanded(),
        leavers in prop::option::of(0..12usize),
        delete in prop::option::of(0..12usize),
    ) {
        let mut entries: Vec<_> = own.iter().map(|n| json!({"email": format!("m{n}@x.org")})).collect();
        entries.push(json!({"group": "Engineers"}));
        let team = parse(&json!({"members": entries}).to_string()).unwrap().team;
        let people = team.members.iter().map(|m| found(&m.email).resolution).collect();
        let expanded = expand(&team, people, vec![resolution]);
        let mut desired = desired(expanded.members);
        desired.spared = expanded.spared;
        desired.unread_members = expanded.problems.iter().filter(|p| p.hides_a_member).map(|p| p.field.clone()).collect();
        let delete = delete.map(|n| format!("claw-m{n}")).into_iter().collect();
        let made = plan(&desired, &world, &PlanOptions { leavers, delete });
        for step in &made.steps {
            let takes = matches!(step.action, Action::Revoke { .. } | Action::Deallocate { .. } | Action::DeleteMachine { .. });
            prop_assert!(!takes && step.risk != Risk::Destroys, "{step:?}");
        }
    }
}

#[test]
fn a_disabled_account_of_a_group_keeps_its_machine_and_others_may_still_leave() {
    let team = desired(["a@x.org", "b@x.org", "c@x.org"].map(found).to_vec());
    let world = apply(&team, &nothing(), &plan(&team, &nothing(), &PlanOptions::default()));
    let mut now = desired(vec![found("a@x.org")]);
    now.spared = vec![ObjectId::new("oid-b")];
    let made = plan(&now, &world, &PlanOptions { leavers: Some(1), delete: Vec::new() });
    let targets: Vec<&str> = made.steps.iter().filter(|s| s.risk != Risk::Safe).map(|s| s.target.as_str()).collect();
    assert_eq!(targets, ["claw-c"; 3], "{:?}", made.steps);
}
