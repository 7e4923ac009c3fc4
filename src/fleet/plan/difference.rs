//! What a machine is and team.json says otherwise, where no step makes it so.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::fleet::{
    desired::{Desired, DesiredMember},
    instance::Instance,
};

/// Shown and left alone: it makes no step, stops none and changes no exit code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Machine name.
    pub target: String,
    /// As team.json spells it, e.g. `vmSize`.
    pub property: String,
    pub have: String,
    pub wanted: String,
    pub remedy: String,
}

impl Difference {
    pub fn sentence(&self) -> String {
        format!("{} is {}, team.json says {}; nothing is changed", self.property, self.have, self.wanted)
    }
}

/// The size that the member's machine should have.
pub fn size<'a>(desired: &'a Desired, wanted: &'a DesiredMember) -> &'a str {
    wanted.member.vm_size.as_deref().unwrap_or(&desired.fleet.vm_size)
}

/// An existing machine is never resized: that needs it to be off. Without a team.json nobody named a size.
pub fn sizes(desired: &Desired, wanted: &DesiredMember, instance: &Instance, plan: &mut Plan) {
    let (have, size, name) = (&instance.vm_size, size(desired, wanted), &instance.name);
    // A size that was not seen decides nothing.
    if desired.alone || have.is_empty() || have.eq_ignore_ascii_case(size) {
        return;
    }
    let group = &desired.names.resource_group;
    let remedy = format!(
        "claw stop {name}, then az vm resize -g {group} -n {name} --size {size}, then claw start {name}; or, if its \
         data may go: take {email} out of team.json, claw up --delete {name}, put them back, claw up; or write {have} \
         into team.json",
        email = wanted.member.email,
    );
    plan.differences.push(Difference {
        target: name.clone(),
        property: "vmSize".into(),
        have: have.clone(),
        wanted: size.into(),
        remedy,
    });
}
