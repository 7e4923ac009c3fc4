//! What `claw down` removes, step by step, and what stops it.

use serde::{Deserialize, Serialize};

use super::{Plan, alone, nightly};
use crate::fleet::{
    desired::Desired,
    instance::Instance,
    names::{Names, Slug},
    observed::{Lock, Observed, Resource},
    step::{Action, Risk, Step, StepId},
};

const EXTENSION: &str = "microsoft.compute/virtualmachines/extensions";
/// A script on its way through Azure's agent, or one that was cut off.
const RUN_COMMAND: &str = "microsoft.compute/virtualmachines/runcommands";

/// How much is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// The whole group.
    Group,
    /// The machines; their disks, the vault and the group stay.
    MachinesOnly,
}

/// Pure. Empty when there is no group.
pub fn teardown(desired: &Desired, observed: &Observed, extent: Extent) -> Plan {
    let mut plan = Plan::default();
    let group = &desired.names.resource_group;
    if observed.group.as_ref().is_some_and(|g| !g.value) {
        return plan;
    }
    let (Some(_), Some(resources), Some(locks), Some(instances), Some(under_way)) =
        (&observed.group, &observed.resources, &observed.locks, &observed.instances, &observed.under_way)
    else {
        plan.refuse(format!("what {group} holds could not be seen: {}", observed.gaps.join("; ")), "run this again");
        return plan;
    };
    if let Some(refusal) = alone::guard(desired, instances.value.iter()) {
        plan.refusals.push(refusal);
        return plan;
    }
    for other in &under_way.value {
        if !instances.value.iter().any(|i| i.name.eq_ignore_ascii_case(&other.machine)) {
            let reason = format!("{} is still being made, and would go without having been shown", other.machine);
            plan.refuse(reason, "run this again when it stands, or stop it with claw up --cancel");
        }
    }
    let machines: Vec<&str> = instances.value.iter().map(|i| i.name.as_str()).collect();
    match extent {
        Extent::MachinesOnly => instances.value.iter().for_each(|i| keep_data(i, &resources.value, &mut plan)),
        Extent::Group => {
            foreign(desired, &resources.value, &machines, &mut plan);
            let unlocked = unlock(&desired.names, &locks.value, &mut plan);
            delete_group(group, &resources.value, &machines, unlocked, &mut plan);
        }
    }
    plan
}

/// Disk first, then the VM: between the two nothing is lost.
fn keep_data(instance: &Instance, resources: &[Resource], plan: &mut Plan) {
    let name = &instance.name;
    let of_it = format!("{}/extensions/", instance.id.to_ascii_lowercase());
    // What the image left on a disk that never ran brings no machine up: the next one is better made anew.
    let extension = |r: &Resource| r.kind == EXTENSION && r.id.to_ascii_lowercase().starts_with(&of_it);
    let is_empty = instance.never_ran() && !resources.iter().any(extension);
    let keep = StepId(format!("keep-disk/{name}"));
    if !is_empty {
        plan.steps.push(Step {
            id: keep.clone(),
            action: Action::KeepDisk { machine: name.clone() },
            risk: Risk::Safe,
            target: name.clone(),
            description: format!("let the disk of {name} outlive it"),
            after: Vec::new(),
        });
    }
    let description = match is_empty {
        true => format!("delete {name}, which never started, with its address, network interface and empty disk"),
        false => format!("delete {name} with its address and network interface; its disk stays"),
    };
    plan.steps.push(Step {
        id: StepId(format!("delete-machine/{name}")),
        action: Action::DeleteMachine { machine: name.clone() },
        risk: Risk::Destroys,
        target: name.clone(),
        description,
        after: if is_empty { Vec::new() } else { vec![keep] },
    });
}

