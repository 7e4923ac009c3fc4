use std::collections::BTreeMap;

use super::*;
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Slug,
    observed::Observed,
    person::ObjectId,
    seen::Seen,
    step::{Action, Risk, Step, StepId},
};

fn prices() -> Prices {
    Prices {
        currency: "USD".into(),
        machine_hour: BTreeMap::from([("Standard_B2s".to_owned(), Micros(41_600))]),
        disk_month: Some(Micros(1_536_000)),
        address_hour: Some(Micros(5_000)),
    }
}

fn instance(name: &str, power: PowerState) -> Instance {
    let empty = serde_json::json!({"name": name, "id": name, "vm_size": "standard_b2s", "provisioning": "",
        "created": null, "power": {"value": power, "at": "1970-01-01T00:00:00Z"}, "tags": {}});
    serde_json::from_value(empty).unwrap()
}

fn step(id: &str, action: Action) -> Step {
    let id = StepId(id.into());
    Step { id, action, risk: Risk::Safe, target: String::new(), description: String::new(), after: Vec::new() }
}

fn create(size: &str, disk: Option<&str>) -> Action {
    Action::CreateMachine {
        machine: "claw-new".into(),
        slug: Slug::from_text("new").unwrap(),
        email: "new@x.org".into(),
        member: ObjectId::new("o"),
        vm_size: size.into(),
        disk: disk.map(str::to_owned),
    }
}

fn world(instances: Vec<Instance>) -> Observed {
    let at = time::OffsetDateTime::UNIX_EPOCH;
    Observed {
        instances: Some(Seen::new(instances, at)),
        resources: Some(Seen::new(Vec::new(), at)),
        ..Observed::default()
    }
}

#[test]
fn running_and_stopped_machines_new_ones_and_gone_ones() {
    let on = instance("claw-on", PowerState::Running);
    let off = instance("claw-off", PowerState::Deallocated);
    let steps = [
        step("create", create("Standard_B2s", None)),
        step("stop", Action::Deallocate { machine: "claw-on".into(), reason: String::new() }),
        step("delete", Action::DeleteMachine { machine: "claw-off".into() }),
    ];
    let cost = of_plan(&steps, &world(vec![on, off]), &prices());
    // 730 h at 0.0416 is 30.368; disk and address are 1.536 + 3.65.
    assert_eq!(cost.before, Some(Micros(30_368_000 + 2 * 5_186_000)));
    assert_eq!(cost.steps["create"], Some(Micros(35_554_000)));
    assert_eq!(cost.steps["stop"], Some(Micros(-30_368_000)));
    assert_eq!(cost.steps["delete"], Some(Micros(-5_186_000)));
    assert_eq!(cost.after, Some(Micros(40_740_000)));
    assert_eq!(cost.after.unwrap().to_string(), "40.74");
}

#[test]
fn a_price_that_nobody_knows_is_unknown_and_not_nothing() {
    let steps = [step("create", create("Standard_X9", None)), step("other", create("Standard_B2s", None))];
    let cost = of_plan(&steps[..1], &world(Vec::new()), &prices());
    assert_eq!((cost.before, cost.after), (Some(Micros(0)), None));
    assert_eq!((cost.unknown.as_slice(), cost.steps["create"]), (&["Standard_X9".to_owned()][..], None));
    // What is known is still said: the disk and the address.
    assert_eq!(cost.after_at_least, Some(Micros(5_186_000)));
    let cost = Cost::Known(cost);
    assert_eq!(cost.of(&steps[0].id).as_deref(), Some("cost unknown"));
    let line = cost.summary();
    assert!(line.starts_with("cost per month: 0.00 → at least 5.19 USD ("), "{line}");
    assert!(line.contains("no price known for Standard_X9"), "{line}");

    let no_prices = of_plan(&steps, &world(vec![instance("claw-a", PowerState::Running)]), &Prices::default());
    assert_eq!((no_prices.before, no_prices.after), (None, None));
    assert_eq!(Micros::from_price(f64::NAN), None);
}

