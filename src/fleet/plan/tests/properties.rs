use std::collections::BTreeSet;

use proptest::prelude::*;

use super::model::*;
use crate::fleet::{
    desired::{Desired, DesiredMember},
    instance::PowerState,
    observed::Observed,
    person::{ObjectId, Resolution},
    plan::{PlanOptions, plan},
    step::{Action, Risk, Step},
};

fn resolution(id: String) -> impl Strategy<Value = Resolution> {
    let found = Resolution::Found { person: person(&id) };
    prop_oneof![
        8 => Just(found),
        1 => Just(Resolution::Disabled { person: person(&id) }),
        1 => Just(Resolution::NotFound),
        1 => Just(Resolution::Unknown { reason: "down".into() }),
    ]
}

fn team() -> impl Strategy<Value = Vec<DesiredMember>> {
    prop::collection::btree_set(0..12usize, 0..9).prop_flat_map(|who| {
        who.into_iter()
            .map(|n| resolution(format!("oid-m{n}")).prop_map(move |r| member(&format!("m{n}@x.org"), r)))
            .collect::<Vec<_>>()
    })
}

/// A world some earlier team left behind, with power states of all kinds.
pub fn world() -> impl Strategy<Value = Observed> {
    let powers = prop_oneof![Just(PowerState::Running), Just(PowerState::Deallocated), Just(PowerState::Unknown)];
    (prop::collection::btree_map(0..12usize, powers, 0..9), any::<bool>()).prop_map(|(who, fresh)| {
        if fresh {
            return nothing();
        }
        let team = desired(who.keys().map(|n| found(&format!("m{n}@x.org"))).collect());
        let mut world = apply(&team, &nothing(), &plan(&team, &nothing(), &PlanOptions::default()));
        for i in &mut world.instances.as_mut().unwrap().value {
            let n: usize = i.name.trim_start_matches("claw-m").parse().unwrap();
            i.power = seen(who[&n]);
        }
        world
    })
}

fn machine_of(step: &Step) -> Option<&str> {
    match &step.action {
        Action::CreateMachine { machine, .. }
        | Action::PinHostKey { machine }
        | Action::Retag { machine, .. }
        | Action::Start { machine }
        | Action::Deallocate { machine, .. }
        | Action::DeleteMachine { machine } => Some(machine),
        _ => None,
    }
}

fn destroys(plan: &crate::fleet::plan::Plan) -> bool {
    plan.steps.iter().any(|s| s.risk == Risk::Destroys || matches!(s.action, Action::DeleteMachine { .. }))
}

fn ids_are_unique_and_ordered(steps: &[Step]) {
    let mut before = BTreeSet::new();
    for step in steps {
        assert!(step.after.iter().all(|a| before.contains(a)), "{} waits for a later step", step.id);
        assert!(before.insert(step.id.clone()), "{} twice", step.id);
    }
}

fn any_plan(team: &[DesiredMember], world: &Observed, leavers: Option<usize>) -> (Desired, crate::fleet::plan::Plan) {
    let desired = desired(team.to_vec());
    let options = PlanOptions { leavers, delete: Vec::new() };
    let made = plan(&desired, world, &options);
    (desired, made)
}

