//! Each member's own machine.

use std::collections::{BTreeMap, HashMap};

use super::{
    Plan,
    access::{grant, known, strangers},
    begun::Begun,
    difference,
    disk::{self, Disks},
    infra::Infra,
    look::Look,
    nightly, role,
};
use crate::fleet::{
    desired::DesiredMember,
    instance::{Instance, PowerState, tag},
    names::Names,
    observed::UnderWay,
    person::{ObjectId, Person, Resolution},
    step::{Action, Principal, PrincipalType, Risk, Step, StepId},
};

pub fn steps(look: &Look<'_>, infra: &Infra, plan: &mut Plan) {
    let desired = look.desired;
    let mut seen: HashMap<&ObjectId, usize> = HashMap::with_capacity(desired.members.len());
    for person in desired.members.iter().filter_map(|m| m.resolution.person()) {
        *seen.entry(&person.object_id).or_default() += 1;
    }
    let mut members: Vec<&DesiredMember> = desired.members.iter().collect();
    members.sort_by(|a, b| a.member.slug.cmp(&b.member.slug));
    let (disks, begun) = (Disks::without_machine(look), Begun::seen(look));
    for wanted in members {
        let email = &wanted.member.email;
        let Some(person) = wanted.resolution.person() else {
            let (reason, remedy) = unresolved(&wanted.resolution);
            plan.hold(email, reason, remedy);
            continue;
        };
        if seen.get(&person.object_id).is_some_and(|n| *n > 1) {
            let reason = format!("this address and another belong to the same person ({})", person.user_principal_name);
            plan.hold(email, reason, "keep one of the addresses in team.json");
            continue;
        }
        let found = machine_of(wanted, person, &disks, &begun, look);
        if let Some(unseen) = unseen(&found, infra, look) {
            plan.hold(email, unseen, "run the command again");
            continue;
        }
        match found {
            Found::One(instance) if instance.is_unfinished() => {
                let disk = instance.attached_disk.as_deref();
                let made = create(wanted, person, &instance.name, disk, infra, look, plan);
                nightly::ensure(wanted, &instance.name, look, &[made], plan);
            }
            Found::One(instance) => {
                mend(wanted, person, instance, infra, look, plan);
                nightly::ensure(wanted, &instance.name, look, &[], plan);
            }
            Found::New { machine, disk } if look.group_exists() || !infra.after.is_empty() => {
                let made = create(wanted, person, &machine, disk, infra, look, plan);
                nightly::ensure(wanted, &machine, look, &[made], plan);
            }
            Found::New { .. } => plan.hold(email, "the group could not be seen", "run the command again"),
            Found::Held(reason, remedy) => plan.hold(email, reason, remedy),
        }
    }
}

/// Why a member or operator who is not exactly one enabled person is left alone, and what to do.
pub fn unresolved(resolution: &Resolution) -> (String, String) {
    match resolution {
        Resolution::Found { .. } => (String::new(), String::new()),
        Resolution::Disabled { person } => (
            format!("the account {} is disabled", person.user_principal_name),
            "enable it in Entra, or take the member out of team.json".into(),
        ),
        Resolution::NotFound => {
            ("nobody in the directory has this address".into(), "check the spelling, or invite them as a guest".into())
        }
        Resolution::Ambiguous { candidates } => {
            let names: Vec<&str> = candidates.iter().map(|p| p.user_principal_name.as_str()).collect();
            (format!("several people have this address: {}", names.join(", ")), "write one of these instead".into())
        }
        Resolution::Unknown { reason } => {
            (format!("the directory could not be asked: {reason}"), "run the command again".into())
        }
    }
}

/// What has to be known before a machine becomes somebody's, and is not.
fn unseen(found: &Found<'_>, infra: &Infra, look: &Look<'_>) -> Option<&'static str> {
    let (becomes_theirs, is_made) = match found {
        Found::One(instance) => (instance.member.is_none() || instance.is_unfinished(), instance.is_unfinished()),
        Found::New { .. } => (true, true),
        Found::Held(..) => (false, false),
    };
    if becomes_theirs && !look.sees_roles() {
        return Some("it could not be seen who may log in to a machine of their name");
    }
    (is_made && !infra.has_vault).then_some("the vault that their machine reads could not be seen")
}

enum Found<'a> {
    One(&'a Instance),
    /// To be made, from the image or on their kept disk.
    New {
        machine: String,
        disk: Option<&'a str>,
    },
    Held(String, String),
}

