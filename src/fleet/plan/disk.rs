//! Disks that outlived their machine (`claw down --keep-data`): whose they are decides who continues on them.

use std::collections::HashMap;

use super::look::Look;
use crate::fleet::{
    instance::tag,
    names::{Names, Slug},
    observed::Resource,
    person::{ObjectId, Person},
};

pub enum Kept<'a> {
    /// The name is free.
    None,
    /// The disk that carries the member's object ID. The machine on it is called as the disk's was: the system there
    /// asks for the secret of that name.
    Theirs {
        /// ARM id.
        disk: &'a str,
        /// `None` for a disk that claw has not named.
        machine: Option<String>,
    },
    /// Reason and remedy: a disk is in the way and nobody can say that it is theirs.
    Held(String, String),
}

/// The disks without machine.
pub struct Disks<'a> {
    by_owner: HashMap<ObjectId, Vec<&'a Resource>>,
    /// By lower-cased name.
    by_name: HashMap<String, &'a Resource>,
}

impl<'a> Disks<'a> {
    pub fn without_machine(look: &Look<'a>) -> Self {
        let resources = look.observed.resources.iter().flat_map(|seen| &seen.value);
        Self::among(resources, |machine| look.by_name(machine).is_some())
    }

    /// `stands` says whether there is a machine of a name.
    pub fn among(resources: impl IntoIterator<Item = &'a Resource>, stands: impl Fn(&str) -> bool) -> Self {
        let (mut by_owner, mut by_name) = (HashMap::<_, Vec<_>>::new(), HashMap::new());
        for disk in resources.into_iter().filter(|r| is_free(r, &stands)) {
            if let Some(owner) = disk.tags.get(tag::MEMBER) {
                by_owner.entry(ObjectId::new(owner)).or_default().push(disk);
            }
            by_name.insert(disk.name.to_ascii_lowercase(), disk);
        }
        Self { by_owner, by_name }
    }

    /// The one that has the name of this machine's, whosever it is.
    pub fn named(&self, machine: &str) -> Option<&'a Resource> {
        self.by_name.get(&Names::part(machine, "disk").to_ascii_lowercase()).copied()
    }

    /// Found by the member's object ID and then by name.
    pub fn kept(&self, machine: &str, person: &Person) -> Kept<'a> {
        match self.by_owner.get(&person.object_id).map_or(&[][..], Vec::as_slice) {
            [one] => {
                let machine = Slug::of_disk(&one.name).map(|slug| slug.machine());
                return Kept::Theirs { disk: &one.id, machine };
            }
            [] => {}
            many => {
                let names: Vec<&str> = many.iter().map(|d| d.name.as_str()).collect();
                let reason = format!("several kept disks are tagged as theirs: {}", names.join(", "));
                return Kept::Held(reason, format!("remove the tag {} from all but one", tag::MEMBER));
            }
        }
        match self.named(machine) {
            None => Kept::None,
            Some(disk) => {
                let is_owned = disk.tags.contains_key(tag::MEMBER);
                let whose = if is_owned { "of somebody else" } else { "that says nobody's name" };
                let remedy = match is_owned {
                    true => "give this member a different `name` in team.json".to_owned(),
                    false => format!("delete it, or tag it {}={} if it is theirs", tag::MEMBER, person.object_id),
                };
                Kept::Held(format!("a disk {whose} is in the way: {}", disk.name), remedy)
            }
        }
    }
}

/// A disk named after a machine that is not there.
fn is_free(resource: &Resource, stands: impl Fn(&str) -> bool) -> bool {
    resource.kind == "microsoft.compute/disks"
        && resource.name.strip_suffix("-disk").is_some_and(|machine| !stands(machine))
}
