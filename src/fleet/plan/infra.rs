//! The group and what every machine shares.

use super::{Plan, look::Look};
use crate::fleet::{
    desired::Desired,
    instance::tag,
    names::Names,
    step::{Action, Risk, Step, StepId},
};

/// Steps the rest has to wait for.
#[derive(Default)]
pub struct Infra {
    pub after: Vec<StepId>,
}

pub fn steps(desired: &Desired, look: &Look<'_>, plan: &mut Plan) -> Infra {
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
    let why = if look.group_exists() { missing(desired, look) } else { Some("new".into()) };
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
    infra
}

fn step(id: &str, action: Action, target: &str, after: Vec<StepId>) -> Step {
    let id = StepId(format!("{id}/{target}"));
    Step { id, action, risk: Risk::Safe, target: target.into(), description: String::new(), after }
}

/// Why the template has to be deployed, if it has to. Resources that could not be seen are left alone.
fn missing(desired: &Desired, look: &Look<'_>) -> Option<String> {
    let names = &desired.names;
    let resources = look.resources()?;
    let wanted = [
        ("network security group", names.resource("Microsoft.Network/networkSecurityGroups", Names::NSG)),
        ("virtual network", names.resource("Microsoft.Network/virtualNetworks", Names::VNET)),
        ("vault", names.vault_id()),
        ("identity", names.identity_id()),
        ("scale set", names.scale_set_id()),
    ];
    let absent: Vec<&str> =
        wanted.iter().filter(|(_, id)| !resources.contains_key(&id.to_ascii_lowercase())).map(|(n, _)| *n).collect();
    if !absent.is_empty() {
        return Some(format!("missing: {}", absent.join(", ")));
    }
    let tags = resources.get(&names.scale_set_id().to_ascii_lowercase())?;
    (tags.get(tag::INFRA) != Some(&desired.infra_fingerprint)).then(|| "template or settings changed".into())
}