fn delete_group(group: &str, resources: &[Resource], machines: &[&str], after: Vec<StepId>, plan: &mut Plan) {
    let kept = kept_disks(resources, machines);
    let what = match machines {
        [] => format!("{} resources", resources.len()),
        [name] => format!("the machine {name} and all its data"),
        names => format!("{} machines ({}) and all their data", names.len(), names.join(", ")),
    };
    let what = match (kept.len(), machines) {
        (0, _) => what,
        (disks, []) => format!("{what}, among them {disks} disks ({}) and all their data", kept.join(", ")),
        (_, _) => format!("{what}, and all data on {}", kept.join(", ")),
    };
    plan.steps.push(Step {
        id: StepId(format!("delete-group/{group}")),
        action: Action::DeleteGroup,
        risk: Risk::Destroys,
        target: group.into(),
        description: format!("delete the group {group}: {what}"),
        after,
    });
}

/// Disks that outlived their machine; those of a machine go without saying.
fn kept_disks<'a>(resources: &'a [Resource], machines: &[&str]) -> Vec<&'a str> {
    let disks = resources.iter().filter(|r| r.kind == "microsoft.compute/disks").map(|r| r.name.as_str());
    let is_used = |disk: &&str| machines.iter().any(|m| Names::part(m, "disk").eq_ignore_ascii_case(disk));
    let mut kept: Vec<&str> = disks.filter(|disk| !is_used(disk)).collect();
    kept.sort_unstable();
    kept
}

/// claw's own lock goes by a step; anybody else's stops everything.
fn unlock(names: &Names, locks: &[Lock], plan: &mut Plan) -> Vec<StepId> {
    let mut after = Vec::new();
    for lock in locks {
        if lock.id.eq_ignore_ascii_case(&names.lock_id()) {
            let id = StepId(format!("remove-lock/{}", lock.name));
            after.push(id.clone());
            plan.steps.push(Step {
                id,
                action: Action::RemoveLock { lock: lock.id.clone() },
                risk: Risk::Destroys,
                target: lock.name.clone(),
                description: format!("remove claw's own lock {} from the scale set", lock.name),
                after: Vec::new(),
            });
        } else {
            plan.refuse(
                format!("the lock {} ({}) is not claw's: {}", lock.name, lock.level, lock.id),
                "ask whoever set it, and remove it in the portal if it may go",
            );
        }
    }
    after
}

/// Whatever claw did not make would go with the group.
fn foreign(desired: &Desired, resources: &[Resource], machines: &[&str], plan: &mut Plan) {
    let others: Vec<String> = resources
        .iter()
        .filter(|r| !is_own(&desired.names, r, machines))
        .map(|r| format!("{} ({})", r.name, r.kind))
        .collect();
    if !others.is_empty() {
        let group = &desired.names.resource_group;
        plan.refuse(
            format!("{group} holds what claw did not make, and it would go too: {}", others.join(", ")),
            "move it to another group or delete it yourself first; or check `fleet.resourceGroup` in team.json",
        );
    }
}

/// By id for what the fleet shares, by name for a machine's parts. Tags alone could have been copied.
fn is_own(names: &Names, resource: &Resource, machines: &[&str]) -> bool {
    let shared = [
        names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG),
        names.resource("Microsoft.Network/virtualNetworks", Names::VNET),
        names.vault_id(),
        names.identity_id(),
        names.scale_set_id(),
    ];
    if shared.iter().any(|id| id.eq_ignore_ascii_case(&resource.id)) {
        return true;
    }
    let name = resource.name.to_ascii_lowercase();
    match resource.kind.as_str() {
        "microsoft.compute/virtualmachines" => machines.iter().any(|m| m.eq_ignore_ascii_case(&name)),
        // Listed as `machine/extension`; whatever is on a machine goes with it.
        EXTENSION | RUN_COMMAND => {
            let machine = name.split('/').next().unwrap_or_default().to_owned();
            machines.iter().any(|m| m.eq_ignore_ascii_case(&machine))
        }
        "microsoft.network/networkinterfaces" => is_part(&name, "-nic"),
        "microsoft.network/publicipaddresses" => is_part(&name, "-ip"),
        "microsoft.compute/disks" => is_part(&name, "-disk"),
        "microsoft.devtestlab/schedules" => nightly::is_name(&name),
        _ => false,
    }
}

/// `claw-<slug>` and what follows, also where the machine itself is gone.
fn is_part(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|machine| Slug::of_machine(machine).is_some())
}
