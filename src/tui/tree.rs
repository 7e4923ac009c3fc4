//! The plan's steps as a tree that folds, as it is looked at. Made once for a plan: plans may have ten thousand steps.

use std::collections::{BTreeMap, BTreeSet};

use super::fleet::cell::Tone;
use crate::{
    fleet::step::{Step, StepId},
    ops::sync::Planned,
};

/// A step in sight, by its index in the plan, and how deep in the tree it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub step: usize,
    pub depth: usize,
}

/// A step hangs on the last of those before it that the plan has.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    folded: BTreeSet<usize>,
    rows: Vec<Row>,
}

impl Tree {
    pub fn of(steps: &[Step]) -> Self {
        let at: BTreeMap<&StepId, usize> = steps.iter().enumerate().map(|(n, s)| (&s.id, n)).collect();
        // Only on an earlier one: steps that wait for each other can't make a ring of it.
        let before =
            |n: usize, step: &Step| step.after.iter().filter_map(|id| at.get(id).copied()).filter(|p| *p < n).max();
        let parents: Vec<_> = steps.iter().enumerate().map(|(n, step)| before(n, step)).collect();
        let mut children = vec![Vec::new(); steps.len()];
        for (n, parent) in parents.iter().enumerate() {
            if let Some(own) = parent.and_then(|p| children.get_mut(p)) {
                own.push(n);
            }
        }
        let mut tree = Self { parents, children, ..Self::default() };
        tree.see();
        tree
    }

    /// Those in sight, in the order of the tree.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn see(&mut self) {
        self.rows.clear();
        let roots = (0..self.parents.len()).rev().filter(|n| self.parents[*n].is_none());
        let mut open: Vec<Row> = roots.map(|step| Row { step, depth: 0 }).collect();
        while let Some(row) = open.pop() {
            self.rows.push(row);
            if !self.folded.contains(&row.step) {
                open.extend(self.children[row.step].iter().rev().map(|n| Row { step: *n, depth: row.depth + 1 }));
            }
        }
    }

    pub fn has_branch(&self, step: usize) -> bool {
        self.children.get(step).is_some_and(|own| !own.is_empty())
    }

    pub fn is_folded(&self, step: usize) -> bool {
        self.folded.contains(&step)
    }

    /// Hides what hangs on a step; false where nothing does, or it is hidden already.
    pub fn fold(&mut self, step: usize) -> bool {
        let folds = self.has_branch(step) && self.folded.insert(step);
        if folds {
            self.see();
        }
        folds
    }

    pub fn unfold(&mut self, step: usize) -> bool {
        let unfolds = self.folded.remove(&step);
        if unfolds {
            self.see();
        }
        unfolds
    }

    /// The row of the step that this row's hangs on.
    pub fn above(&self, row: usize) -> Option<usize> {
        let parent = *self.parents.get(self.rows.get(row)?.step)?;
        self.rows[..row].iter().rposition(|r| Some(r.step) == parent)
    }

    /// All that hang on a step, directly or not.
    pub fn below(&self, step: usize) -> Vec<usize> {
        let (mut all, mut next) = (self.children.get(step).cloned().unwrap_or_default(), 0);
        while let Some(n) = all.get(next).copied() {
            all.extend(&self.children[n]);
            next += 1;
        }
        all
    }
}

/// How the plan is looked at.
#[derive(Clone, Debug, Default)]
pub struct PlanView {
    pub tree: Tree,
    /// What is said below the steps.
    pub notes: Vec<(Tone, String)>,
    /// First row in sight, and first line of the details.
    pub first: usize,
    pub details: usize,
}

impl PlanView {
    pub fn of(planned: &Planned) -> Self {
        Self { tree: Tree::of(&planned.plan.steps), notes: notes(planned), ..Self::default() }
    }

    /// Rows that the cursor can stand on.
    pub fn lines(&self) -> usize {
        self.tree.rows().len() + self.notes.len()
    }

    /// The step on a row.
    pub fn step(&self, row: usize) -> Option<usize> {
        self.tree.rows().get(row).map(|row| row.step)
    }
}

fn notes(planned: &Planned) -> Vec<(Tone, String)> {
    let mut all = Vec::new();
    let mut say = |tone, words: String| all.push((tone, words));
    for p in &planned.problems {
        say(Tone::Warn, format!("? team.json line {}, {}: {} · {}", p.line, p.field, p.message, p.remedy));
    }
    for held in &planned.plan.held {
        say(Tone::Warn, format!("? {}: {} · {}", held.target, held.reason, held.remedy));
    }
    for differs in &planned.plan.differences {
        say(Tone::Warn, format!("? {}: {} · {}", differs.target, differs.sentence(), differs.remedy));
    }
    for gap in &planned.observed.gaps {
        say(Tone::Warn, format!("? not seen: {gap}"));
    }
    for refusal in &planned.plan.refusals {
        say(Tone::Bad, format!("! refused: {} · {}", refusal.reason, refusal.remedy));
    }
    if let Some(line) = planned.cost.over_budget() {
        say(Tone::Warn, format!("? {line}"));
    }
    say(Tone::Dim, planned.cost.summary());
    all
}
