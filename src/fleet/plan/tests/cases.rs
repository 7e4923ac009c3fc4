use super::model::*;
use crate::fleet::{
    desired::DesiredOperator,
    instance::PowerState,
    observed::{Assignment, FleetIdentity, Observed, UnderWay},
    person::{ObjectId, Resolution},
    plan::{Extent, Plan, PlanOptions, plan, role, teardown},
    step::{Action, Risk},
};

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|s| s.id.0.as_str()).collect()
}

fn ready(emails: &[&str]) -> Observed {
    let team = desired(emails.iter().map(|e| found(e)).collect());
    apply(&team, &nothing(), &plan(&team, &nothing(), &PlanOptions::default()))
}

fn plan_for(emails: &[&str], world: &Observed, options: &PlanOptions) -> Plan {
    plan(&desired(emails.iter().map(|e| found(e)).collect()), world, options)
}

const TEN: [&str; 10] =
    ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org", "f@x.org", "g@x.org", "h@x.org", "i@x.org", "j@x.org"];

#[test]
fn an_empty_subscription_gets_everything_in_order() {
    let made = plan_for(&["bob@x.org", "alice@x.org"], &nothing(), &PlanOptions::default());
    let found = ids(&made);
    assert_eq!(found[..2], ["ensure-group/rg", "ensure-infra/claw-infra"]);
    assert_eq!(
        found[found.len() - 6..],
        [
            "create-machine/claw-alice",
            "grant/claw-alice/key-vault-secrets-user",
            "pin-host-key/claw-alice",
            "create-machine/claw-bob",
            "grant/claw-bob/key-vault-secrets-user",
            "pin-host-key/claw-bob",
        ]
    );
    assert!(made.refusals.is_empty() && made.held.is_empty());
}

#[test]
fn a_single_leaver_of_ten_loses_access_and_is_stopped() {
    let made = plan_for(&TEN[..9], &ready(&TEN), &PlanOptions::default());
    assert!(made.refusals.is_empty(), "{:?}", made.refusals);
    assert_eq!(made.steps.iter().filter(|s| s.risk == Risk::Access).count(), 2);
    assert_eq!(ids(&made).last(), Some(&"deallocate/claw-j"));
    assert_eq!(made.steps.last().unwrap().after.len(), 2, "access goes first");
}

#[test]
fn more_leavers_than_expected_are_refused() {
    let world = ready(&TEN);
    for (left, leavers, refused) in [(8, None, true), (8, Some(1), true), (8, Some(2), false), (2, Some(8), false)] {
        let made = plan_for(&TEN[..left], &world, &PlanOptions { leavers, delete: vec![] });
        assert_eq!(!made.refusals.is_empty(), refused, "{left} {leavers:?} {:?}", made.refusals);
    }
    // Off, as all of a night are: they have their access to lose all the same.
    let mut world = ready(&TEN);
    for instance in &mut world.instances.as_mut().unwrap().value {
        instance.power.value = PowerState::Deallocated;
    }
    let made = plan_for(&TEN[..2], &world, &PlanOptions::default());
    assert!(made.refusals[0].reason.starts_with("8 of 10 lose access"), "{:?}", made.refusals);
    // Three of eight are stopped already, as after a run that was cut off.
    let mut world = ready(&TEN);
    let gone: Vec<String> = world.instances.as_mut().unwrap().value[7..]
        .iter_mut()
        .map(|instance| {
            instance.power.value = PowerState::Deallocated;
            instance.id.clone()
        })
        .collect();
    world.assignments.as_mut().unwrap().value.retain(|a| !gone.iter().any(|id| id.eq_ignore_ascii_case(&a.scope)));
    for (leavers, refused) in [(4, true), (5, false), (8, false), (9, true)] {
        let made = plan_for(&TEN[..2], &world, &PlanOptions { leavers: Some(leavers), delete: vec![] });
        assert_eq!(!made.refusals.is_empty(), refused, "{leavers} {:?}", made.refusals);
    }
    // One of the three whose deletion was asked for is gone already: the same command goes on.
    let mut world = ready(&TEN);
    let delete: Vec<String> = ["claw-h", "claw-i", "claw-j"].map(str::to_owned).into();
    world.instances.as_mut().unwrap().value.retain(|i| i.name != "claw-j");
    for (leavers, refused) in [(2, false), (3, false), (4, true)] {
        let made = plan_for(&TEN[..7], &world, &PlanOptions { leavers: Some(leavers), delete: delete.clone() });
        assert_eq!(!made.refusals.is_empty(), refused, "{leavers} {:?}", made.refusals);
    }
    let small = plan_for(&["a@x.org"], &ready(&["a@x.org", "b@x.org"]), &PlanOptions::default());
    assert!(small.refusals[0].remedy.contains("--leavers 1"), "{:?}", small.refusals);
}

