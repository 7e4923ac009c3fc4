//! What was observed, arranged so that a plan for a thousand members looks everything up once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::{
    desired::Desired,
    instance::Instance,
    names::Names,
    observed::{Assignment, Observed, Schedule},
    person::ObjectId,
};

/// Indexes over one observation.
pub struct Look<'a> {
    pub observed: &'a Observed,
    pub instances: Vec<&'a Instance>,
    by_member: HashMap<&'a ObjectId, Vec<&'a Instance>>,
    by_name: HashMap<String, &'a Instance>,
    /// One key an assignment; `None` when assignments could not be seen.
    granted: Option<HashSet<String>>,
    /// Lower-cased scope → assignments there.
    pub at_scope: HashMap<String, Vec<&'a Assignment>>,
    /// Everybody in the team who was found.
    pub people: HashSet<&'a ObjectId>,
    /// Tags of the group's resources by lower-cased id; `None` when they could not be seen.
    pub resources: Option<HashMap<String, &'a BTreeMap<String, String>>>,
    /// By lower-cased name.
    schedules: HashMap<String, &'a Schedule>,
}

impl<'a> Look<'a> {
    /// `None` when the machines could not be seen. An absent group has no machines, and that is seen.
    pub fn at(desired: &'a Desired, observed: &'a Observed) -> Option<Self> {
        let group_absent = observed.group.as_ref().is_some_and(|g| !g.value);
        let instances: Vec<&Instance> = match &observed.instances {
            Some(seen) => seen.value.iter().collect(),
            None if group_absent => Vec::new(),
            None => return None,
        };
        let mut by_member: HashMap<_, Vec<_>> = HashMap::new();
        for i in &instances {
            if let Some(member) = &i.member {
                by_member.entry(member).or_default().push(*i);
            }
        }
        let by_name = instances.iter().map(|i| (i.name.to_ascii_lowercase(), *i)).collect();
        let mut at_scope: HashMap<_, Vec<_>> = HashMap::new();
        let mut granted = group_absent.then(HashSet::new);
        if let Some(seen) = &observed.assignments {
            let mut set = HashSet::new();
            for a in &seen.value {
                set.insert(key(&a.scope, a.principal.as_str(), &a.role));
                at_scope.entry(a.scope.to_ascii_lowercase()).or_default().push(a);
            }
            granted = Some(set);
        }
        let people = desired.members.iter().filter_map(|m| m.resolution.person()).map(|p| &p.object_id).collect();
        let resources = observed.resources.as_ref();
        let resources = resources.map(|seen| seen.value.iter().map(|r| (r.id.to_ascii_lowercase(), &r.tags)).collect());
        let schedules = observed.schedules.iter().flat_map(|seen| &seen.value);
        let schedules = schedules.map(|s| (s.name.to_ascii_lowercase(), s)).collect();
        Some(Self { observed, instances, by_member, by_name, granted, at_scope, people, resources, schedules })
    }

    pub fn group_exists(&self) -> bool {
        self.observed.group.as_ref().is_some_and(|g| g.value)
    }

    pub fn by_member(&self, member: &ObjectId) -> &[&'a Instance] {
        self.by_member.get(member).map_or(&[], Vec::as_slice)
    }

    pub fn by_name(&self, name: &str) -> Option<&'a Instance> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// True only when it was seen that the role is missing.
    pub fn lacks(&self, scope: &str, principal: &ObjectId, role: &str) -> bool {
        self.granted.as_ref().is_some_and(|set| !set.contains(&key(scope, principal.as_str(), role)))
    }

    /// The daily stop of a machine.
    pub fn schedule(&self, machine: &str) -> Option<&'a Schedule> {
        self.schedules.get(&Names::shutdown(machine).to_ascii_lowercase()).copied()
    }
}

/// Scope, principal and role in one lower-cased string, as Azure compares them.
fn key(scope: &str, principal: &str, role: &str) -> String {
    let mut key = [scope, principal, role].join("|");
    key.make_ascii_lowercase();
    key
}
