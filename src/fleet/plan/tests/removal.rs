//! What `down` does, and what `up` makes of what it left.

use super::model::{apply, desired, found, instance, member, nothing, person, seen};
use crate::fleet::{
    desired::Desired,
    instance::{Instance, PowerState, tag},
    names::Names,
    observed::{DeletedVault, Lock, Observed, Resource},
    person::Resolution,
    plan::{Extent, Plan, PlanOptions, plan, teardown},
    step::{Action, Risk},
};

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|s| s.id.0.as_str()).collect()
}

/// A fleet of `a@x.org` and `b@x.org` after `up`.
fn fleet() -> (Desired, Observed) {
    let team = desired(vec![found("a@x.org"), found("b@x.org")]);
    let world = nothing();
    let up = plan(&team, &world, &PlanOptions::default());
    let mut world = apply(&team, &world, &up);
    for machine in world.instances.clone().unwrap().value {
        let own = [("virtualMachines", ""), ("disks", "-disk")].map(|(kind, end)| {
            let name = format!("{}{end}", machine.name);
            let kind = format!("Microsoft.Compute/{kind}");
            let tags = machine.tags.clone();
            Resource { id: team.names.resource(&kind, &name), kind: kind.to_lowercase(), name, tags }
        });
        world.resources.as_mut().unwrap().value.extend(own);
    }
    (team, world)
}

/// The world after `down --keep-data`.
fn without_machines(team: &Desired, world: &Observed) -> Observed {
    let mut world = apply(team, world, &teardown(team, world, Extent::MachinesOnly));
    // The kept ones are there already.
    let is_kept = |r: &Resource| r.kind.ends_with("/disks") && r.id.starts_with("/subscriptions");
    world.resources.as_mut().unwrap().value.retain(|r| !is_kept(r));
    world
}

#[test]
fn the_group_goes_after_claws_own_lock_and_both_are_shown() {
    let (team, world) = fleet();
    assert!(teardown(&team, &nothing(), Extent::Group).is_empty());
    let made = teardown(&team, &world, Extent::Group);
    assert_eq!(ids(&made), ["remove-lock/claw-keep", "delete-group/rg"]);
    assert_eq!(made.steps[1].after, [made.steps[0].id.clone()]);
    assert!(made.steps[1].description.contains("claw-a, claw-b"), "{:?}", made.steps);
    assert!(made.steps.iter().all(|s| s.risk == Risk::Destroys) && made.refusals.is_empty(), "{made:?}");
}

/// A script through Azure's agent that was cut off leaves its resource below the machine.
#[test]
fn what_runs_on_a_machine_of_claws_is_claws_own() {
    let (team, world) = fleet();
    for kind in ["Microsoft.Compute/virtualMachines/extensions", "Microsoft.Compute/virtualMachines/runCommands"] {
        let with = |machine: &str| {
            let (name, mut world) = (format!("{machine}/claw-1"), world.clone());
            let part = kind.rsplit('/').next().unwrap();
            let id = format!("{}/{part}/claw-1", team.names.machine_id(machine));
            let tags = std::collections::BTreeMap::new();
            world.resources.as_mut().unwrap().value.push(Resource { id, kind: kind.to_lowercase(), name, tags });
            teardown(&team, &world, Extent::Group).refusals
        };
        assert_eq!(with("claw-a"), [], "{kind}");
        assert_eq!(with("claw-stranger").len(), 1, "{kind}");
    }
}

/// Somebody left, and their disk stayed; then others are removed with the group.
#[test]
fn a_kept_disk_that_goes_with_the_group_is_named() {
    let (team, mut world) = fleet();
    let group = |world: &Observed| teardown(&team, world, Extent::Group).steps.pop().unwrap().description;
    assert!(!group(&world).contains("disk"), "{}", group(&world));
    world.instances.as_mut().unwrap().value.retain(|i| i.name != "claw-a");
    world.resources.as_mut().unwrap().value.retain(|r| r.name != "claw-a");
    assert!(group(&world).ends_with("claw-b and all its data, and all data on claw-a-disk"));
    world.instances.as_mut().unwrap().value.clear();
    world.resources.as_mut().unwrap().value.retain(|r| r.name != "claw-b");
    assert!(group(&world).ends_with("among them 2 disks (claw-a-disk, claw-b-disk) and all their data"));
}

