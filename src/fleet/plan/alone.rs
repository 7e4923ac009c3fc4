//! Without a team.json whoever is signed in is the only member. A team's group must not take that for a team of one.

use super::Refusal;
use crate::fleet::{desired::Desired, instance::Instance};

const NAMED: usize = 5;

/// Refuses when the group holds machines of others: they would all count as leavers.
pub fn guard<'a>(desired: &Desired, instances: impl Iterator<Item = &'a Instance>) -> Option<Refusal> {
    if !desired.alone {
        return None;
    }
    let mut others: Vec<&str> = instances.filter(|i| !is_own(i, desired)).map(|i| i.name.as_str()).collect();
    if others.is_empty() {
        return None;
    }
    others.sort_unstable();
    let more = if others.len() > NAMED { format!(" and {} more", others.len() - NAMED) } else { String::new() };
    let names = others[..others.len().min(NAMED)].join(", ");
    let group = &desired.names.resource_group;
    Some(Refusal {
        reason: format!("there is no team.json here, and {group} holds machines of other people: {names}{more}"),
        remedy: "run this where your team.json is, name it with --team FILE, or take another group with --group NAME"
            .into(),
    })
}

/// Its tag names the one member; a machine whose tag was lost is theirs by name.
fn is_own(instance: &Instance, desired: &Desired) -> bool {
    desired.members.iter().any(|m| match (&instance.member, m.resolution.person()) {
        (Some(tagged), Some(person)) => tagged == &person.object_id,
        (None, _) => instance.name == m.member.slug.machine(),
        (Some(_), None) => false,
    })
}