#[test]
fn a_deletion_is_planned_only_by_name_and_only_for_a_leaver() {
    let world = ready(&TEN);
    let asked = |name: &str| PlanOptions { leavers: None, delete: vec![name.into()] };
    let made = plan_for(&TEN[..9], &world, &asked("claw-j"));
    assert_eq!(ids(&made).last(), Some(&"delete-machine/claw-j"));
    assert_eq!(made.steps.last().unwrap().after.len(), 2, "role assignments go before the VM");
    for name in ["claw-a", "zoe", "claw-Zoe", "*"] {
        let made = plan_for(&TEN[..9], &world, &asked(name));
        assert_eq!(made.refusals.len(), 1, "{name}");
        assert!(!ids(&made).iter().any(|i| i.starts_with("delete")), "{name}");
    }
    // Who may log in is taken away first, and that could not be seen.
    let mut unseen = world.clone();
    unseen.assignments = None;
    let made = plan_for(&TEN[..9], &unseen, &asked("claw-j"));
    assert!(!ids(&made).iter().any(|i| i.starts_with("delete")), "{:?}", ids(&made));
    assert!(made.held.iter().any(|h| h.target == "claw-j" && h.reason.contains("could not be seen")));
    // Gone already, as after a run that was cut off.
    let made = plan_for(&TEN[..9], &world, &asked("claw-zoe"));
    assert!(made.refusals.is_empty() && made.held.iter().any(|h| h.target == "claw-zoe"), "{:?}", made.held);
    assert!(!ids(&made).iter().any(|i| i.starts_with("delete")));
}

#[test]
fn a_name_that_belongs_to_somebody_else_is_held() {
    let mut world = ready(&["alice@x.org"]);
    world.instances.as_mut().unwrap().value[0].member = Some(ObjectId::new("oid-another-alice"));
    let made = plan_for(&["alice@x.org", "b@x.org"], &world, &PlanOptions { leavers: Some(1), delete: vec![] });
    assert!(
        made.held.iter().any(|h| h.target == "alice@x.org" && h.reason.contains("another member")),
        "{:?}",
        made.held
    );
    assert!(!ids(&made).contains(&"create-machine/claw-alice"));
}

/// Somebody was given the address whose name a leaver's machine still has, and the directory can't say so yet.
#[test]
fn a_machine_of_the_same_name_does_not_make_a_leaver_of_whoever_was_renamed() {
    let mut world = ready(&[&TEN[..], &["z@y.org"]].concat());
    let of_who_left = world.instances.as_mut().unwrap().value.iter_mut().find(|i| i.name == "claw-z").unwrap();
    of_who_left.power.value = PowerState::Deallocated;
    for resolution in [Resolution::NotFound, Resolution::Unknown { reason: "503".into() }] {
        let team = [member("z@x.org", resolution)].into_iter().chain(TEN[1..].iter().map(|e| found(e)));
        let team = desired(team.collect());
        let made = plan(&team, &world, &PlanOptions::default());
        assert_eq!(ids(&made), [""; 0]);
        assert!(made.held.iter().any(|h| h.reason.starts_with("z@x.org could not be told from those who left")));
        let made = plan(&team, &world, &PlanOptions { leavers: None, delete: vec!["claw-a".into()] });
        assert!(made.refusals[0].reason.contains("not certain who left"), "{:?}", made.refusals);
    }
}