#[test]
fn anybody_elses_lock_or_resource_stops_it_and_is_named() {
    let (team, world) = fleet();
    let mut locked = world.clone();
    let lock =
        Lock { id: format!("{}/locks/legal", team.names.group_id()), name: "legal".into(), level: "ReadOnly".into() };
    locked.locks.as_mut().unwrap().value.push(lock);
    assert!(teardown(&team, &locked, Extent::Group).refusals[0].reason.contains("legal (ReadOnly)"));

    for (kind, name) in [
        ("Microsoft.Sql/servers", "ledger"),
        ("Microsoft.Compute/disks", "ledger-disk"),
        ("Microsoft.Compute/virtualMachines", "claw-stranger"),
        ("Microsoft.Network/networkSecurityGroups", "claw-nsg-2"),
    ] {
        let mut shared = world.clone();
        let (id, kind) = (team.names.resource(kind, name), kind.to_lowercase());
        // Tags alone make nothing claw's.
        let tags = [("app".to_owned(), "claw".to_owned())].into();
        shared.resources.as_mut().unwrap().value.push(Resource { id, kind, name: name.into(), tags });
        let made = teardown(&team, &shared, Extent::Group);
        assert!(made.refusals[0].reason.contains(name), "{name}: {made:?}");
    }
    for blind in [
        Observed { locks: None, ..world.clone() },
        Observed { resources: None, ..world.clone() },
        Observed { instances: None, ..world },
    ] {
        let made = teardown(&team, &blind, Extent::Group);
        assert!(made.steps.is_empty() && made.refusals.len() == 1, "{made:?}");
    }
}

