//! The team with its groups expanded: everybody once, and nothing decided by an order.

mod distinct;
mod doubts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    desired::DesiredMember,
    group::{GroupEntry, GroupMember, GroupResolution},
    member::Member,
    names::Slug,
    person::{ObjectId, Resolution},
    team::{Problem, Team},
};
use distinct::{Placed, distinct};

/// A team with everybody in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// Own entries in the order of team.json, then the people of groups by object ID.
    pub members: Vec<DesiredMember>,
    /// Disabled people of groups: they get no machine, and are no leavers.
    pub spared: Vec<ObjectId>,
    pub problems: Vec<Problem>,
}

/// Somebody who is in the team through one group or more.
struct Candidate<'a> {
    member: &'a GroupMember,
    /// The first entry that names one of the groups: where a complaint about them is placed.
    entry: &'a GroupEntry,
    sizes: BTreeSet<&'a str>,
}

/// `people` answers `team.members` and `groups` answers `team.groups`, both in order. Who has an entry of their own
/// is that member and nothing else, however many groups they are in.
pub fn expand(team: &Team, people: Vec<Resolution>, groups: Vec<GroupResolution>) -> Expanded {
    let missing = || Resolution::Unknown { reason: "no answer".into() };
    let mut people = people.into_iter();
    let own = team
        .members
        .iter()
        .map(|m| DesiredMember { member: m.clone(), resolution: people.next().unwrap_or_else(missing) });
    let own: Vec<DesiredMember> = own.collect();
    let mut expanded = Expanded::default();
    let mut candidates: BTreeMap<&ObjectId, Candidate<'_>> = BTreeMap::new();
    let missing = GroupResolution::Unknown { reason: "no answer".into() };
    let answers = groups.iter().chain(std::iter::repeat(&missing));
    for (entry, resolution) in team.groups.iter().zip(answers) {
        expanded.problems.extend(doubts::about(entry, resolution));
        let GroupResolution::Found { people, .. } = resolution else { continue };
        for member in people.iter().filter(|m| !has_own_entry(m, &own, &team.left_out)) {
            let new = || Candidate { member, entry, sizes: BTreeSet::new() };
            candidates.entry(&member.person.object_id).or_insert_with(new).sizes.extend(entry.vm_size.as_deref());
        }
    }
    let (enabled, disabled): (Vec<_>, Vec<_>) = candidates.into_values().partition(|c| c.member.enabled);
    expanded.spared = disabled.iter().map(|c| c.member.person.object_id.clone()).collect();
    let mut everybody: Vec<Placed<'_>> = own.into_iter().map(|member| Placed { member, entry: None }).collect();
    for candidate in &enabled {
        match admit(candidate) {
            Ok(member) => everybody.push(Placed { member, entry: Some(candidate.entry) }),
            Err(problem) => expanded.problems.push(problem),
        }
    }
    expanded.members = distinct(everybody, &mut expanded.problems);
    expanded.problems.sort_by_key(|p| p.line);
    expanded
}

/// By object ID; by address as well, when an own entry could not be told to be exactly one person.
fn has_own_entry(member: &GroupMember, own: &[DesiredMember], left_out: &[String]) -> bool {
    let id = &member.person.object_id;
    let is_address = |email: &str| {
        email.eq_ignore_ascii_case(&member.person.user_principal_name)
            || member.mail.as_deref().is_some_and(|mail| email.eq_ignore_ascii_case(mail))
    };
    left_out.iter().any(|email| is_address(email))
        || own.iter().any(|m| match &m.resolution {
            Resolution::Found { person } | Resolution::Disabled { person } => &person.object_id == id,
            Resolution::Ambiguous { candidates } => candidates.iter().any(|p| &p.object_id == id),
            Resolution::NotFound | Resolution::Unknown { .. } => is_address(&m.member.email),
        })
}

fn admit(candidate: &Candidate<'_>) -> Result<DesiredMember, Problem> {
    let Candidate { member, entry, sizes } = candidate;
    let email = member.email();
    if sizes.len() > 1 {
        let sizes: Vec<&str> = sizes.iter().copied().collect();
        let message = format!("{email} is in groups of different sizes: {}", sizes.join(", "));
        return Err(doubts::of(entry, message, "give them an entry of their own with the `vmSize` that is meant"));
    }
    let Some(slug) = Slug::from_text(email.split('@').next().unwrap_or_default()) else {
        let message = format!("`{email}` has no letter or digit to name a machine after");
        return Err(doubts::of(entry, message, "give them an entry of their own with a `name`"));
    };
    let vm_size = sizes.first().map(|size| (*size).to_owned());
    let member =
        Member { email: email.to_owned(), slug, vm_size, config: None, idle: Default::default(), line: entry.line };
    Ok(DesiredMember { member, resolution: Resolution::Found { person: candidate.member.person.clone() } })
}
