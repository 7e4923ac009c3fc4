//! Whose a machine is, for what a member has of their own: config, idle policy, secrets.

use std::collections::{HashMap, HashSet};

use super::{
    desired::DesiredMember,
    instance::Instance,
    member::Member,
    person::{ObjectId, Resolution},
};

/// Members beside the machines: found as a plan finds them, by object ID. The tags of a machine, which may be from
/// before its member was renamed, count only for members whom the directory does not tell.
pub struct Owners {
    members: Vec<DesiredMember>,
    by_id: HashMap<ObjectId, usize>,
    /// Addresses of everybody in the team, in lower case: a machine that names another of them is not somebody's who is lost.
    team: HashSet<String>,
    /// Members of whom nobody can say which machine is theirs, if they have one, and why.
    lost: Vec<(usize, String)>,
}

impl Owners {
    /// `members` are those of the team who matter.
    pub fn new(members: Vec<DesiredMember>, team: &[Member], machines: &[Instance]) -> Self {
        let ids = members.iter().enumerate().filter_map(|(n, m)| Some((id_of(m)?.clone(), n)));
        let team = team.iter().map(|m| m.email.to_ascii_lowercase()).collect();
        let mut owners = Self { by_id: ids.collect(), members, team, lost: Vec::new() };
        let is_lost = |m: &DesiredMember| match &m.resolution {
            Resolution::Unknown { .. } | Resolution::NotFound => !machines.iter().any(|i| owners.may_be(i, m)),
            Resolution::Ambiguous { candidates } => {
                let is_one = |i: &Instance| candidates.iter().any(|p| i.member.as_ref() == Some(&p.object_id));
                machines.iter().any(|i| is_one(i) && !owners.may_be(i, m))
            }
            _ => false,
        };
        let why = |m: &DesiredMember| match &m.resolution {
            Resolution::Unknown { reason } => format!("it may be that of {}: {reason}", m.member.email),
            Resolution::NotFound => {
                format!("it may be that of {}: nobody in the directory has this address", m.member.email)
            }
            _ => format!("it may be that of {}: several people have this address", m.member.email),
        };
        let lost = owners.members.iter().enumerate().filter(|(_, m)| is_lost(m)).map(|(n, m)| (n, why(m)));
        owners.lost = lost.collect();
        owners
    }

    /// The member whose machine this is; `None` for a machine of nobody here. An error says why that is not known.
    pub fn of(&self, machine: &Instance) -> Result<Option<&Member>, &str> {
        if let Some(n) = machine.member.as_ref().and_then(|id| self.by_id.get(id)) {
            return Ok(self.members.get(*n).map(|m| &m.member));
        }
        match (self.members.iter().find(|m| self.may_be(machine, m)), self.lost.first()) {
            (Some(found), _) => Ok(Some(&found.member)),
            (None, Some((_, why))) if !self.is_of_the_team(machine) => Err(why),
            (None, _) => Ok(None),
        }
    }

    /// Why nobody can say which machine is this member's.
    pub fn lost(&self, member: &Member) -> Option<&str> {
        let is_this = |n: usize| self.members.get(n).is_some_and(|m| m.member.email == member.email);
        self.lost.iter().find(|(n, _)| is_this(*n)).map(|(_, why)| why.as_str())
    }

    /// Its tags name somebody who is called so still.
    fn is_of_the_team(&self, machine: &Instance) -> bool {
        machine.email.as_ref().is_some_and(|email| self.team.contains(&email.to_ascii_lowercase()))
    }

    /// By the machine's tags, unless the directory says better.
    fn may_be(&self, machine: &Instance, wanted: &DesiredMember) -> bool {
        let is_known = machine.member.as_ref().is_some_and(|id| self.by_id.contains_key(id));
        let is_told = machine.member.is_some() && id_of(wanted).is_some();
        !is_known && !is_told && !machine.names_another(&wanted.member) && machine.may_be_of(&wanted.member)
    }
}

fn id_of(member: &DesiredMember) -> Option<&ObjectId> {
    match &member.resolution {
        Resolution::Found { person } | Resolution::Disabled { person } => Some(&person.object_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{
        names::Slug,
        plan::tests::model::{desired, found, instance, member, person},
    };

    fn machine(name: &str, id: Option<&str>, slug: &str) -> Instance {
        let slug = Slug::from_text(slug);
        Instance { slug, ..instance(&desired(Vec::new()).names, name, id) }
    }

    fn whose<'a>(owners: &'a Owners, machine: &Instance) -> Result<Option<&'a str>, &'a str> {
        owners.of(machine).map(|found| found.map(|m| m.email.as_str()))
    }

    #[test]
    fn the_object_id_decides_and_not_what_the_tags_still_say() {
        let renamed = member("new@x.org", Resolution::Found { person: person("oid-a") });
        let machines = [machine("claw-a", Some("oid-a"), "a"), machine("claw-b", Some("oid-gone"), "b")];
        let owners = Owners::new(vec![renamed, found("b@x.org")], &[], &machines);
        assert_eq!(whose(&owners, &machines[0]), Ok(Some("new@x.org")));
        assert_eq!(whose(&owners, &machines[1]), Ok(None), "somebody else was called so");
        assert_eq!(whose(&owners, &machine("claw-b", None, "b")), Ok(Some("b@x.org")), "a lost tag");
        let disabled = member("c@x.org", Resolution::Disabled { person: person("oid-a") });
        assert_eq!(whose(&Owners::new(vec![disabled], &[], &machines), &machines[0]), Ok(Some("c@x.org")));
    }

    #[test]
    fn whom_the_directory_does_not_tell_is_found_by_tags_or_nobody_is_ruled_out() {
        let machines = [machine("claw-a", Some("oid-a"), "a"), machine("claw-b", Some("oid-b"), "b")];
        let unknown = |email: &str| member(email, Resolution::Unknown { reason: "no answer".into() });
        let owners = Owners::new(vec![unknown("a@x.org")], &[], &machines);
        assert_eq!((whose(&owners, &machines[0]), whose(&owners, &machines[1])), (Ok(Some("a@x.org")), Ok(None)));
        let owners = Owners::new(vec![unknown("c@x.org"), found("b@x.org")], &[], &machines);
        assert_eq!(whose(&owners, &machines[0]), Err("it may be that of c@x.org: no answer"));
        assert_eq!(whose(&owners, &machines[1]), Ok(Some("b@x.org")), "this one is known");
        let two = Resolution::Ambiguous { candidates: vec![person("oid-a"), person("oid-z")] };
        let owners = Owners::new(vec![member("c@x.org", two)], &[], &machines);
        assert_eq!(whose(&owners, &machines[0]), Err("it may be that of c@x.org: several people have this address"));
        let owners = Owners::new(vec![member("c@x.org", Resolution::NotFound)], &[], &machines);
        let why = "it may be that of c@x.org: nobody in the directory has this address";
        assert_eq!(whose(&owners, &machines[0]), Err(why), "a new address may take a while to be found");
        // A slug goes from one person to the next, and an address of the team does not.
        let theirs = Instance { email: Some("b@y.org".into()), ..machines[1].clone() };
        let team = [found("b@y.org").member];
        let owners = Owners::new(vec![member("b@x.org", Resolution::NotFound)], &team, std::slice::from_ref(&theirs));
        assert_eq!((whose(&owners, &machines[1]), whose(&owners, &theirs)), (Ok(Some("b@x.org")), Ok(None)));
    }
}