#[test]
fn a_machine_that_names_somebody_else_is_not_given_away_with_its_name() {
    let mut world = ready(&["alice@x.org"]);
    world.instances.as_mut().unwrap().value[0].member = None;
    let team = desired(vec![member("alice@y.org", Resolution::Found { person: person("oid-other") })]);
    let made = plan(&team, &world, &PlanOptions::default());
    assert_eq!(ids(&made), [""; 0]);
    assert_eq!(made.held[0].reason, "the machine claw-alice names alice@x.org");
    assert!(made.held[0].remedy.contains("claw-member=oid-other"), "{:?}", made.held);
    world.instances.as_mut().unwrap().value[0].email = None;
    assert!(ids(&plan(&team, &world, &PlanOptions::default())).contains(&"retag/claw-alice"));
}

/// Azure keeps the assignments of a deleted VM for a while, and a machine can be handed over by its tag.
#[test]
fn whoever_had_a_machine_of_this_name_keeps_no_role_at_it() {
    let before = ready(&["bob@x.org", "c@x.org"]);
    let of_bob = |a: &&Assignment| a.principal == ObjectId::new("oid-bob") && a.scope.ends_with("CLAW-BOB");
    let given = before.assignments.iter().flat_map(|seen| &seen.value).find(of_bob).unwrap();
    let by_hand = Assignment { id: "/x/by-hand".into(), ..given.clone() };
    let revoked = |plan: &Plan| ids(plan).iter().filter(|id| id.starts_with("revoke/claw-bob/")).count();
    let team =
        |id: &str| desired(vec![member("bob@y.org", Resolution::Found { person: person(id) }), found("c@x.org")]);

    // Deleted in the portal, and another of that name is in the team.
    let mut gone = before.clone();
    gone.instances.as_mut().unwrap().value.retain(|i| i.name != "claw-bob");
    gone.assignments.as_mut().unwrap().value.push(by_hand);
    let made = plan(&team("oid-other"), &gone, &PlanOptions::default());
    assert_eq!(revoked(&made), 2, "{:?}", ids(&made));
    let create = made.steps.iter().find(|s| s.id.0 == "create-machine/claw-bob").unwrap();
    assert_eq!(create.after.iter().filter(|id| id.0.starts_with("revoke/")).count(), 2, "gone before it is made");
    let after = apply(&team("oid-other"), &gone, &made);
    let left: Vec<&Assignment> = after.assignments.iter().flat_map(|seen| &seen.value).filter(of_bob).collect();
    assert_eq!(left.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["/x/by-hand"], "that is not claw's");
    assert!(plan(&team("oid-other"), &after, &PlanOptions::default()).is_empty());
    // Whose it was comes back to it.
    assert_eq!(revoked(&plan(&team("oid-bob"), &gone, &PlanOptions::default())), 0);

    // Handed over by its tag.
    let mut handed = before.clone();
    handed.instances.as_mut().unwrap().value[0].member = Some(ObjectId::new("oid-other"));
    handed.instances.as_mut().unwrap().value[0].tags.insert("claw-member".into(), "oid-other".into());
    let made = plan(&team("oid-other"), &handed, &PlanOptions::default());
    assert_eq!(revoked(&made), 2, "{:?}", ids(&made));
    let after = apply(&team("oid-other"), &handed, &made);
    assert!(plan(&team("oid-other"), &after, &PlanOptions::default()).is_empty());
}