#[test]
fn kept_disks_are_continued_by_their_owners_only() {
    let (team, world) = fleet();
    let down = teardown(&team, &world, Extent::MachinesOnly);
    assert_eq!(ids(&down), ["keep-disk/claw-a", "delete-machine/claw-a", "keep-disk/claw-b", "delete-machine/claw-b"]);
    assert_eq!(down.steps[1].after, [down.steps[0].id.clone()], "the disk first");
    let world = without_machines(&team, &world);
    let again = plan(&team, &world, &PlanOptions::default());
    let disks: Vec<&str> = again
        .steps
        .iter()
        .filter_map(|s| match &s.action {
            Action::CreateMachine { disk, .. } => disk.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(disks, ["/disks/claw-a-disk", "/disks/claw-b-disk"]);

    for owner in [None, Some("oid-somebody")] {
        let mut other = world.clone();
        let disk = other.resources.as_mut().unwrap().value.iter_mut().find(|r| r.name == "claw-a-disk").unwrap();
        disk.tags = owner.map(|o| (tag::MEMBER.to_owned(), o.to_owned())).into_iter().collect();
        let made = plan(&team, &other, &PlanOptions::default());
        assert!(!ids(&made).iter().any(|id| id.contains("claw-a")), "{:?}", ids(&made));
        assert!(made.held.iter().any(|h| h.reason.contains("claw-a-disk")), "{:?}", made.held);
    }
}

/// The system on a disk asks for the secret of the name that it was made with.
#[test]
fn a_machine_on_a_kept_disk_is_called_as_before_whatever_its_member_is_called() {
    let (team, world) = fleet();
    let world = without_machines(&team, &world);
    let renamed = member("z@x.org", Resolution::Found { person: person("oid-a") });
    let team = desired(vec![renamed.clone(), found("b@x.org")]);
    let made = plan(&team, &world, &PlanOptions::default());
    let step = made.steps.iter().find(|s| s.id.0 == "create-machine/claw-a").expect("a machine of the same name");
    let Action::CreateMachine { slug, email, disk, .. } = &step.action else { panic!("{step:?}") };
    assert_eq!((slug.as_str(), email.as_str(), disk.as_deref()), ("z", "z@x.org", Some("/disks/claw-a-disk")));
    let granted = |plan: &Plan, secret: &str| {
        let at = team.names.secret_id(secret);
        plan.steps.iter().any(|s| matches!(&s.action, Action::Grant { scope, .. } if *scope == at))
    };
    assert!(granted(&made, "openclaw-a") && !granted(&made, "openclaw-z"), "{made:?}");

    // Somebody who is called so now waits: the name is taken by the disk, and then by the machine.
    let more = desired(vec![renamed, found("b@x.org"), member("a@y.org", Resolution::Found { person: person("new") })]);
    for world in [&world, &apply(&team, &world, &made)] {
        let made = plan(&more, world, &PlanOptions::default());
        assert!(made.held.iter().any(|h| h.target == "a@y.org"), "{:?}", made.held);
        assert!(!made.steps.iter().any(|s| s.description.contains("a@y.org")), "{:?}", ids(&made));
    }
    // A disk that claw has not named says nothing of what its machine is called, and takes nobody's name.
    let mut other = fleet().1;
    let disk = other.resources.as_mut().unwrap().value.iter_mut().find(|r| r.name == "claw-a-disk").unwrap();
    (disk.name, disk.tags) = ("restored-disk".into(), [(tag::MEMBER.to_owned(), "new".to_owned())].into());
    let made = plan(&more, &other, &PlanOptions::default());
    assert!(made.held.iter().any(|h| h.target == "a@y.org" && h.reason.contains("claw-a belongs to")), "{made:?}");
}

#[test]
fn the_disk_of_a_machine_that_never_ran_goes_with_it_unless_it_was_there_before() {
    let (team, mut world) = fleet();
    let never_ran = |machine: &mut Instance, disk: Option<&str>| {
        machine.power.value = PowerState::Unknown;
        (machine.provisioning, machine.host_key, machine.dns_name) = ("Failed".into(), None, None);
        machine.shows_entra_login = false;
        machine.attached_disk = disk.map(str::to_owned);
    };
    let all = &mut world.instances.as_mut().unwrap().value;
    never_ran(&mut all[0], None);
    never_ran(&mut all[1], Some("/disks/claw-b-disk"));
    let down = teardown(&team, &world, Extent::MachinesOnly);
    assert_eq!(ids(&down), ["delete-machine/claw-a", "keep-disk/claw-b", "delete-machine/claw-b"]);
    assert!(down.steps[0].description.contains("claw-a, which never started") && down.steps[0].after.is_empty());

    // Whatever shows that it ran once counts more than a power state that Azure can't tell.
    let steps = |world: &Observed| teardown(&team, world, Extent::MachinesOnly).steps.len();
    let mut pinned = world.clone();
    pinned.instances.as_mut().unwrap().value[0].dns_name = Some("claw-a.example".into());
    let mut extended = world.clone();
    let of_a = world.resources.as_ref().unwrap().value.iter().find(|r| r.name == "claw-a").unwrap();
    let (id, kind) = (format!("{}/extensions/{}", of_a.id, Names::ENTRA_LOGIN), format!("{}/extensions", of_a.kind));
    extended.resources.as_mut().unwrap().value.push(Resource { id, kind, ..of_a.clone() });
    assert_eq!((steps(&world), steps(&pinned), steps(&extended)), (3, 4, 4));

    let again = plan(&team, &world, &PlanOptions::default());
    let disks: Vec<Option<&str>> = again
        .steps
        .iter()
        .filter_map(|s| match &s.action {
            Action::CreateMachine { disk, .. } => Some(disk.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(disks, [None, Some("/disks/claw-b-disk")], "what was begun is finished as it was begun");
}

/// Otherwise every run would want `--leavers`, for ever.
#[test]
fn a_leavers_machine_that_never_came_up_is_told_and_stops_nobody() {
    let (_, mut world) = fleet();
    let machine = world.instances.as_mut().unwrap().value.iter_mut().find(|i| i.name == "claw-b").unwrap();
    machine.power.value = PowerState::Unknown;
    (machine.provisioning, machine.host_key, machine.dns_name) = ("Failed".into(), None, None);
    let id = machine.id.clone();
    let team = desired(vec![found("a@x.org")]);
    let refused = plan(&team, &world, &PlanOptions::default());
    assert!(refused.refusals[0].remedy.contains("--leavers 1"), "their access is still to lose: {refused:?}");

    world.assignments.as_mut().unwrap().value.retain(|a| !a.scope.eq_ignore_ascii_case(&id));
    let made = plan(&team, &world, &PlanOptions::default());
    assert!(made.refusals.is_empty() && made.steps.iter().all(|s| s.target != "claw-b"), "{made:?}");
    let held = made.held.iter().find(|held| held.target == "claw-b").unwrap();
    assert!(held.reason.contains("never come up") && held.remedy.contains("--delete claw-b"), "{held:?}");
}

#[test]
fn what_costs_money_without_a_machine_is_told_and_left_alone() {
    let (team, mut world) = fleet();
    let parts = [("networkInterfaces", "nic"), ("publicIPAddresses", "ip")].map(|(kind, end)| {
        let (kind, name) = (format!("Microsoft.Network/{kind}"), format!("claw-gone-{end}"));
        Resource { id: team.names.resource(&kind, &name), kind: kind.to_lowercase(), name, tags: Default::default() }
    });
    let foreign = Resource { name: "ledger-nic".into(), ..parts[0].clone() };
    let of_a = Resource { name: "claw-a-nic".into(), ..parts[0].clone() };
    world.resources.as_mut().unwrap().value.extend(parts.into_iter().chain([foreign, of_a]));
    let made = plan(&team, &world, &PlanOptions::default());
    let told: Vec<&str> = made.held.iter().map(|h| h.target.as_str()).collect();
    assert_eq!((told.as_slice(), made.steps.len()), (["claw-gone-ip", "claw-gone-nic"].as_slice(), 0), "{made:?}");
    assert!(made.held[0].remedy.contains("/publicIPAddresses/claw-gone-ip"), "{:?}", made.held);

    // Whoever is made under that name takes them up.
    let more = desired(vec![found("a@x.org"), found("b@x.org"), found("gone@x.org")]);
    let made = plan(&more, &world, &PlanOptions::default());
    assert!(made.held.is_empty(), "{:?}", made.held);
}

#[test]
fn a_machine_that_only_has_its_address_is_gone_on_with_whatever_its_member_is_called_now() {
    let (_, mut world) = fleet();
    let kind = "microsoft.network/publicipaddresses".to_owned();
    let address = |name: &str, owner: &str| Resource {
        id: format!("/{name}"),
        kind: kind.clone(),
        name: name.into(),
        tags: [(tag::MEMBER.to_owned(), owner.to_owned())].into(),
    };
    let begun = ["CLAW-old-ip", "claw-older-ip", "claw-a-ip", "ledger-ip"].map(|name| address(name, "OID-new"));
    world.resources.as_mut().unwrap().value.extend(begun);
    let machine = |emails: &[&str]| {
        let made = plan(&desired(emails.iter().map(|e| found(e)).collect()), &world, &PlanOptions::default());
        let made = made.steps.into_iter().filter_map(|step| match step.action {
            Action::CreateMachine { machine, email, .. } => Some((machine, email)),
            _ => None,
        });
        made.collect::<Vec<_>>()
    };
    let pairs = |all: &[(&str, &str)]| -> Vec<_> { all.iter().map(|(m, e)| ((*m).into(), (*e).into())).collect() };
    assert_eq!(machine(&["a@x.org", "b@x.org", "new@x.org"]), pairs(&[("claw-old", "new@x.org")]));
    // Somebody else is called so.
    let both = machine(&["a@x.org", "b@x.org", "new@x.org", "old@x.org"]);
    assert_eq!(both, pairs(&[("claw-older", "new@x.org"), ("claw-old", "old@x.org")]));
}

#[test]
fn a_deleted_vault_is_recovered_before_the_infrastructure_is_deployed() {
    let team = desired(vec![found("a@x.org")]);
    let deleted = DeletedVault { name: team.names.vault(), deleted: "2026-11-20T08:00:00Z".into() };
    let world = Observed { deleted_vault: Some(deleted), ..nothing() };
    let made = plan(&team, &world, &PlanOptions::default());
    let at = |id: &str| made.steps.iter().position(|s| s.id.0.starts_with(id)).unwrap();
    let (recover, infra) = (at("recover-vault/"), at("ensure-infra/"));
    assert!(made.steps[recover].description.contains("2026-11-20"));
    assert_eq!(made.steps[infra].after, [made.steps[recover].id.clone()]);
    assert_eq!(made.steps[recover].after, [made.steps[at("ensure-group/")].id.clone()]);
    assert!(plan(&team, &apply(&team, &world, &made), &PlanOptions::default()).is_empty());
}

#[test]
fn a_missing_login_extension_is_mended_on_a_running_machine() {
    let (team, mut world) = fleet();
    let mut lame = instance(&team.names, "claw-a", Some("oid-a"));
    let all = &mut world.instances.as_mut().unwrap().value;
    let at = all.iter().position(|i| i.name == "claw-a").unwrap();
    (lame.tags, lame.host_key, lame.dns_name) =
        (all[at].tags.clone(), all[at].host_key.clone(), all[at].dns_name.clone());
    lame.shows_entra_login = false;
    all[at] = lame;
    let made = plan(&team, &world, &PlanOptions::default());
    assert_eq!(ids(&made), ["install-entra-login/claw-a"]);

    let id = format!("{}/extensions/{}", team.names.machine_id("claw-a"), Names::ENTRA_LOGIN);
    let mut listed = world.clone();
    let extension = Resource { id, kind: String::new(), name: String::new(), tags: Default::default() };
    listed.resources.as_mut().unwrap().value.push(extension);
    assert!(plan(&team, &listed, &PlanOptions::default()).is_empty(), "the group's list knows better");
    listed.resources = None;
    assert!(
        !ids(&plan(&team, &listed, &PlanOptions::default())).contains(&"install-entra-login/claw-a"),
        "unseen is not absent"
    );

    world.instances.as_mut().unwrap().value[at].power = seen(PowerState::Deallocated);
    let made = plan(&team, &world, &PlanOptions::default());
    assert!(ids(&made).is_empty() && made.held[0].remedy.contains("start"), "{made:?}");
}

#[test]
fn the_budget_follows_the_team_and_may_be_refused() {
    let (mut team, mut world) = fleet();
    assert_eq!(world.budget, Some(seen(Some(60))));
    world.budget = Some(seen(Some(90)));
    assert_eq!(ids(&plan(&team, &world, &PlanOptions::default())), ["ensure-budget/claw-monthly"]);
    let unseen = Observed { budget: None, ..world.clone() };
    assert!(plan(&team, &unseen, &PlanOptions::default()).is_empty());
    team.fleet.budget_per_machine = 0;
    assert!(plan(&team, &world, &PlanOptions::default()).is_empty());
}