#[test]
fn what_is_unknown_and_goes_away_leaves_a_sum_that_is_known() {
    let mut strange = instance("claw-x", PowerState::Running);
    strange.vm_size = "Standard_X9".into();
    let steps = [step("stop", Action::Deallocate { machine: "claw-x".into(), reason: String::new() })];
    let cost = of_plan(&steps, &world(vec![strange.clone()]), &prices());
    assert_eq!((cost.before, cost.before_at_least), (None, Some(Micros(5_186_000))));
    assert_eq!((cost.after, cost.steps["stop"]), (Some(Micros(5_186_000)), None));
    // Switched off, its size costs nothing and needs no price.
    strange.power.value = PowerState::Deallocated;
    let off = of_plan(&[], &world(vec![strange]), &prices());
    assert_eq!((off.before, off.unknown.len()), (Some(Micros(5_186_000)), 0));
}

#[test]
fn a_fleet_that_could_not_be_seen_is_not_free() {
    let steps = [step("create", create("Standard_B2s", None))];
    let blind = of_plan(&steps, &Observed::default(), &prices());
    assert_eq!((blind.before, blind.after, blind.after_at_least), (None, None, None));
    assert_eq!(blind.steps["create"], Some(Micros(35_554_000)), "its own price is known");
    assert_eq!(Cost::Known(blind).summary(), "cost unknown: the machines could not be seen");

    let stop = [step("stop", Action::Deallocate { machine: "claw-a".into(), reason: String::new() })];
    assert_eq!(of_plan(&stop, &Observed::default(), &prices()).steps["stop"], None);
    let gone = of_plan(&[step("down", Action::DeleteGroup)], &Observed::default(), &prices());
    assert_eq!((gone.before, gone.after, gone.steps["down"]), (None, Some(Micros(0)), None));

    let at = time::OffsetDateTime::UNIX_EPOCH;
    let absent = Observed { group: Some(Seen::new(false, at)), ..Observed::default() };
    assert_eq!(of_plan(&[], &absent, &prices()).before, Some(Micros(0)), "an absent group is seen to hold nothing");
}

#[test]
fn kept_disks_that_could_not_be_seen_make_the_sum_a_least() {
    let mut observed = world(vec![instance("claw-a", PowerState::Running)]);
    observed.resources = None;
    let cost = of_plan(&[], &observed, &prices());
    assert_eq!((cost.before, cost.before_at_least), (None, Some(Micros(35_554_000))));
    let line = Cost::Known(cost).summary();
    assert!(line.contains("at least 35.55 USD") && line.contains("kept disks could not be seen"), "{line}");
}

#[test]
fn old_prices_say_their_age() {
    let mut cost = of_plan(&[], &world(Vec::new()), &prices());
    cost.stale = Some(Stale { days: 20, why: "new ones could not be read: no answer".into() });
    let line = Cost::Known(cost).summary();
    assert!(line.contains("the prices are 20 days old: new ones could not be read: no answer"), "{line}");
}

#[test]
fn a_cost_reads_back_from_json() {
    let known = Cost::Known(of_plan(&[], &world(Vec::new()), &prices()));
    for cost in [known, Cost::Unknown { why: "x".into() }] {
        let text = serde_json::to_string(&cost).unwrap();
        assert_eq!(serde_json::from_str::<Cost>(&text).unwrap(), cost, "{text}");
    }
}

#[test]
fn kept_disks_go_on_costing() {
    let steps = [
        step("keep", Action::KeepDisk { machine: "claw-on".into() }),
        step("delete", Action::DeleteMachine { machine: "claw-on".into() }),
    ];
    let cost = of_plan(&steps, &world(vec![instance("claw-on", PowerState::Running)]), &prices());
    assert_eq!(cost.after, Some(Micros(1_536_000)));
    let again = [step("create", create("Standard_B2s", Some("/disks/d")))];
    assert_eq!(of_plan(&again, &world(Vec::new()), &prices()).steps["create"], Some(Micros(34_018_000)));
}
