//! Disks that outlived their machine (`claw down --keep-data`): whose they are decides who continues on them.

use super::look::Look;
use crate::fleet::{instance::tag, names::Names, observed::Resource, person::Person};

pub enum Kept<'a> {
    /// The name is free.
    None,
    /// ARM id of the disk that carries the member's object ID.
    Theirs(&'a str),
    /// Reason and remedy: a disk is in the way and nobody can say that it is theirs.
    Held(String, String),
}

/// A disk without machine, found by the member's object ID and then by name.
pub fn kept<'a>(machine: &str, person: &Person, look: &Look<'a>) -> Kept<'a> {
    let disks: Vec<&Resource> =
        look.observed.resources.iter().flat_map(|seen| &seen.value).filter(|r| is_free(r, look)).collect();
    let owner = |disk: &Resource| disk.tags.get(tag::MEMBER).cloned();
    let theirs: Vec<&&Resource> = disks
        .iter()
        .filter(|d| owner(d).is_some_and(|id| id.eq_ignore_ascii_case(person.object_id.as_str())))
        .collect();
    match theirs.as_slice() {
        [one] => return Kept::Theirs(&one.id),
        [] => {}
        many => {
            let names: Vec<&str> = many.iter().map(|d| d.name.as_str()).collect();
            let reason = format!("several kept disks are tagged as theirs: {}", names.join(", "));
            return Kept::Held(reason, format!("remove the tag {} from all but one", tag::MEMBER));
        }
    }
    let name = Names::part(machine, "disk");
    match disks.iter().find(|d| d.name.eq_ignore_ascii_case(&name)) {
        None => Kept::None,
        Some(disk) => {
            let whose = if owner(disk).is_some() { "of somebody else" } else { "that says nobody's name" };
            let remedy = format!("delete it, or tag it {}={} if it is theirs", tag::MEMBER, person.object_id);
            Kept::Held(format!("a disk {whose} is in the way: {}", disk.name), remedy)
        }
    }
}

/// A disk named after a machine that is not there.
fn is_free(resource: &Resource, look: &Look<'_>) -> bool {
    resource.kind == "microsoft.compute/disks"
        && resource.name.strip_suffix("-disk").is_some_and(|machine| look.by_name(machine).is_none())
}