/// By object ID first, then by name if that VM carries no member.
fn machine_of<'a>(
    wanted: &DesiredMember,
    person: &Person,
    disks: &Disks<'a>,
    begun: &Begun,
    look: &Look<'a>,
) -> Found<'a> {
    let name = wanted.member.slug.machine();
    match look.by_member(&person.object_id) {
        [one] => return Found::One(one),
        [] => {}
        many => {
            let names: Vec<&str> = many.iter().map(|i| i.name.as_str()).collect();
            let reason = format!("several machines are tagged as theirs: {}", names.join(", "));
            return Found::Held(reason, format!("remove the tag {} from all but one", tag::MEMBER));
        }
    }
    match (look.by_name(&name), disks.kept(&name, person)) {
        (Some(instance), _) if instance.member.is_none() && !instance.names_another(&wanted.member) => {
            Found::One(instance)
        }
        (_, disk::Kept::Theirs { machine: Some(machine), disk }) => being_made(machine, Some(disk), person, look),
        (None, disk::Kept::Theirs { machine: None, disk }) => being_made(name, Some(disk), person, look),
        (Some(instance), _) if instance.member.is_none() => Found::Held(
            format!("the machine {name} names {}", instance.email.as_deref().unwrap_or_default()),
            format!(
                "if it is this member's, tag it {}={}; if not, give them a different `name` in team.json",
                tag::MEMBER,
                person.object_id
            ),
        ),
        (Some(_), _) => Found::Held(
            format!("the machine {name} belongs to another member"),
            "give this member a different `name` in team.json".into(),
        ),
        (None, disk::Kept::Held(reason, remedy)) => Found::Held(reason, remedy),
        // They would get an empty one beside it.
        (None, disk::Kept::None) if !look.sees_resources() => {
            Found::Held("it could not be seen whether a disk of theirs was kept".into(), "run the command again".into())
        }
        (None, disk::Kept::None) => being_made(begun.of(&person.object_id, look).unwrap_or(name), None, person, look),
    }
}

/// A machine that nobody can see yet: one that a command which was cut off has asked for is not asked for again under
/// another name, and not taken for somebody else's.
fn being_made<'a>(machine: String, disk: Option<&'a str>, person: &Person, look: &Look<'a>) -> Found<'a> {
    let new = |machine| Found::New { machine, disk };
    let Some(seen) = &look.observed.under_way else {
        let absent = !look.group_exists();
        let why = "it could not be seen which machines are being made";
        return if absent { new(machine) } else { Found::Held(why.into(), "run the command again".into()) };
    };
    let clash = seen.value.iter().find(|u| (u.member == person.object_id) != u.machine.eq_ignore_ascii_case(&machine));
    match clash {
        None => new(machine),
        Some(other) => Found::Held(
            format!("{} is still being made for {}", other.machine, whose(other, person)),
            "run this again when it stands, or stop it with claw up --cancel".into(),
        ),
    }
}

fn whose(other: &UnderWay, person: &Person) -> &'static str {
    if other.member == person.object_id { "the same person" } else { "another member" }
}

/// Returns the step that others wait for.
fn create(
    wanted: &DesiredMember,
    person: &Person,
    name: &str,
    disk: Option<&str>,
    infra: &Infra,
    look: &Look<'_>,
    plan: &mut Plan,
) -> StepId {
    let (machine, email) = (name.to_owned(), &wanted.member.email);
    let vm_size = difference::size(look.desired, wanted).to_owned();
    let id = StepId(format!("create-machine/{machine}"));
    let from = if disk.is_some() { "from its kept disk " } else { "" };
    let mut after = strangers(name, &person.object_id, look, plan);
    after.extend(infra.after.iter().cloned());
    plan.steps.push(Step {
        id: id.clone(),
        description: format!("create {machine} ({vm_size}) {from}for {email}, with their login and power roles"),
        action: Action::CreateMachine {
            machine: machine.clone(),
            slug: wanted.member.slug.clone(),
            email: email.clone(),
            member: person.object_id.clone(),
            vm_size,
            disk: disk.map(str::to_owned),
        },
        risk: Risk::Safe,
        target: machine.clone(),
        after,
    });
    let secret = wanted.member.slug.secret_of(&machine);
    plan.steps.push(identity_grant(look, &secret, &machine, vec![id.clone()]));
    plan.steps.push(pin(&machine, vec![id.clone()]));
    id
}

