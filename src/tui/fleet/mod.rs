//! The fleet table without its drawing: columns as data, filter, order, marks, and what is remembered of them.

pub mod cell;
pub mod columns;
pub mod filter;
pub mod layout;
pub mod order;
pub mod prefs;
mod term;

use std::collections::BTreeSet;

use self::{filter::Filter, prefs::Prefs};
use super::field::Field;

/// How the operator looks at the fleet. Machines are remembered by name: rows come, go and change places.
#[derive(Clone, Debug, Default)]
pub struct FleetView {
    pub prefs: Prefs,
    pub filter: Filter,
    /// The filter's line, while it takes the keys.
    pub typing: Option<Field>,
    pub marks: BTreeSet<String>,
    /// The machines that are shown, in their order.
    pub shown: Vec<String>,
    pub cursor: Option<String>,
    /// Of the longest name that is shown, in characters.
    pub name_width: u16,
    /// Something was told of machines since the rows were last put in order.
    pub has_news: bool,
    /// First row in sight.
    pub first: usize,
    /// Columns scrolled away to the left; the name stays.
    pub left: usize,
    /// The line under the cursor of the list of columns, when that is open.
    pub chooser: Option<usize>,
}

impl FleetView {
    /// The filter's line takes the keys.
    pub fn type_filter(&mut self) {
        self.typing = Some(Field::new(self.filter.text()));
    }

    pub fn position(&self) -> usize {
        let at = self.cursor.as_ref().and_then(|name| self.shown.iter().position(|n| n == name));
        at.unwrap_or(0)
    }

    /// The marked machines in their order, or else the one under the cursor. What the filter hides is not acted on.
    pub fn targets(&self) -> Vec<String> {
        let marked: Vec<String> = self.shown.iter().filter(|n| self.marks.contains(*n)).cloned().collect();
        if !marked.is_empty() {
            return marked;
        }
        self.shown.get(self.position()).cloned().into_iter().collect()
    }

    /// Marked machines that the filter hides.
    pub fn hidden_marks(&self) -> usize {
        self.marks.len() - self.shown.iter().filter(|n| self.marks.contains(*n)).count()
    }

    pub fn toggle_mark(&mut self) {
        if let Some(name) = self.shown.get(self.position()).cloned()
            && !self.marks.remove(&name)
        {
            self.marks.insert(name);
        }
    }

    /// Marks all that are shown, or unmarks them when all are marked already.
    pub fn toggle_all(&mut self) {
        let all = self.shown.iter().all(|n| self.marks.contains(n));
        for name in &self.shown {
            if all {
                self.marks.remove(name);
            } else {
                self.marks.insert(name.clone());
            }
        }
    }
}

/// Where a list of `rows` starts so that row `at` is in sight, moving as little as possible.
pub fn in_sight(first: usize, at: usize, rows: usize, height: usize) -> usize {
    let height = height.max(1);
    let first = first.min(at).max((at + 1).saturating_sub(height));
    first.min(rows.saturating_sub(height))
}
