//! Everybody in the team, those who are in it through a group too.

use super::Session;
use crate::fleet::{
    desired::DesiredMember,
    expand::{Expanded, expand},
    member::Member,
    person::Resolution,
    team::Team,
};

/// What the directory says of the team now, and of its operators, in the order of team.json.
pub struct Roster {
    pub expanded: Expanded,
    pub operators: Vec<Resolution>,
}

/// Looks everybody up and expands every group anew.
pub async fn look_up(session: &Session, team: &Team) -> Roster {
    let emails: Vec<String> =
        team.members.iter().map(|m| m.email.clone()).chain(team.operators.iter().cloned()).collect();
    let groups: Vec<String> = team.groups.iter().map(|g| g.group.clone()).collect();
    let (mut people, groups) = tokio::join!(session.cloud().resolve(&emails), session.cloud().expand(&groups));
    let operators = people.split_off(team.members.len().min(people.len()));
    Roster { expanded: expand(team, people, groups), operators }
}

/// These members as the directory knows them now.
pub async fn resolve(session: &Session, members: Vec<Member>) -> Vec<DesiredMember> {
    if members.is_empty() {
        return Vec::new();
    }
    let emails: Vec<String> = members.iter().map(|m| m.email.clone()).collect();
    let mut people = session.cloud().resolve(&emails).await.into_iter();
    let missing = || Resolution::Unknown { reason: "no answer".into() };
    let known = |member| DesiredMember { member, resolution: people.next().unwrap_or_else(missing) };
    members.into_iter().map(known).collect()
}

/// The team with the people of its groups as members. The directory is asked only if there is a group.
pub async fn whole(session: &Session, mut team: Team) -> Team {
    if !team.groups.is_empty() {
        let everybody = look_up(session, &team).await.expanded.members;
        for DesiredMember { member, .. } in everybody {
            if !team.members.contains(&member) {
                team.members.push(member);
            }
        }
    }
    team
}
