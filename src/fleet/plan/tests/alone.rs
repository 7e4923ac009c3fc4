//! Without a team.json: the signed-in user's own machine, and never anybody else's.

use super::model::*;
use crate::fleet::{
    desired::Desired,
    observed::Observed,
    plan::{Extent, PlanOptions, plan, teardown},
};

fn alone(email: &str) -> Desired {
    Desired { alone: true, operators: Vec::new(), ..desired(vec![found(email)]) }
}

/// What a team of these has made.
fn made(emails: &[&str]) -> Observed {
    let team = desired(emails.iter().map(|e| found(e)).collect());
    apply(&team, &nothing(), &plan(&team, &nothing(), &PlanOptions::default()))
}

#[test]
fn one_person_gets_one_machine_and_may_take_it_down() {
    let me = alone("alice@x.org");
    let first = plan(&me, &nothing(), &PlanOptions::default());
    assert_eq!(first.steps.iter().filter(|s| s.id.0.starts_with("create-machine/")).count(), 1);
    let world = apply(&me, &nothing(), &first);
    assert!(plan(&me, &world, &PlanOptions::default()).is_empty());
    assert!(teardown(&me, &world, Extent::Group).refusals.is_empty());
    // A machine that lost its tags is still theirs by name.
    let mut untagged = world.clone();
    untagged.instances.as_mut().unwrap().value[0].member = None;
    assert!(plan(&me, &untagged, &PlanOptions::default()).refusals.is_empty());
}

#[test]
fn a_teams_group_is_refused_whatever_is_expected_or_asked_for() {
    let world = made(&["alice@x.org", "bob@x.org", "carol@x.org"]);
    for me in [alone("alice@x.org"), alone("zoe@x.org")] {
        let options = PlanOptions { leavers: Some(2), delete: vec!["claw-bob".into()] };
        for made in [
            plan(&me, &world, &PlanOptions::default()),
            plan(&me, &world, &options),
            teardown(&me, &world, Extent::Group),
        ] {
            assert!(made.is_empty(), "{:?}", made.steps);
            assert_eq!(made.refusals.len(), 1);
            let refusal = &made.refusals[0];
            assert!(refusal.reason.contains("no team.json") && refusal.reason.contains("claw-bob"), "{refusal:?}");
            assert!(refusal.remedy.contains("--team FILE"), "{refusal:?}");
        }
    }
}

#[test]
fn what_could_not_be_seen_is_nobodys_to_delete() {
    let mut world = made(&["alice@x.org", "bob@x.org"]);
    world.instances = None;
    let made = teardown(&alone("alice@x.org"), &world, Extent::Group);
    assert!(made.is_empty() && made.refusals.len() == 1, "{made:?}");
}
