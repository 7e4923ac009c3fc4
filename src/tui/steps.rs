//! Which steps of the plan are left once some are taken out.

use std::collections::BTreeSet;

use crate::fleet::step::{Step, StepId};

/// These steps and all that wait for them, directly or not.
pub fn with_those_after(steps: &[Step], first: &StepId) -> BTreeSet<StepId> {
    let mut lost = BTreeSet::from([first.clone()]);
    loop {
        let more: Vec<StepId> = steps
            .iter()
            .filter(|s| !lost.contains(&s.id) && s.after.iter().any(|a| lost.contains(a)))
            .map(|s| s.id.clone())
            .collect();
        if more.is_empty() {
            return lost;
        }
        lost.extend(more);
    }
}

/// This step and all that it waits for, directly or not.
pub fn with_those_before(steps: &[Step], last: &StepId) -> BTreeSet<StepId> {
    let mut needed = BTreeSet::new();
    let mut open = vec![last.clone()];
    while let Some(id) = open.pop() {
        if needed.insert(id.clone()) {
            open.extend(steps.iter().filter(|s| s.id == id).flat_map(|s| s.after.iter().cloned()));
        }
    }
    needed
}
