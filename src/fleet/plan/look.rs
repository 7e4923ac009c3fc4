//! What was observed, arranged so that a plan for a thousand members looks everything up once.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
};

use super::{
    super::{
        caseless::Caseless,
        desired::Desired,
        instance::Instance,
        names::Names,
        observed::{Assignment, Observed, Schedule},
        person::ObjectId,
    },
    roles::{Roles, is_own, machine_of},
};

/// Indexes over one observation.
pub struct Look<'a> {
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    pub instances: Vec<&'a Instance>,
    by_member: HashMap<&'a ObjectId, Vec<&'a Instance>>,
    by_name: HashMap<Caseless<'a>, &'a Instance>,
    /// `None` when they could not be seen.
    roles: Option<Roles<'a>>,
    /// What claw gave at machines to people who are not their owners, by the machine's name.
    strangers: OnceCell<HashMap<Caseless<'a>, Vec<&'a Assignment>>>,
    /// Everybody in the team who was found.
    pub people: HashSet<&'a ObjectId>,
    /// Ids of the group's resources, once one is asked for among many.
    ids: OnceCell<HashSet<Caseless<'a>>>,
    /// By name.
    schedules: HashMap<Caseless<'a>, &'a Schedule>,
    vault_id: String,
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
        // Room for all from the start: what grows reads every key again.
        let mut by_member: HashMap<_, Vec<_>> = HashMap::with_capacity(instances.len());
        for i in &instances {
            if let Some(member) = &i.member {
                by_member.entry(member).or_default().push(*i);
            }
        }
        let by_name = instances.iter().map(|i| (Caseless(&i.name), *i)).collect();
        let seen = group_absent || observed.assignments.is_some();
        let assignments = observed.assignments.as_ref().map_or(&[][..], |seen| &seen.value);
        let roles = seen.then(|| Roles::among(assignments));
        let mut people = HashSet::with_capacity(desired.members.len());
        people.extend(desired.members.iter().filter_map(|m| m.resolution.person()).map(|p| &p.object_id));
        let schedules = observed.schedules.as_ref().map_or(&[][..], |seen| &seen.value);
        let schedules = schedules.iter().map(|s| (Caseless(&s.name), s)).collect();
        let vault_id = desired.names.vault_id();
        Some(Self {
            desired,
            observed,
            instances,
            by_member,
            by_name,
            roles,
            strangers: OnceCell::new(),
            people,
            ids: OnceCell::new(),
            schedules,
            vault_id,
        })
    }

    pub fn group_exists(&self) -> bool {
        self.observed.group.as_ref().is_some_and(|g| g.value)
    }

    /// Whether it is known what the group holds: an absent one holds nothing.
    pub fn sees_resources(&self) -> bool {
        self.observed.resources.is_some() || self.observed.group.as_ref().is_some_and(|g| !g.value)
    }

    pub fn by_member(&self, member: &ObjectId) -> &[&'a Instance] {
        self.by_member.get(member).map_or(&[], Vec::as_slice)
    }

    pub fn by_name(&self, name: &str) -> Option<&'a Instance> {
        self.by_name.get(&Caseless(name)).copied()
    }

    /// True only when it was seen that the role is missing.
    pub fn lacks(&self, scope: &str, principal: &ObjectId, role: &str) -> bool {
        let Some(roles) = &self.roles else { return false };
        let is_role = |a: &Assignment| a.role == role || a.role.eq_ignore_ascii_case(role);
        !roles.of(principal).any(|a| is_role(a) && a.scope.eq_ignore_ascii_case(scope))
    }

    /// The role assignments of one principal that could be seen, at whatever scope.
    pub fn roles_of(&self, principal: &ObjectId) -> impl Iterator<Item = &'a Assignment> {
        self.roles.iter().flat_map(|roles| roles.of(principal))
    }

    /// Whether role assignments could be seen: an absent group has none, and that is seen.
    pub fn sees_roles(&self) -> bool {
        self.roles.is_some()
    }

    /// The member's roles that claw once gave at this machine, or at one of its name before, to anybody but its owner.
    pub fn strangers(&self, machine: &str, owner: &ObjectId) -> Vec<&'a Assignment> {
        let all = self.strangers.get_or_init(|| self.all_strangers());
        let there = all.get(&Caseless(machine)).map_or(&[][..], Vec::as_slice);
        there.iter().copied().filter(|a| &a.principal != owner && is_own(a)).collect()
    }

    fn all_strangers(&self) -> HashMap<Caseless<'a>, Vec<&'a Assignment>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for a in self.observed.assignments.iter().flat_map(|seen| &seen.value) {
            // Nearly all are their owner's, and need no more than this.
            let is_owners = |machine: &str| self.by_name(machine)?.member.as_ref().map(|owner| owner == &a.principal);
            if a.scope.rsplit('/').next().and_then(is_owners) == Some(true) {
                continue;
            }
            if let Some(machine) = machine_of(a, &self.desired.names) {
                found.entry(Caseless(machine)).or_default().push(a);
            }
        }
        found
    }

    /// Whether the group holds a resource of this id; `None` when that could not be seen.
    pub fn has_resource(&self, id: &str) -> Option<bool> {
        let seen = self.observed.resources.as_ref()?;
        let ids = self.ids.get_or_init(|| seen.value.iter().map(|r| Caseless(&r.id)).collect());
        Some(ids.contains(&Caseless(id)))
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
