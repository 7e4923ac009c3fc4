//! Azure's own daily stop of machines.

use std::collections::BTreeMap;

use super::model::{apply, desired, found, nothing, seen};
use crate::fleet::{
    desired::Desired,
    idle::nightly::Nightly,
    names::{Names, Slug},
    observed::{Observed, Schedule, UnderWay},
    person::ObjectId,
    plan::{Extent, Plan, PlanOptions, plan, teardown},
};

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|s| s.id.0.as_str()).filter(|id| id.contains("shutdown")).collect()
}

/// A team of two of whom `a` asked for this.
fn asked(time: Option<&str>, zone: Option<&str>) -> Desired {
    let nightly = |time: &str| Nightly { time: time.into(), zone: zone.map(str::to_owned) };
    let shutdowns = time.map(|time| (Slug::from_text("a").unwrap(), nightly(time)));
    Desired { shutdowns: Some(BTreeMap::from_iter(shutdowns)), ..desired(vec![found("a@x.org"), found("b@x.org")]) }
}

fn plan_for(desired: &Desired, world: &Observed) -> Plan {
    plan(desired, world, &PlanOptions::default())
}

#[test]
fn it_is_made_with_the_machine_changed_and_taken_away() {
    let evening = asked(Some("1900"), Some("UTC"));
    let first = plan_for(&evening, &nothing());
    assert_eq!(ids(&first), ["set-shutdown/claw-a"]);
    let step = first.steps.iter().find(|s| s.id.0 == "set-shutdown/claw-a").unwrap();
    assert_eq!(step.after[0].0, "create-machine/claw-a");
    assert_eq!(step.description, "have claw-a stopped by Azure every day at 19:00 (UTC)");
    let world = apply(&evening, &nothing(), &first);
    assert_eq!(ids(&plan_for(&evening, &world)), [""; 0]);

    let later = plan_for(&asked(Some("2030"), Some("UTC")), &world);
    assert!(later.steps[0].description.starts_with("change claw-a to be stopped"), "{later:?}");
    assert_eq!(ids(&plan_for(&asked(None, None), &world)), ["remove-shutdown/claw-a"]);
}

#[test]
fn what_is_unknown_or_somebody_elses_is_left_alone() {
    let evening = asked(Some("1900"), Some("UTC"));
    let world = apply(&evening, &nothing(), &plan_for(&evening, &nothing()));
    let unreadable = Desired { shutdowns: None, ..evening.clone() };
    assert_eq!(ids(&plan_for(&unreadable, &world)), [""; 0]);
    let unseen = Observed { schedules: None, ..world.clone() };
    let later = plan_for(&asked(Some("2030"), Some("UTC")), &unseen);
    assert_eq!((ids(&later).len(), later.held[0].reason.as_str()), (0, "its daily stop could not be seen"));
    let before = Desired { members: vec![found("b@x.org")], ..evening.clone() };
    let before = apply(&before, &nothing(), &plan_for(&before, &nothing()));
    let unseen = Observed { schedules: None, ..before };
    assert_eq!(ids(&plan_for(&evening, &unseen)), ["set-shutdown/claw-a"], "a new machine has none yet");
    let mut portal = world.clone();
    portal.schedules.as_mut().unwrap().value[0].is_own = false;
    assert_eq!(ids(&plan_for(&asked(None, None), &portal)), [""; 0]);
    let strange = plan_for(&asked(Some("1900"), None), &world);
    assert!(strange.held[0].reason.contains("Windows' names") && ids(&strange).is_empty(), "{strange:?}");
}

#[test]
fn one_whose_machine_is_gone_goes_and_down_takes_it_for_claws_own() {
    let team = asked(None, None);
    let mut world = apply(&team, &nothing(), &plan_for(&team, &nothing()));
    let name = Names::shutdown("claw-gone");
    let orphan = Schedule { name, time: "1900".into(), zone: "UTC".into(), enabled: true, is_own: true };
    world.schedules = Some(seen(vec![orphan]));
    assert_eq!(ids(&plan_for(&team, &world)), ["remove-shutdown/claw-gone"]);
    let coming = UnderWay { machine: "CLAW-gone".into(), member: ObjectId::new("oid-gone") };
    let another_makes_it = Observed { under_way: Some(seen(vec![coming])), ..world.clone() };
    assert_eq!(ids(&plan_for(&team, &another_makes_it)), [""; 0]);
    assert_eq!(ids(&plan_for(&team, &Observed { under_way: None, ..world.clone() })), [""; 0]);
    let listed = |name: &str| crate::fleet::observed::Resource {
        id: team.names.resource("Microsoft.DevTestLab/schedules", name),
        kind: "microsoft.devtestlab/schedules".into(),
        name: name.into(),
        tags: BTreeMap::new(),
    };
    world.resources.as_mut().unwrap().value.push(listed("shutdown-computevm-claw-gone"));
    assert_eq!(teardown(&team, &world, Extent::Group).refusals, []);
    world.resources.as_mut().unwrap().value.push(listed("shutdown-computevm-other"));
    assert_eq!(teardown(&team, &world, Extent::Group).refusals.len(), 1);
}
