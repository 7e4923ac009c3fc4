//! Which columns are shown, in which order, and by which one is sorted. Kept as `fleet.json` in the data folder.

use serde::{Deserialize, Serialize};

use super::columns::{COLUMNS, by_id};

/// Columns by their ids. Made whole with `mended` after reading: files are written by hand, too, and by other versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prefs {
    /// All columns in their order.
    pub order: Vec<String>,
    pub hidden: Vec<String>,
    pub sort: String,
    pub descending: bool,
    /// The theme that was chosen by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
}

impl Default for Prefs {
    fn default() -> Self {
        let order = COLUMNS.iter().map(|c| c.id.to_owned()).collect();
        let hidden = ["size", "email"].map(str::to_owned).to_vec();
        Self { order, hidden, sort: COLUMNS[0].id.to_owned(), descending: false, theme: None }
    }
}

impl Prefs {
    /// Without unknown and doubled columns; those that are missing go to the end, hidden.
    pub fn mended(mut self) -> Self {
        let mut order: Vec<String> = Vec::new();
        for id in std::mem::take(&mut self.order) {
            if by_id(&id).is_some() && !order.contains(&id) {
                order.push(id);
            }
        }
        for column in COLUMNS {
            if !order.iter().any(|id| id == column.id) {
                order.push(column.id.to_owned());
                self.hidden.push(column.id.to_owned());
            }
        }
        self.order = order;
        self.hidden.retain(|id| by_id(id).is_some());
        self.hidden.sort();
        self.hidden.dedup();
        if by_id(&self.sort).is_none() {
            self.sort = COLUMNS[0].id.to_owned();
        }
        // A table of nothing says nothing.
        if self.shown().is_empty() {
            self.hidden.retain(|id| id != COLUMNS[0].id);
        }
        self
    }

    /// The ids of those that are shown, in their order.
    pub fn shown(&self) -> Vec<&'static str> {
        let shown = self.order.iter().filter(|id| !self.hidden.contains(id));
        shown.filter_map(|id| by_id(id)).map(|c| c.id).collect()
    }

    /// Shows or hides; the last one stays.
    pub fn toggle(&mut self, id: &str) {
        if self.hidden.iter().any(|h| h == id) {
            self.hidden.retain(|h| h != id);
        } else if self.shown().len() > 1 {
            self.hidden.push(id.to_owned());
        }
    }

    /// Moves the column at `from` by one place and says where it is then.
    pub fn shift(&mut self, from: usize, right: bool) -> usize {
        let to = if right { from + 1 } else { from.saturating_sub(1) };
        if from >= self.order.len() || to >= self.order.len() {
            return from;
        }
        self.order.swap(from, to);
        to
    }

    /// Sorts by this column; once more turns the order round.
    pub fn sort_by(&mut self, id: &str) {
        self.descending = self.sort == id && !self.descending;
        self.sort = id.to_owned();
    }
}
