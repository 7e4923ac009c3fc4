//! The group and what every machine shares.

use super::{Plan, look::Look};
use crate::fleet::{
    instance::tag,
    names::Names,
    observed::Lock,
    step::{Action, Risk, Step, StepId},
};

/// Steps the rest has to wait for.
#[derive(Default)]
pub struct Infra {
    pub after: Vec<StepId>,
    /// The vault was seen, or one of these steps makes it. A role at what nobody saw may be one at nothing.
    pub has_vault: bool,
}

pub fn steps(look: &Look<'_>, plan: &mut Plan) -> Infra {
    let desired = look.desired;
    let names = &desired.names;
    let mut infra = Infra::default();
    match &look.observed.group {
        None => {
            plan.hold(&names.resource_group, "the group could not be seen", "run the command again");
            return infra;
        }
        Some(seen) if !seen.value => {
            let step = step("ensure-group", Action::EnsureGroup, &names.resource_group, Vec::new());
            let description = format!("create the group {} in {}", names.resource_group, names.location);
            infra.after.push(step.id.clone());
            plan.steps.push(Step { description, ..step });
        }
        Some(_) => {}
    }
    if let Some(deleted) = &look.observed.deleted_vault {
        let action = Action::RecoverVault { vault: deleted.name.clone() };
        let step = step("recover-vault", action, &deleted.name, infra.after.clone());
        let description =
            format!("recover the vault {} (deleted {}), with the secrets in it", deleted.name, day(&deleted.deleted));
        infra.after = vec![step.id.clone()];
        plan.steps.push(Step { description, ..step });
    }
    let why = if look.group_exists() { missing(look) } else { Some("new".into()) };
    if let Some(why) = why {
        let step = step("ensure-infra", Action::EnsureInfra, Names::INFRA_DEPLOYMENT, infra.after.clone());
        infra.after = vec![step.id.clone()];
        let ways_in = match desired.network.ssh_from.as_slice() {
            [] => "SSH open to any address, Entra decides who gets in".to_owned(),
            from => format!("SSH from {}", from.join(", ")),
        };
        let description = format!("deploy network, vault {}, identity and scale set ({why}; {ways_in})", names.vault());
        plan.steps.push(Step { description, ..step });
    }
    infra.has_vault = !infra.after.is_empty() || look.has_resource(&names.vault_id()) == Some(true);
    if look.group_exists() && (look.observed.resources.is_none() || look.observed.locks.is_none()) {
        plan.hold(
            Names::INFRA_DEPLOYMENT,
            "it could not be seen whether all that machines share is there, as team.json says",
            "run the command again",
        );
    }
    budget(look, plan);
    infra
}

/// The date of an RFC 3339 time.
fn day(at: &str) -> &str {
    at.split('T').next().unwrap_or(at)
}

/// One budget for the group, as large as its team; 0 a machine means that nobody wants one.
fn budget(look: &Look<'_>, plan: &mut Plan) {
    let desired = look.desired;
    // Whoever stands there twice is held, and gets no machine.
    let mut ids: Vec<_> = desired.members.iter().filter_map(|m| m.resolution.person()).map(|p| &p.object_id).collect();
    ids.sort();
    let people = ids.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).count();
    let amount = desired.fleet.budget_per_machine.saturating_mul(u32::try_from(people).unwrap_or(u32::MAX));
    // With somebody unresolved the team's size isn't known, so a budget that is there stays.
    let is_known = people == desired.members.len() && desired.unread_members.is_empty();
    let wanted = match &look.observed.budget {
        Some(seen) => match seen.value {
            None => true,
            Some(now) => is_known && now != amount,
        },
        None => !look.group_exists(),
    };
    if amount == 0 || !wanted {
        return;
    }
    let after = plan.steps.iter().filter(|s| s.action == Action::EnsureGroup).map(|s| s.id.clone()).collect();
    let step = step("ensure-budget", Action::EnsureBudget { amount }, Names::BUDGET, after);
    let each = desired.fleet.budget_per_machine;
    let description = format!("set the group's budget to {amount} a month ({each} a machine), with an alert at 80 %");
    plan.steps.push(Step { description, ..step });
}

fn step(id: &str, action: Action, target: &str, after: Vec<StepId>) -> Step {
    let id = StepId(format!("{id}/{target}"));
    Step { id, action, risk: Risk::Safe, target: target.into(), description: String::new(), after }
}

fn has_own_lock(locks: &[Lock], names: &Names) -> bool {
    locks.iter().any(|lock| lock.id.eq_ignore_ascii_case(&names.lock_id()))
}

/// Why the template has to be deployed, if it has to. Resources that could not be seen are left alone.
fn missing(look: &Look<'_>) -> Option<String> {
    let desired = look.desired;
    let names = &desired.names;
    let resources = &look.observed.resources.as_ref()?.value;
    // A handful of ids among all that there are.
    let find = |id: &str| resources.iter().find(|r| r.id.eq_ignore_ascii_case(id));
    let wanted = [
        ("network security group", names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG)),
        ("virtual network", names.resource("Microsoft.Network/virtualNetworks", Names::VNET)),
        ("vault", names.vault_id()),
        ("identity", names.identity_id()),
        ("scale set", names.scale_set_id()),
    ];
    let is_locked = look.observed.locks.as_ref().is_none_or(|seen| has_own_lock(&seen.value, names));
    let absent: Vec<&str> = wanted.iter().filter(|(_, id)| find(id).is_none()).map(|(n, _)| *n).collect();
    if !absent.is_empty() {
        return Some(format!("missing: {}", absent.join(", ")));
    }
    if !is_locked {
        return Some("missing: the scale set's lock".into());
    }
    let tags = &find(&names.scale_set_id())?.tags;
    (tags.get(tag::INFRA) != Some(&desired.infra_fingerprint)).then(|| "template or settings changed".into())
}
