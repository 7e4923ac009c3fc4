//! The plan's steps as a tree, and which of them are left once some are taken out.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::step::{Step, StepId};

/// Steps in the order of the tree: the index in the plan, and the branch drawn before it, e.g. `│ └ `. A step hangs on
/// the last of those before it that the plan has.
pub fn tree(steps: &[Step]) -> Vec<(usize, String)> {
    let at: BTreeMap<&StepId, usize> = steps.iter().enumerate().map(|(n, s)| (&s.id, n)).collect();
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (n, step) in steps.iter().enumerate() {
        // Only on an earlier one: steps that wait for each other can't make a ring of it.
        let parent = step.after.iter().filter_map(|id| at.get(id).copied()).filter(|p| *p < n).max();
        children.entry(parent).or_default().push(n);
    }
    let mut out = Vec::with_capacity(steps.len());
    let mut open: Vec<(usize, String, String)> = Vec::new();
    for root in children.get(&None).into_iter().flatten().rev() {
        open.push((*root, String::new(), String::new()));
    }
    while let Some((n, branch, below)) = open.pop() {
        out.push((n, branch));
        let own = children.get(&Some(n)).map(Vec::as_slice).unwrap_or_default();
        for (place, child) in own.iter().enumerate().rev() {
            let last = place + 1 == own.len();
            let (sign, line) = if last { ("└ ", "  ") } else { ("├ ", "│ ") };
            open.push((*child, format!("{below}{sign}"), format!("{below}{line}")));
        }
    }
    out
}

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