fn identity_grant(look: &Look<'_>, secret: &str, machine: &str, after: Vec<StepId>) -> Step {
    let principal = Principal::IdentityOf { machine: machine.into() };
    let mut step = grant(secret, machine, look.secret_id(secret), principal, role::SECRETS_USER, after);
    step.id = StepId(format!("grant/{machine}/key-vault-secrets-user"));
    step.target = machine.into();
    step
}

fn pin(machine: &str, after: Vec<StepId>) -> Step {
    Step {
        id: StepId(format!("pin-host-key/{machine}")),
        action: Action::PinHostKey { machine: machine.into() },
        risk: Risk::Safe,
        target: machine.into(),
        description: format!("read the SSH host key of {machine} from its serial console and pin it"),
        after,
    }
}

/// What an existing machine lacks. It is never redeployed.
fn mend(wanted: &DesiredMember, person: &Person, instance: &Instance, infra: &Infra, look: &Look<'_>, plan: &mut Plan) {
    let name = &instance.name;
    difference::sizes(look.desired, wanted, instance, plan);
    retag(wanted, person, instance, plan);
    strangers(name, &person.object_id, look, plan);
    let scope = look.desired.names.machine_id(name);
    for role in [role::VM_USER_LOGIN, role::POWER_ON_OFF] {
        if look.lacks(&scope, &person.object_id, role) {
            let principal = known(&person.object_id, PrincipalType::User);
            let mut step = grant(name, &wanted.member.email, scope.clone(), principal, role, Vec::new());
            let word = role::name(role).to_ascii_lowercase().replace(' ', "-");
            step.id = StepId(format!("grant/{name}/{word}"));
            plan.steps.push(step);
        }
    }
    if let Some(identity) = instance.principal_id.as_ref().filter(|_| infra.has_vault) {
        let secret = instance.secret(&wanted.member.slug);
        if look.lacks(&look.secret_id(&secret), identity, role::SECRETS_USER) {
            plan.steps.push(identity_grant(look, &secret, name, Vec::new()));
        }
    }
    entra_login(instance, look, plan);
    if instance.host_key.is_none() || instance.dns_name.is_none() {
        match instance.power.value {
            PowerState::Running | PowerState::Starting => plan.steps.push(pin(name, Vec::new())),
            _ => plan.hold(
                name,
                "its SSH host key is not pinned yet, and it does not run",
                "start it, then run this again",
            ),
        }
    }
}

/// A deployment that was cut off can leave a VM into which nobody can log in.
fn entra_login(instance: &Instance, look: &Look<'_>, plan: &mut Plan) {
    let name = &instance.name;
    let id = || format!("{}/extensions/{}", instance.id, Names::ENTRA_LOGIN);
    if instance.shows_entra_login || look.has_resource(&id()) != Some(false) {
        return;
    }
    if instance.power.value != PowerState::Running {
        plan.hold(
            name,
            "the Entra login extension is missing, and the machine does not run",
            "start it, then run this again",
        );
        return;
    }
    plan.steps.push(Step {
        id: StepId(format!("install-entra-login/{name}")),
        action: Action::InstallEntraLogin { machine: name.clone() },
        risk: Risk::Safe,
        target: name.clone(),
        description: format!("install the Entra login extension on {name}"),
        after: Vec::new(),
    });
}

fn retag(wanted: &DesiredMember, person: &Person, instance: &Instance, plan: &mut Plan) {
    let right = [
        (tag::MEMBER, person.object_id.as_str()),
        (tag::SLUG, wanted.member.slug.as_str()),
        (tag::EMAIL, wanted.member.email.as_str()),
    ];
    let is_wrong = |(key, value): &(&str, &str)| instance.tags.get(*key).is_none_or(|have| have != value);
    let wrong = right.into_iter().filter(is_wrong);
    let tags: BTreeMap<_, _> = wrong.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    if tags.is_empty() {
        return;
    }
    plan.steps.push(Step {
        id: StepId(format!("retag/{}", instance.name)),
        risk: Risk::Safe,
        target: instance.name.clone(),
        description: format!("write on {} that it belongs to {}", instance.name, wanted.member.email),
        action: Action::Retag { machine: instance.name.clone(), tags },
        after: Vec::new(),
    });
}
