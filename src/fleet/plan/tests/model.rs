//! A small pure model of what applying a plan does to the world, and builders for both sides.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::fleet::{
    desired::{Desired, DesiredMember, DesiredOperator},
    instance::{Instance, PowerState, tag},
    member::Member,
    names::{Names, Slug},
    observed::{Assignment, FleetIdentity, Lock, Observed, Resource, Schedule},
    person::{ObjectId, Person, Resolution},
    plan::{Plan, role},
    seen::Seen,
    step::{Action, Principal},
};

pub const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

pub fn seen<T>(value: T) -> Seen<T> {
    Seen::new(value, NOW)
}

pub fn person(id: &str) -> Person {
    Person { object_id: ObjectId::new(id), user_principal_name: format!("{id}@x.org"), display_name: id.into() }
}

pub fn member(email: &str, resolution: Resolution) -> DesiredMember {
    let slug = Slug::from_text(email.split('@').next().unwrap()).unwrap();
    let member = Member { email: email.into(), slug, vm_size: None, config: None, idle: Default::default(), line: 1 };
    DesiredMember { member, resolution }
}

/// A member whose object ID is `oid-<local part>`.
pub fn found(email: &str) -> DesiredMember {
    let id = format!("oid-{}", email.split('@').next().unwrap());
    member(email, Resolution::Found { person: person(&id) })
}

pub fn desired(members: Vec<DesiredMember>) -> Desired {
    let names = Names { subscription: "s".into(), resource_group: "rg".into(), location: "eastus2".into() };
    let resolution = Resolution::Found { person: person("oid-olga") };
    Desired {
        members,
        operators: vec![DesiredOperator { email: "olga@x.org".into(), resolution }],
        shutdowns: Some(Default::default()),
        infra_fingerprint: "f1".into(),
        ..Desired::nobody(names)
    }
}

/// An empty subscription.
pub fn nothing() -> Observed {
    Observed {
        group: Some(seen(false)),
        resources: Some(seen(Vec::new())),
        instances: Some(seen(Vec::new())),
        assignments: Some(seen(Vec::new())),
        locks: Some(seen(Vec::new())),
        under_way: Some(seen(Vec::new())),
        budget: Some(seen(None)),
        schedules: Some(seen(Vec::new())),
        caller: Some(ObjectId::new("oid-caller")),
        ..Observed::default()
    }
}

pub fn instance(names: &Names, name: &str, member: Option<&str>) -> Instance {
    let mut tags = BTreeMap::new();
    tags.extend(member.map(|m| (tag::MEMBER.to_owned(), m.to_owned())));
    Instance {
        name: name.into(),
        id: names.machine_id(name),
        member: member.map(ObjectId::new),
        slug: None,
        email: None,
        vm_size: "Standard_B2s".into(),
        power: seen(PowerState::Running),
        provisioning: "Succeeded".into(),
        principal_id: Some(ObjectId::new(&format!("identity-{name}"))),
        public_ip: Some("198.18.0.1".into()),
        dns_name: None,
        host_key: None,
        shows_entra_login: true,
        attached_disk: None,
        created: None,
        tags,
    }
}

/// What the world looks like after every step of a plan was carried out.
pub fn apply(desired: &Desired, observed: &Observed, plan: &Plan) -> Observed {
    let mut after = observed.clone();
    for step in &plan.steps {
        act(desired, &mut after, &step.action);
    }
    after
}

fn instances(observed: &mut Observed) -> &mut Vec<Instance> {
    &mut observed.instances.as_mut().unwrap().value
}

fn find<'a>(observed: &'a mut Observed, name: &str) -> &'a mut Instance {
    instances(observed).iter_mut().find(|i| i.name == name).expect("a step on a machine that is not there")
}

fn assign(observed: &mut Observed, scope: &str, principal: &ObjectId, role: &str) {
    let id = format!("{scope}/assignments/{}", role::assignment_name(scope, principal, role));
    let assignment = Assignment { id, scope: scope.to_uppercase(), principal: principal.clone(), role: role.into() };
    observed.assignments.as_mut().unwrap().value.push(assignment);
}

