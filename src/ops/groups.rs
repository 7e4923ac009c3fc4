//! Entries of team.json that are groups, expanded anew for each plan.

use std::collections::BTreeSet;

use super::Session;
use crate::fleet::{
    desired::DesiredMember,
    member::Member,
    names::Slug,
    person::{ObjectId, Resolution},
    team::{GroupEntry, Problem},
};

/// The groups' members who are not there in person, and what was wrong. A group that can't be read may hide anybody,
/// so that nobody is taken for a leaver.
pub async fn expand(
    session: &Session,
    groups: &[GroupEntry],
    persons: &[DesiredMember],
) -> (Vec<DesiredMember>, Vec<Problem>) {
    let mut seen: BTreeSet<ObjectId> = persons.iter().filter_map(|m| id(&m.resolution)).collect();
    let (mut members, mut problems) = (Vec::new(), Vec::new());
    for entry in groups {
        let found = match session.cloud().group_members(&entry.group).await {
            Ok(found) => found,
            Err(error) => {
                problems.push(Problem {
                    line: entry.line,
                    field: entry.field.clone(),
                    message: error.message,
                    remedy: error.remedy.unwrap_or_else(|| "run the command again".into()),
                    hides_a_member: true,
                });
                continue;
            }
        };
        for (email, resolution) in found {
            let is_new = id(&resolution).is_some_and(|id| seen.insert(id));
            if is_new && let Some(slug) = Slug::from_text(email.split('@').next().unwrap_or_default()) {
                let vm_size = entry.vm_size.clone();
                let member = Member { email, slug, vm_size, config: None, idle_after: None, line: entry.line };
                members.push(DesiredMember { member, resolution });
            }
        }
    }
    let clashes = clashing(persons, &members);
    members.retain(|m| !clashes.contains(&m.member.slug));
    problems.extend(clashes.iter().map(|slug| Problem {
        line: 0,
        field: "members".into(),
        message: format!("several people of your groups would get the machine `claw-{slug}`"),
        remedy: "list each of them by `email` with a `name` of their own".into(),
        hides_a_member: true,
    }));
    (members, problems)
}

fn id(resolution: &Resolution) -> Option<ObjectId> {
    match resolution {
        Resolution::Found { person } | Resolution::Disabled { person } => Some(person.object_id.clone()),
        _ => None,
    }
}

/// Slugs that somebody of a group shares with anybody: order never decides who gets the name.
fn clashing(persons: &[DesiredMember], members: &[DesiredMember]) -> BTreeSet<Slug> {
    let mut taken: BTreeSet<&Slug> = persons.iter().map(|m| &m.member.slug).collect();
    members.iter().map(|m| &m.member.slug).filter(|slug| !taken.insert(slug)).cloned().collect()
}
