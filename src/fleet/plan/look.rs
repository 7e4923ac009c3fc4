//! What was observed, arranged so that a plan for a thousand members looks everything up once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::{
    caseless::Caseless,
    desired::Desired,
    instance::Instance,
    names::Names,
    observed::{Assignment, Observed, Schedule},
    person::ObjectId,
};

/// Indexes over one observation.
pub struct Look<'a> {
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    pub instances: Vec<&'a Instance>,
    by_member: HashMap<&'a ObjectId, Vec<&'a Instance>>,
    by_name: HashMap<Caseless<'a>, &'a Instance>,
    /// `None` when assignments could not be seen.
    granted: Option<HashSet<Grant<'a>>>,
    at_scope: HashMap<Caseless<'a>, Vec<&'a Assignment>>,
    /// Everybody in the team who was found.
    pub people: HashSet<&'a ObjectId>,
    /// Tags of the group's resources by id; `None` when they could not be seen.
    pub resources: Option<HashMap<Caseless<'a>, &'a BTreeMap<String, String>>>,
    /// By name.
    schedules: HashMap<Caseless<'a>, &'a Schedule>,
    vault_id: String,
}

/// Scope, principal and role.
type Grant<'a> = (Caseless<'a>, Caseless<'a>, Caseless<'a>);

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
        let by_name = instances.iter().map(|i| (Caseless(&i.name), *i)).collect();
        let mut at_scope: HashMap<_, Vec<_>> = HashMap::new();
        let mut granted = group_absent.then(HashSet::new);
        if let Some(seen) = &observed.assignments {
            let mut set = HashSet::new();
            for a in &seen.value {
                set.insert((Caseless(&a.scope), Caseless(a.principal.as_str()), Caseless(&a.role)));
                at_scope.entry(Caseless(&a.scope)).or_default().push(a);
            }
            granted = Some(set);
        }
        let people = desired.members.iter().filter_map(|m| m.resolution.person()).map(|p| &p.object_id).collect();
        let resources = observed.resources.as_ref();
        let resources = resources.map(|seen| seen.value.iter().map(|r| (Caseless(&r.id), &r.tags)).collect());
        let schedules = observed.schedules.iter().flat_map(|seen| &seen.value);
        let schedules = schedules.map(|s| (Caseless(&s.name), s)).collect();
        let vault_id = desired.names.vault_id();
        Some(Self {
            desired,
            observed,
            instances,
            by_member,
            by_name,
            granted,
            at_scope,
            people,
            resources,
            schedules,
            vault_id,
        })
    }

    pub fn group_exists(&self) -> bool {
        self.observed.group.as_ref().is_some_and(|g| g.value)
    }

    pub fn by_member(&self, member: &ObjectId) -> &[&'a Instance] {
        self.by_member.get(member).map_or(&[], Vec::as_slice)
    }

    pub fn by_name(&self, name: &str) -> Option<&'a Instance> {
        self.by_name.get(&Caseless(name)).copied()
    }

    /// True only when it was seen that the role is missing.
    pub fn lacks(&self, scope: &str, principal: &ObjectId, role: &str) -> bool {
        self.granted
            .as_ref()
            .is_some_and(|set| !set.contains(&(Caseless(scope), Caseless(principal.as_str()), Caseless(role))))
    }

    /// The assignments at this scope itself.
    pub fn at_scope(&self, scope: &str) -> Vec<&'a Assignment> {
        self.at_scope.get(&Caseless(scope)).cloned().unwrap_or_default()
    }

    /// The scope of a role assignment on one secret.
    pub fn secret_id(&self, secret: &str) -> String {
        Names::secret_in(&self.vault_id, secret)
    }

    /// The daily stop of a machine.
    pub fn schedule(&self, machine: &str) -> Option<&'a Schedule> {
        self.schedules.get(&Caseless(&Names::shutdown(machine))).copied()
    }
}