#[test]
fn who_is_not_exactly_one_enabled_person_is_held_and_keeps_the_machine() {
    let world = ready(&["a@x.org", "b@x.org"]);
    for resolution in [
        Resolution::NotFound,
        Resolution::Disabled { person: person("oid-b") },
        Resolution::Ambiguous { candidates: vec![person("x"), person("y")] },
        Resolution::Unknown { reason: "403".into() },
    ] {
        let made =
            plan(&desired(vec![found("a@x.org"), member("b@x.org", resolution)]), &world, &PlanOptions::default());
        assert_eq!((ids(&made).len(), made.held.len(), made.refusals.len()), (0, 1, 0), "{made:?}");
        assert!(!made.held[0].remedy.is_empty());
    }
}

#[test]
fn an_entry_that_could_not_be_read_makes_nobody_a_leaver() {
    let mut team = desired(TEN[..9].iter().map(|e| found(e)).collect());
    team.unread_members = vec!["members[9].email".into()];
    let made = plan(&team, &ready(&TEN), &PlanOptions::default());
    assert_eq!(ids(&made), [""; 0]);
    assert!(made.held[0].reason.contains("members[9].email"), "{:?}", made.held);
}

#[test]
fn what_could_not_be_seen_decides_nothing() {
    let blind = Observed { group: Some(seen(true)), gaps: vec!["list machines: 503".into()], ..Observed::default() };
    let made = plan_for(&["a@x.org"], &blind, &PlanOptions::default());
    assert!(made.steps.is_empty() && made.refusals[0].reason.contains("503"));

    let mut world = ready(&["a@x.org"]);
    world.assignments = None;
    assert_eq!(ids(&plan_for(&["a@x.org"], &world, &PlanOptions::default())), [""; 0]);

    // Their disk may have been kept, and the vault may be gone.
    let mut world = ready(&["a@x.org"]);
    (world.resources, world.caller) = (None, Some(ObjectId::new("oid-another")));
    let made = plan_for(&["a@x.org", "b@x.org"], &world, &PlanOptions::default());
    assert_eq!(ids(&made), ["ensure-budget/claw-monthly"]);
    let held: Vec<_> = made.held.iter().map(|held| held.target.as_str()).collect();
    assert_eq!(held, ["claw-infra", "b@x.org"], "{:?}", made.held);
    assert!(world.is_partial() && !ready(&["a@x.org"]).is_partial() && !nothing().is_partial());

    // Nor is a role given at a vault that nobody saw, whoever it is for.
    world.fleet_identity = Some(FleetIdentity { principal_id: ObjectId::new("oid-fleet"), client_id: "c".into() });
    world.assignments = Some(seen(Vec::new()));
    let made = plan_for(&["a@x.org"], &world, &PlanOptions::default());
    assert!(!ids(&made).iter().any(|id| id.contains("secrets")), "{:?}", ids(&made));
    let machine = &mut world.instances.as_mut().unwrap().value[0];
    (machine.provisioning, machine.power, machine.host_key) = ("Failed".into(), seen(PowerState::Unknown), None);
    let made = plan_for(&["a@x.org"], &world, &PlanOptions::default());
    assert!(!ids(&made).iter().any(|id| id.starts_with("create")), "{:?}", ids(&made));

    // Who had a machine of that name may still have roles at it.
    let mut world = ready(&["a@x.org", "b@x.org"]);
    world.assignments = None;
    world.instances.as_mut().unwrap().value[1].member = None;
    let made = plan_for(&["a@x.org", "b@x.org", "c@x.org"], &world, &PlanOptions::default());
    let held: Vec<_> = made.held.iter().map(|held| held.target.as_str()).collect();
    assert_eq!((ids(&made), held), (vec!["ensure-budget/claw-monthly"], vec!["access", "b@x.org", "c@x.org"]));

    let mut world = ready(&TEN);
    for i in &mut world.instances.as_mut().unwrap().value {
        i.power = seen(PowerState::Unknown);
    }
    let made = plan_for(&TEN[..9], &world, &PlanOptions::default());
    assert!(!ids(&made).iter().any(|i| i.starts_with("deallocate")), "unknown is not running");
    assert!(made.held.iter().any(|h| h.target == "claw-j"));
}