proptest! {
    #[test]
    fn planning_twice_changes_nothing(team in team(), world in world()) {
        let (desired, first) = any_plan(&team, &world, None);
        ids_are_unique_and_ordered(&first.steps);
        let after = apply(&desired, &world, &first);
        let second = plan(&desired, &after, &PlanOptions::default());
        prop_assert_eq!(second.steps, vec![]);
    }

    #[test]
    fn the_order_of_team_json_plans_nothing(team in team(), world in world(), seed in any::<prop::sample::Index>()) {
        let (_, forward) = any_plan(&team, &world, None);
        let mut turned = team.clone();
        if !turned.is_empty() {
            let at = seed.index(turned.len());
            turned.rotate_left(at);
        }
        turned.reverse();
        let (_, backward) = any_plan(&turned, &world, None);
        prop_assert_eq!(forward.steps, backward.steps);
        prop_assert_eq!(forward.refusals, backward.refusals);
    }

    #[test]
    fn a_renamed_email_with_the_same_object_id_plans_no_machine(who in 0..9usize) {
        let before = desired((0..9).map(|n| found(&format!("m{n}@x.org"))).collect());
        let world = apply(&before, &nothing(), &plan(&before, &nothing(), &PlanOptions::default()));
        let mut members = before.members.clone();
        members[who] = member("renamed@y.org", Resolution::Found { person: person(&format!("oid-m{who}")) });
        let (_, made) = any_plan(&members, &world, None);
        let machine = format!("claw-m{who}");
        let bad = |s: &Step| matches!(s.action, Action::CreateMachine { .. } | Action::Deallocate { .. } | Action::Revoke { .. });
        prop_assert!(!made.steps.iter().any(bad), "{:?}", made.steps);
        let touched: Vec<_> = made.steps.iter().filter_map(machine_of).collect();
        prop_assert_eq!(touched, vec![machine.as_str()]);
        let ids: Vec<&str> = made.steps.iter().map(|s| s.id.0.as_str()).collect();
        prop_assert_eq!(ids, vec![format!("retag/{machine}")], "the machine goes on reading the secret that it was made with");
    }

    #[test]
    fn removing_a_member_never_plans_a_deletion_unless_asked(team in team(), world in world(), n in 0..20usize) {
        let (_, made) = any_plan(&team, &world, Some(n));
        prop_assert!(!destroys(&made));
    }

    #[test]
    fn an_unresolved_member_is_no_leaver(mut world in world(), n in 0..12usize, lost in 0..3usize) {
        let resolution = [Resolution::NotFound, Resolution::Unknown { reason: "down".into() }, Resolution::Ambiguous { candidates: vec![] }][lost].clone();
        let team = vec![member(&format!("m{n}@x.org"), resolution)];
        // Their machine lost its readable tags: only the object ID says whose it is.
        for i in &mut world.instances.as_mut().unwrap().value {
            if i.name == format!("claw-m{n}") {
                i.name = "claw-other".into();
                (i.slug, i.email) = (None, None);
            }
        }
        let (_, made) = any_plan(&team, &world, Some(99));
        let touches = |s: &Step| matches!(s.action, Action::Deallocate { .. } | Action::Revoke { .. });
        let known = world.instances.as_ref().unwrap().value.iter().any(|i| i.name == format!("claw-m{n}"));
        if !known {
            prop_assert!(!made.steps.iter().any(touches), "{:?}", made.steps);
        }
    }

    #[test]
    fn no_plan_names_another_members_machine(team in team(), world in world(), n in 0..20usize) {
        let (desired, made) = any_plan(&team, &world, Some(n));
        let owners: std::collections::BTreeMap<String, ObjectId> = world.instances.iter().flat_map(|i| &i.value)
            .filter_map(|i| Some((i.name.clone(), i.member.clone()?))).collect();
        let people: BTreeSet<ObjectId> = desired.members.iter().filter_map(|m| m.resolution.person()).map(|p| p.object_id.clone()).collect();
        for step in &made.steps {
            match &step.action {
                Action::CreateMachine { machine, member, .. } => {
                    prop_assert!(!owners.contains_key(machine), "{machine} exists");
                    prop_assert!(people.contains(member));
                }
                Action::Grant { scope, principal: crate::fleet::step::Principal::Known { object_id, .. }, .. } => {
                    for (machine, owner) in &owners {
                        if scope.eq_ignore_ascii_case(&desired.names.machine_id(machine)) {
                            prop_assert_eq!(owner, object_id, "a door to {} for somebody else", machine);
                        }
                    }
                }
                Action::Deallocate { machine, .. } => prop_assert!(!people.contains(&owners[machine])),
                _ => {}
            }
        }
    }
}