fn act(desired: &Desired, world: &mut Observed, action: &Action) {
    let names = &desired.names;
    match action {
        Action::EnsureGroup => world.group = Some(seen(true)),
        Action::RecoverVault { .. } => world.deleted_vault = None,
        Action::EnsureInfra => ensure_infra(desired, world),
        Action::EnsureBudget { amount } => world.budget = Some(seen(Some(*amount))),
        Action::RemoveLock { lock } => world.locks.as_mut().unwrap().value.retain(|l| &l.id != lock),
        Action::InstallEntraLogin { machine } => find(world, machine).shows_entra_login = true,
        Action::KeepDisk { machine } => keep_disk(world, machine),
        Action::CreateMachine { machine, slug, email, member, .. } => {
            assert!(!instances(world).iter().any(|i| &i.name == machine), "{machine} exists already");
            let mut new = instance(names, machine, Some(member.as_str()));
            (new.slug, new.email) = (Some(slug.clone()), Some(email.clone()));
            new.tags.insert(tag::SLUG.into(), slug.to_string());
            new.tags.insert(tag::EMAIL.into(), email.clone());
            instances(world).push(new);
            for role in [role::VM_USER_LOGIN, role::POWER_ON_OFF] {
                assign(world, &names.machine_id(machine), member, role);
            }
        }
        Action::Grant { scope, principal, role, .. } => {
            let principal = match principal {
                Principal::Known { object_id, .. } => object_id.clone(),
                Principal::IdentityOf { machine } => find(world, machine).principal_id.clone().unwrap(),
                Principal::FleetIdentity => world.fleet_identity.clone().unwrap().principal_id,
            };
            assign(world, scope, &principal, role);
        }
        Action::Revoke { assignment, .. } => {
            world.assignments.as_mut().unwrap().value.retain(|a| &a.id != assignment);
        }
        Action::PinHostKey { machine } => {
            let machine = find(world, machine);
            (machine.host_key, machine.dns_name) = (Some("ssh-ed25519 AAAA".into()), Some("x".into()));
        }
        Action::Retag { machine, tags } => {
            let machine = find(world, machine);
            machine.tags.extend(tags.clone());
            machine.member = machine.tags.get(tag::MEMBER).map(|m| ObjectId::new(m));
            machine.slug = machine.tags.get(tag::SLUG).and_then(|s| Slug::from_text(s));
            machine.email = machine.tags.get(tag::EMAIL).cloned();
        }
        Action::Start { machine } => find(world, machine).power = seen(PowerState::Running),
        Action::Deallocate { machine, .. } => find(world, machine).power = seen(PowerState::Deallocated),
        Action::DeleteMachine { machine } => {
            instances(world).retain(|i| &i.name != machine);
            world.schedules.as_mut().unwrap().value.retain(|s| !s.is_of(machine));
        }
        Action::SetShutdown { machine, time, zone } => {
            let schedules = &mut world.schedules.as_mut().unwrap().value;
            schedules.retain(|s| !s.is_of(machine));
            let (name, time, zone) = (Names::shutdown(machine), time.clone(), zone.clone());
            schedules.push(Schedule { name, time, zone, enabled: true, is_own: true });
        }
        Action::RemoveShutdown { machine } => {
            world.schedules.as_mut().unwrap().value.retain(|s| !s.is_of(machine));
        }
        Action::DeleteGroup => *world = nothing(),
    }
}

/// From here on the resource list has the disk, tagged with its owner.
fn keep_disk(world: &mut Observed, machine: &str) {
    let id = format!("/disks/{machine}-disk");
    let tags = find(world, machine).tags.clone();
    let disk = Resource { id, kind: "microsoft.compute/disks".into(), name: format!("{machine}-disk"), tags };
    world.resources.as_mut().unwrap().value.push(disk);
}

fn ensure_infra(desired: &Desired, world: &mut Observed) {
    let names = &desired.names;
    let kinds = [
        names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG),
        names.resource("Microsoft.Network/virtualNetworks", Names::VNET),
        names.vault_id(),
        names.identity_id(),
        names.scale_set_id(),
    ];
    let tags = BTreeMap::from([(tag::INFRA.to_owned(), desired.infra_fingerprint.clone())]);
    let resource = |id: String| Resource { kind: String::new(), name: String::new(), tags: tags.clone(), id };
    let shared: Vec<Resource> = kinds.into_iter().map(resource).collect();
    let all = &mut world.resources.as_mut().unwrap().value;
    all.retain(|old| !shared.iter().any(|new| new.id == old.id));
    all.extend(shared);
    let lock = Lock { id: names.lock_id(), name: Names::LOCK.into(), level: "CanNotDelete".into() };
    world.locks = Some(seen(vec![lock]));
    world.fleet_identity = Some(FleetIdentity { principal_id: ObjectId::new("oid-fleet"), client_id: "client".into() });
}
