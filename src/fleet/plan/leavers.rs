//! Machines whose member is no longer in team.json, and deletions asked for by name.

use super::{Plan, PlanOptions, access::strangers, look::Look, role};
use crate::fleet::{
    desired::DesiredMember,
    instance::{Instance, PowerState},
    names::Slug,
    observed::Assignment,
    person::ObjectId,
    step::{Action, Risk, Step, StepId},
};

pub fn steps(look: &Look<'_>, options: &PlanOptions, plan: &mut Plan) {
    if let Some(who) = hidden(look) {
        if look.instances.iter().any(|i| is_leaver(i, look)) || !options.delete.is_empty() {
            let reason = format!("{who} could not be told from those who left, so nobody is taken for a leaver");
            plan.hold("leavers", reason, "mend that entry first, then run this again");
        }
        if !options.delete.is_empty() {
            plan.refuse("it is not certain who left, so nothing is deleted", "mend team.json first");
        }
        return;
    }
    let mut leavers: Vec<&Instance> = look.instances.iter().copied().filter(|i| is_leaver(i, look)).collect();
    leavers.sort_by(|a, b| a.name.cmp(&b.name));
    check_names(&leavers, look, options, plan);
    guard(&leavers, look, options, plan);
    for instance in leavers {
        leave(instance, look, options, plan);
    }
}

/// A member whose machine can't be told from a leaver's: not one person, and no machine says that it is theirs.
/// Or an entry that may stand for anybody: one that could not be read, a group that could not be expanded.
fn hidden(look: &Look<'_>) -> Option<String> {
    let desired = look.desired;
    let unclear = desired.members.iter().filter(|m| m.resolution.person().is_none());
    let mut lost = unclear.filter(|m| !look.instances.iter().any(|i| says_it_is_theirs(i, m, look)));
    if let Some(member) = lost.next() {
        return Some(member.member.email.clone());
    }
    desired.unread_members.first().cloned()
}

/// By its object ID, or by other tags and its name where those do not name somebody else.
fn says_it_is_theirs(instance: &Instance, wanted: &DesiredMember, look: &Look<'_>) -> bool {
    let is = |what: &dyn Fn(&ObjectId) -> bool| instance.member.as_ref().is_some_and(what);
    let is_known = is(&|id| look.people.contains(id));
    let by_tags = !instance.names_another(&wanted.member) && instance.may_be_of(&wanted.member);
    is(&|id| disabled_is(wanted, id)) || !is_known && by_tags
}

fn is_leaver(instance: &Instance, look: &Look<'_>) -> bool {
    let desired = look.desired;
    let Some(member) = &instance.member else { return false };
    if desired.spared.contains(member) {
        return false;
    }
    let unclear = desired.members.iter().filter(|m| m.resolution.person().is_none());
    !look.people.contains(member)
        && !unclear.into_iter().any(|m| disabled_is(m, member) || instance.may_be_of(&m.member))
}

fn disabled_is(wanted: &DesiredMember, member: &ObjectId) -> bool {
    matches!(&wanted.resolution, crate::fleet::person::Resolution::Disabled { person } if &person.object_id == member)
}

fn guard(leavers: &[&Instance], look: &Look<'_>, options: &PlanOptions, plan: &mut Plan) {
    let pending: Vec<&&Instance> = leavers.iter().filter(|i| !is_settled(i, look)).collect();
    let (count, team) = (pending.len(), look.desired.members.len() + leavers.len());
    let many = count > 1 || (count > 0 && count * 10 > team);
    // A run that was cut off has stopped or deleted some already; said again, the same number is still right.
    let deleted = options.delete.iter().filter(|name| look.by_name(name).is_none()).count();
    let is_expected = options.leavers.is_some_and(|expected| (count..=leavers.len() + deleted).contains(&expected));
    if many && !is_expected {
        let names: Vec<&str> = pending.iter().map(|i| i.name.as_str()).collect();
        let verb = if count == 1 { "loses" } else { "lose" };
        plan.refuse(
            format!(
                "{count} of {team} {verb} access, and machines of theirs that run are stopped: {}",
                names.join(", ")
            ),
            format!("if that is right, add --leavers {count}; if not, put them back into team.json"),
        );
    }
}

