//! Azure's own nightly stop of machines: made, changed and taken away as team.json says.

use super::{Plan, look::Look};
use crate::fleet::{
    desired::DesiredMember,
    names::{Names, Slug},
    observed::Schedule,
    step::{Action, Risk, Step, StepId},
};

/// For one member's machine, once the steps `after` have made it.
pub fn ensure(wanted: &DesiredMember, machine: &str, look: &Look<'_>, after: &[StepId], plan: &mut Plan) {
    let Some(asked) = &look.desired.shutdowns else { return };
    if look.observed.schedules.is_none() && after.is_empty() {
        if asked.contains_key(&wanted.member.slug) {
            plan.hold(machine, "its daily stop could not be seen", "run the command again");
        }
        return;
    }
    let there = look.schedule(machine);
    let Some(nightly) = asked.get(&wanted.member.slug) else {
        // One that somebody made in the portal is theirs.
        if let Some(own) = there.filter(|s| s.is_own) {
            plan.steps.push(remove(own, machine, "team.json asks for none", Vec::new()));
        }
        return;
    };
    let Some(zone) = &nightly.zone else {
        return plan.hold(
            machine,
            "Azure's auto-shutdown takes Windows' names of time zones, and claw knows none for this one",
            "name a zone with the same rules in `idle.timeZone`, such as the capital's",
        );
    };
    let is_right = |s: &Schedule| s.enabled && s.time == nightly.time && s.zone.eq_ignore_ascii_case(zone);
    if there.is_some_and(is_right) {
        return;
    }
    let (hour, minute) = nightly.time.split_at(nightly.time.len().min(2));
    let verb = if there.is_some() { "change" } else { "have" };
    let what = if there.is_some() { " to be stopped by Azure" } else { " stopped by Azure" };
    plan.steps.push(Step {
        id: StepId(format!("set-shutdown/{machine}")),
        action: Action::SetShutdown { machine: machine.into(), time: nightly.time.clone(), zone: zone.clone() },
        // Whoever works at that time is interrupted, every day.
        risk: Risk::Interrupts,
        target: machine.into(),
        description: format!("{verb} {machine}{what} every day at {hour}:{minute} ({zone})"),
        after: after.to_vec(),
    });
}

/// Those that outlived their machine, as Azure deletes none of them with it.
pub fn orphans(look: &Look<'_>, plan: &mut Plan) {
    let (Some(schedules), Some(under_way)) = (&look.observed.schedules, &look.observed.under_way) else { return };
    for schedule in schedules.value.iter().filter(|s| s.is_own) {
        let Some(machine) = schedule.machine().filter(|machine| look.by_name(machine).is_none()) else { continue };
        let is_it = |new: &str| new.eq_ignore_ascii_case(machine);
        let is_coming = |s: &Step| matches!(&s.action, Action::CreateMachine { machine: new, .. } if is_it(new));
        // Another command's step may be the one that makes it.
        if !plan.steps.iter().any(is_coming) && !under_way.value.iter().any(|other| is_it(&other.machine)) {
            plan.steps.push(remove(schedule, machine, "the machine is gone", Vec::new()));
        }
    }
}

fn remove(schedule: &Schedule, machine: &str, why: &str, after: Vec<StepId>) -> Step {
    Step {
        id: StepId(format!("remove-shutdown/{machine}")),
        action: Action::RemoveShutdown { machine: machine.into() },
        risk: Risk::Safe,
        target: machine.into(),
        description: format!("take away the daily stop of {machine} at {}: {why}", schedule.time),
        after,
    }
}

/// For `claw down`: by name, for a machine that may be gone.
pub fn is_name(name: &str) -> bool {
    Names::shutdown_of(name).is_some_and(|machine| Slug::of_machine(&machine).is_some())
}
