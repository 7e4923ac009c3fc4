//! Machines that an address was made for, and nothing more came of them. Azure gives a member's DNS label to no other
//! address, so they are gone on with.

use std::collections::HashMap;

use super::look::Look;
use crate::fleet::{desired::DesiredMember, instance::tag, person::ObjectId};

/// By whose they were to be: names in lower case, sorted.
pub struct Begun(HashMap<ObjectId, Vec<String>>);

impl Begun {
    pub fn seen(look: &Look<'_>) -> Self {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        let resources = look.observed.resources.iter().flat_map(|seen| &seen.value);
        for address in resources.filter(|r| r.kind == "microsoft.network/publicipaddresses") {
            let name = address.name.to_ascii_lowercase();
            let machine = name.strip_suffix("-ip").filter(|m| m.starts_with("claw-") && look.by_name(m).is_none());
            if let (Some(machine), Some(owner)) = (machine, address.tags.get(tag::MEMBER)) {
                all.entry(ObjectId::new(owner)).or_default().push(machine.to_owned());
            }
        }
        all.values_mut().for_each(|machines| machines.sort());
        Self(all)
    }

    /// The first one whose name nobody else in the team has.
    pub fn of(&self, person: &ObjectId, look: &Look<'_>) -> Option<String> {
        let is_anothers = |m: &DesiredMember, machine: &str| {
            m.member.slug.machine() == machine && m.resolution.person().is_none_or(|p| &p.object_id != person)
        };
        let is_free = |machine: &&String| !look.desired.members.iter().any(|m| is_anothers(m, machine));
        self.0.get(person)?.iter().find(is_free).cloned()
    }
}