#[test]
fn a_machine_that_is_being_made_is_not_made_twice_and_not_torn_down_unseen() {
    let team = desired(vec![found("alice@x.org")]);
    let making = |machine: &str, member: &str| {
        let under_way = vec![UnderWay { machine: machine.into(), member: ObjectId::new(member) }];
        Observed { group: Some(seen(true)), under_way: Some(seen(under_way)), ..nothing() }
    };
    let made = |world: &Observed| plan(&team, world, &PlanOptions::default());
    let makes = |plan: &Plan| plan.steps.iter().any(|s| matches!(s.action, Action::CreateMachine { .. }));
    // Called by another name when the command before was cut off.
    let renamed = made(&making("claw-old", "oid-alice"));
    assert!(!makes(&renamed) && renamed.held[0].reason.contains("claw-old is still being made for the same person"));
    // Somebody else's, under this name.
    let taken = made(&making("claw-alice", "oid-bob"));
    assert!(!makes(&taken) && taken.held[0].reason.contains("another member"), "{:?}", taken.held);
    // The same again joins the one that runs.
    assert!(makes(&made(&making("claw-alice", "oid-alice"))));
    let blind = made(&Observed { under_way: None, ..making("", "") });
    assert!(!makes(&blind) && blind.held[0].reason.contains("could not be seen"), "{:?}", blind.held);

    let down = teardown(&team, &making("claw-alice", "oid-alice"), Extent::Group);
    assert!(down.refusals[0].reason.contains("claw-alice is still being made"), "{down:?}");
    let unseen = Observed { under_way: None, ..making("", "") };
    for extent in [Extent::Group, Extent::MachinesOnly] {
        assert!(teardown(&team, &unseen, extent).refusals[0].reason.contains("could not be seen"));
    }
}

#[test]
fn two_addresses_of_one_person_are_held() {
    let twin = |e: &str| member(e, Resolution::Found { person: person("oid-same") });
    let made = plan(&desired(vec![twin("a@x.org"), twin("b@x.org")]), &ready(&[]), &PlanOptions::default());
    assert_eq!(made.held.len(), 2);
    assert!(made.steps.is_empty(), "{:?}", ids(&made));
}

#[test]
fn changed_settings_deploy_the_infrastructure_again_and_no_machine() {
    let mut team = desired(vec![found("a@x.org")]);
    let world = ready(&["a@x.org"]);
    team.infra_fingerprint = "f2".into();
    assert_eq!(ids(&plan(&team, &world, &PlanOptions::default())), ["ensure-infra/claw-infra"]);
}

#[test]
fn another_size_is_told_and_not_touched() {
    let world = ready(&["a@x.org", "b@x.org", "c@x.org"]);
    let mut members: Vec<_> = ["a@x.org", "b@x.org", "c@x.org"].iter().map(|e| found(e)).collect();
    members[1].member.vm_size = Some("Standard_B2ms".into());
    members[2].member.vm_size = Some("standard_b2S".into());
    let made = plan(&desired(members.clone()), &world, &PlanOptions::default());
    assert!(made.is_empty() && made.refusals.is_empty() && made.held.is_empty(), "{made:?}");
    let told: Vec<_> =
        made.differences.iter().map(|d| (d.target.as_str(), d.have.as_str(), d.wanted.as_str())).collect();
    assert_eq!(told, [("claw-b", "Standard_B2s", "Standard_B2ms")], "case is no difference");
    assert!(made.differences[0].remedy.contains("az vm resize -g rg -n claw-b --size Standard_B2ms"));

    // The fleet's own size counts where a member has none.
    let mut team = desired(members);
    team.fleet.vm_size = "Standard_D2s_v5".into();
    let made = plan(&team, &world, &PlanOptions::default());
    let told: Vec<&str> = made.differences.iter().map(|d| d.target.as_str()).collect();
    assert_eq!(told, ["claw-a", "claw-b"]);

    // What was not seen is no difference.
    let mut unseen = ready(&["a@x.org"]);
    unseen.instances.as_mut().unwrap().value[0].vm_size = String::new();
    assert!(plan_for(&["a@x.org"], &unseen, &PlanOptions::default()).differences.is_empty());
}

