//! Which steps may start: those whose predecessors all succeeded.

use std::collections::{BTreeSet, VecDeque};

use crate::fleet::step::{Step, StepId};

/// The steps not started yet.
pub struct Graph {
    waiting: VecDeque<Step>,
    done: BTreeSet<StepId>,
}

impl Graph {
    /// A predecessor that is not in the plan counts as done: it was true when the plan was made.
    pub fn new(steps: &[Step]) -> Self {
        let known: BTreeSet<&StepId> = steps.iter().map(|s| &s.id).collect();
        let done = steps.iter().flat_map(|s| &s.after).filter(|id| !known.contains(id)).cloned().collect();
        Self { waiting: steps.iter().cloned().collect(), done }
    }

    /// Takes out the next step that may start.
    pub fn next(&mut self) -> Option<Step> {
        let at = self.waiting.iter().position(|s| s.after.iter().all(|a| self.done.contains(a)))?;
        self.waiting.remove(at)
    }

    pub fn done(&mut self, id: &StepId) {
        self.done.insert(id.clone());
    }

    /// Takes out every step that waits, directly or not, for this one.
    pub fn failed(&mut self, id: &StepId) -> Vec<StepId> {
        let mut lost = BTreeSet::from([id.clone()]);
        let mut skipped = Vec::new();
        while let Some(at) = self.waiting.iter().position(|s| s.after.iter().any(|a| lost.contains(a))) {
            if let Some(step) = self.waiting.remove(at) {
                lost.insert(step.id.clone());
                skipped.push(step.id);
            }
        }
        skipped
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
