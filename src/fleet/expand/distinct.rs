//! No two members with one e-mail or one machine.

use std::collections::BTreeMap;

use super::doubts;
use crate::fleet::{desired::DesiredMember, group::GroupEntry, team::Problem};

/// A member and the group entry that brought them, if it was one.
pub struct Placed<'a> {
    pub member: DesiredMember,
    pub entry: Option<&'a GroupEntry>,
}

impl Placed<'_> {
    fn place(&self) -> String {
        let member = &self.member.member;
        match self.entry {
            Some(entry) => format!("{} (group `{}`, line {})", member.email, entry.group, entry.line),
            None => format!("{} (line {})", member.email, member.line),
        }
    }

    fn problem(&self, message: String, remedy: &str) -> Problem {
        match self.entry {
            Some(entry) => doubts::of(entry, message, remedy),
            None => Problem {
                line: self.member.member.line,
                field: "name".into(),
                message,
                remedy: remedy.to_owned(),
                hides_a_member: true,
            },
        }
    }
}

/// Leaves out everybody who shares an e-mail or a slug with another; order never decides who stays.
pub fn distinct(everybody: Vec<Placed<'_>>, problems: &mut Vec<Problem>) -> Vec<DesiredMember> {
    let mut bad = vec![false; everybody.len()];
    let by_email = shared(&everybody, |m| m.member.email.to_lowercase());
    for (email, who) in &by_email {
        for &i in who {
            bad[i] = true;
            let message = format!("{email} is the address of several people: {}", places(&everybody, who));
            problems.push(everybody[i].problem(message, "give each an address of their own in Entra"));
        }
    }
    for (slug, who) in &shared(&everybody, |m| m.member.slug.to_string()) {
        for i in who.iter().copied().filter(|&i| !std::mem::replace(&mut bad[i], true)) {
            let message = format!("{} would get the same machine `claw-{slug}`", places(&everybody, who));
            problems.push(everybody[i].problem(message, "give one an entry of their own with another `name`"));
        }
    }
    everybody.into_iter().zip(bad).filter(|(_, bad)| !bad).map(|(placed, _)| placed.member).collect()
}

/// Keys that more than one has, with their positions.
fn shared(everybody: &[Placed<'_>], key: impl Fn(&DesiredMember) -> String) -> BTreeMap<String, Vec<usize>> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, placed) in everybody.iter().enumerate() {
        by_key.entry(key(&placed.member)).or_default().push(i);
    }
    by_key.retain(|_, who| who.len() > 1);
    by_key
}

fn places(everybody: &[Placed<'_>], who: &[usize]) -> String {
    who.iter().map(|&i| everybody[i].place()).collect::<Vec<_>>().join(" and ")
}