#[test]
fn a_thousand_members_are_planned_by_looking_everything_up_once() {
    let emails: Vec<String> = (0..1000).map(|n| format!("m{n}@x.org")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let world = ready(&emails);
    assert!(plan_for(&emails, &world, &PlanOptions::default()).is_empty());
}

#[test]
fn who_is_no_operator_any_more_loses_what_claw_gave_and_nothing_else() {
    let mut world = ready(&["bob@x.org"]);
    let scope = desired(Vec::new()).names.group_id();
    let admins = |world: &mut Observed, id: &str, by: &str| {
        let assignment = Assignment {
            id: format!("{scope}/assignments/{by}"),
            scope: scope.clone(),
            principal: ObjectId::new(id),
            role: role::VM_ADMIN_LOGIN.into(),
        };
        world.assignments.as_mut().unwrap().value.push(assignment);
    };
    // Given by somebody else: claw leaves that alone.
    admins(&mut world, "oid-peter", "0b1f6471-1bf0-4dda-aec3-cb9272f09590");
    let mut team = desired(vec![found("bob@x.org")]);
    assert!(plan(&team, &world, &PlanOptions::default()).is_empty());

    let olga = team.operators.remove(0);
    let made = plan(&team, &world, &PlanOptions::default());
    assert_eq!(ids(&made), ["revoke/rg/oid-olga"]);
    assert_eq!(made.steps[0].risk, Risk::Access);
    let after = apply(&team, &world, &made);
    assert!(plan(&team, &after, &PlanOptions::default()).is_empty());

    // She ran claw, which gave her the secrets: they go first. A disabled account beside her hides nobody.
    let mut ran = world.clone();
    ran.caller = Some(ObjectId::new("oid-olga"));
    team.operators.push(olga.clone());
    let given = plan(&team, &ran, &PlanOptions::default());
    let mut ran = apply(&team, &ran, &given);
    team.operators.clear();
    ran.caller = Some(ObjectId::new("oid-caller"));
    let disabled = Resolution::Disabled { person: person("oid-dora") };
    team.operators.push(DesiredOperator { email: "dora@x.org".into(), resolution: disabled });
    let made = plan(&team, &ran, &PlanOptions::default());
    let vault = team.names.vault();
    assert_eq!(ids(&made), [format!("revoke/{vault}/oid-olga"), "revoke/rg/oid-olga".into()]);
    assert_eq!(made.steps[1].after, [made.steps[0].id.clone()]);
    team.operators.clear();

    // Somebody who can't be looked up may be her.
    team.operators.push(DesiredOperator { email: "o@x.org".into(), resolution: Resolution::NotFound });
    assert!(plan(&team, &world, &PlanOptions::default()).steps.is_empty());
    // An entry that can't be read may be hers.
    team.operators = Vec::new();
    team.unread_operators = true;
    assert!(plan(&team, &world, &PlanOptions::default()).steps.is_empty());
    team.unread_operators = false;
    // Alone, nobody else is decided about.
    team.alone = true;
    assert!(!ids(&plan(&team, &world, &PlanOptions::default())).contains(&"revoke/rg/oid-olga"));
    team.alone = false;
    team.operators = vec![olga];
    assert!(plan(&team, &world, &PlanOptions::default()).is_empty());
}
