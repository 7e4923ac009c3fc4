//! What costs money and belongs to no machine: a creation that failed for somebody who then left, a kept disk that
//! nobody came back for. No step removes it, since a disk may hold the only copy of somebody's work; every plan says so.

use super::{Plan, look::Look};
use crate::fleet::{instance::tag, observed::Resource, step::Action};

/// Kinds, with what their names end in and what they are called.
const PARTS: [(&str, &str, &str); 3] = [
    ("microsoft.compute/disks", "-disk", "a kept disk"),
    ("microsoft.network/networkinterfaces", "-nic", "a network interface"),
    ("microsoft.network/publicipaddresses", "-ip", "a public address"),
];

pub fn tell(look: &Look<'_>, plan: &mut Plan) {
    let mut found: Vec<(&Resource, &str)> = look
        .observed
        .resources
        .iter()
        .flat_map(|seen| &seen.value)
        .filter_map(|resource| Some((resource, alone(resource, look, plan)?)))
        .collect();
    found.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    for (resource, word) in found {
        let whose = resource.tags.get(tag::EMAIL).map(|email| format!(" of {email}")).unwrap_or_default();
        let reason = format!("{word}{whose} without a machine: it costs money, and no step of this plan takes it up");
        plan.hold(&resource.name, reason, format!("if nobody needs it: az resource delete --ids {}", resource.id));
    }
}

/// What it is called, if no machine has it, no step takes it up, and nothing has been said about it.
fn alone(resource: &Resource, look: &Look<'_>, plan: &Plan) -> Option<&'static str> {
    let (_, suffix, word) = PARTS.into_iter().find(|(kind, ..)| *kind == resource.kind)?;
    let name = resource.name.to_ascii_lowercase();
    let machine = name.strip_suffix(suffix).filter(|machine| machine.starts_with("claw-"))?;
    if look.by_name(machine).is_some() {
        return None;
    }
    let is_taken_up = plan.steps.iter().any(|step| match &step.action {
        Action::CreateMachine { machine: new, disk, .. } => {
            new.eq_ignore_ascii_case(machine)
                || disk.as_ref().is_some_and(|disk| disk.eq_ignore_ascii_case(&resource.id))
        }
        _ => false,
    });
    let is_told = plan.held.iter().any(|held| held.reason.contains(&resource.name));
    (!is_taken_up && !is_told).then_some(word)
}
