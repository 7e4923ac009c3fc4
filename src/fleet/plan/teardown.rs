//! Everything that `claw down` removes, as one shown step.

use super::{Plan, alone};
use crate::fleet::{
    desired::Desired,
    observed::Observed,
    step::{Action, Risk, Step, StepId},
};

/// Deletes the group, naming what goes with it; empty when there is no group.
pub fn teardown(desired: &Desired, observed: &Observed) -> Plan {
    let mut plan = Plan::default();
    let group = &desired.names.resource_group;
    let (Some(exists), Some(resources)) = (&observed.group, &observed.resources) else {
        if observed.group.as_ref().is_some_and(|g| !g.value) {
            return plan;
        }
        plan.refuse(format!("what {group} holds could not be seen: {}", observed.gaps.join("; ")), "run this again");
        return plan;
    };
    if !exists.value {
        return plan;
    }
    if desired.alone && observed.instances.is_none() {
        plan.refuse(
            "there is no team.json here, and whose machines the group holds could not be seen",
            "run this again",
        );
        return plan;
    }
    if let Some(refusal) = alone::guard(desired, observed.instances.iter().flat_map(|i| &i.value)) {
        plan.refusals.push(refusal);
        return plan;
    }
    if resources.value.iter().all(|r| !r.id.eq_ignore_ascii_case(&desired.names.scale_set_id()))
        && !resources.value.is_empty()
    {
        plan.refuse(
            format!("{group} holds {} resources and none of them is claw's scale set", resources.value.len()),
            "this is not a group that claw made; check `fleet.resourceGroup` in team.json",
        );
    }
    let machines: Vec<&str> = observed.instances.iter().flat_map(|i| &i.value).map(|i| i.name.as_str()).collect();
    let what = match machines.as_slice() {
        [] => format!("{} resources", resources.value.len()),
        names => format!("{} machines ({}) and all their data", names.len(), names.join(", ")),
    };
    plan.steps.push(Step {
        id: StepId(format!("delete-group/{group}")),
        action: Action::DeleteGroup,
        risk: Risk::Destroys,
        target: group.clone(),
        description: format!("delete the group {group}: {what}"),
        after: Vec::new(),
    });
    plan
}