/// Whose machine is off, as idle ones and all of a night are, or has never come up, may still have their access to lose.
fn is_settled(instance: &Instance, look: &Look<'_>) -> bool {
    let runs = instance.power.value != PowerState::Deallocated && !instance.is_unfinished();
    !runs && roles_at(instance, look).is_empty()
}

/// The member's own roles at their machine.
fn roles_at<'a>(instance: &Instance, look: &Look<'a>) -> Vec<&'a Assignment> {
    let Some(member) = &instance.member else { return Vec::new() };
    look.roles_of(member).filter(|a| a.scope.eq_ignore_ascii_case(&instance.id)).collect()
}

fn check_names(leavers: &[&Instance], look: &Look<'_>, options: &PlanOptions, plan: &mut Plan) {
    for name in &options.delete {
        if leavers.iter().any(|i| i.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        if look.by_name(name).is_some() {
            let reason = format!("{name} is not the machine of somebody who left");
            plan.refuse(reason, "take the member out of team.json first; only then can it be deleted");
        } else if Slug::of_machine(name).is_some() {
            // A run that was cut off after the deletion is run again: what was asked for is so already.
            plan.hold(
                name,
                "there is no machine of that name (any more), so nothing is deleted",
                "claw status shows all",
            );
        } else {
            plan.refuse(format!("there is no machine called {name}"), "claw status shows their names");
        }
    }
}

fn leave(instance: &Instance, look: &Look<'_>, options: &PlanOptions, plan: &mut Plan) {
    let name = &instance.name;
    let mut revoked = match &instance.member {
        Some(member) => strangers(name, member, look, plan),
        None => Vec::new(),
    };
    let mut assignments = roles_at(instance, look);
    assignments.sort_by(|a, b| a.id.cmp(&b.id));
    for a in assignments {
        let role_name = role::name(&a.role).to_owned();
        let id = StepId(format!("revoke/{name}/{}", a.role));
        revoked.push(id.clone());
        plan.steps.push(Step {
            id,
            risk: Risk::Access,
            target: name.clone(),
            description: format!("take the role {role_name} at {name} from {}", whose(instance)),
            action: Action::Revoke { assignment: a.id.clone(), role_name },
            after: Vec::new(),
        });
    }
    if options.delete.iter().any(|n| n.eq_ignore_ascii_case(name)) {
        if !look.sees_roles() {
            let reason = "role assignments could not be seen, and who may log in goes first: it is not deleted";
            return plan.hold(name, reason, "run this again");
        }
        plan.steps.push(Step {
            id: StepId(format!("delete-machine/{name}")),
            action: Action::DeleteMachine { machine: name.clone() },
            risk: Risk::Destroys,
            target: name.clone(),
            description: format!(
                "delete {name} of {} with its disk, address and network interface, and empty its own secret",
                whose(instance)
            ),
            after: revoked,
        });
        return;
    }
    match instance.power.value {
        PowerState::Deallocated | PowerState::Deallocating => {}
        _ if instance.is_unfinished() => {
            let remedy = format!("claw up --delete {name} removes it, with its disk and address, which cost");
            plan.hold(name, "it has never come up, so there is nothing to stop", remedy);
        }
        PowerState::Unknown => plan.hold(name, "its power state is unknown, so it is not stopped", "run this again"),
        _ => plan.steps.push(Step {
            id: StepId(format!("deallocate/{name}")),
            action: Action::Deallocate { machine: name.clone(), reason: "its member left the team".into() },
            risk: Risk::Interrupts,
            target: name.clone(),
            description: format!("stop {name}: {} is no longer in team.json (nothing is deleted)", whose(instance)),
            after: revoked,
        }),
    }
}

fn whose(instance: &Instance) -> String {
    let id = instance.member.as_ref().map_or("nobody", ObjectId::as_str);
    instance.email.clone().unwrap_or_else(|| id.to_owned())
}
