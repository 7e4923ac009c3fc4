//! What is wrong with an entry that names a group, in words.

use crate::fleet::{
    group::{GroupEntry, GroupMember, GroupResolution},
    team::Problem,
};

/// Names that a sentence lists before it counts the rest.
const SHOWN: usize = 5;

/// A problem behind which a member may be hidden.
pub fn of(entry: &GroupEntry, message: String, remedy: &str) -> Problem {
    Problem {
        line: entry.line,
        field: format!("members[{}].group", entry.index),
        message,
        remedy: remedy.to_owned(),
        hides_a_member: true,
    }
}

/// Everything to say about one entry. Whatever leaves open who is in the group hides a member.
pub fn about(entry: &GroupEntry, resolution: &GroupResolution) -> Vec<Problem> {
    let group = &entry.group;
    let (message, remedy) = match resolution {
        GroupResolution::Found { people, hidden } => return of_found(entry, people, *hidden),
        GroupResolution::NotFound => (
            format!("the directory has no group `{group}`"),
            "write its display name as it stands in Entra, or its object ID".to_owned(),
        ),
        GroupResolution::Ambiguous { candidates } => {
            let ids: Vec<&str> = candidates.iter().map(|id| id.as_str()).collect();
            let message = format!("{} groups are called `{group}`: {}", ids.len(), list(&ids));
            (message, "write the object ID of the one that is meant".to_owned())
        }
        GroupResolution::Unknown { reason } => (
            format!("the group `{group}` could not be read: {reason}"),
            "run the command again; until the group is read, nobody is taken for a leaver".to_owned(),
        ),
    };
    vec![of(entry, message, &remedy)]
}

fn of_found(entry: &GroupEntry, people: &[GroupMember], hidden: usize) -> Vec<Problem> {
    let group = &entry.group;
    let mut problems = Vec::new();
    if hidden > 0 {
        let message = format!("{} of the group `{group}` may not be read by you", count(hidden, "member"));
        problems.push(of(entry, message, "run claw as somebody who may (User.Read.All, Member.Read.Hidden)"));
    }
    if people.is_empty() && hidden == 0 {
        // Without Member.Read.Hidden, a group with hidden membership looks just like this.
        let message = format!("the group `{group}` shows no users");
        problems.push(of(entry, message, "add people to it, or take the entry out of team.json"));
    }
    let mut disabled: Vec<&str> = people.iter().filter(|m| !m.enabled).map(GroupMember::email).collect();
    disabled.sort_unstable();
    if !disabled.is_empty() {
        let accounts = count(disabled.len(), "disabled account");
        let message = format!("the group `{group}` has {accounts}: {}", list(&disabled));
        let remedy = "they get no machine and lose none; enable them in Entra, or take them out of the group";
        problems.push(Problem { hides_a_member: false, ..of(entry, message, remedy) });
    }
    problems
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn list(names: &[&str]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
