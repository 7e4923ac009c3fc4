//! Which machines are shown, and in which order.

use std::cmp::Ordering;

use super::{
    FleetView,
    cell::Order,
    columns::{Changes, Row, by_id},
};
use crate::tui::state::State;

/// The machines that pass the filter, in the chosen order; equal ones by name.
pub fn shown(state: &State) -> Vec<String> {
    let prefs = &state.fleet.prefs;
    let rows = state.rows();
    let mut passes = state.fleet.filter.test(&prefs.shown());
    let Some(column) = by_id(&prefs.sort) else { return rows.into_iter().map(|(name, _)| name.to_owned()).collect() };
    let mut keyed: Vec<(Order, &str)> = rows
        .iter()
        .map(|(name, instance)| Row::new(state, name, *instance))
        .filter(|row| passes(row))
        .map(|row| ((column.cell)(&row).order, row.name))
        .collect();
    keyed.sort_by(|a, b| compare(&a.0, &b.0, prefs.descending).then_with(|| a.1.cmp(b.1)));
    keyed.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// When the rows may have to stand otherwise, given the column they are sorted by and those that the filter looks at.
pub fn changes(view: &FleetView) -> Changes {
    let looked_at = view.filter.columns(&view.prefs.shown());
    let all = looked_at.into_iter().chain(by_id(&view.prefs.sort));
    all.map(|column| column.changes).max().unwrap_or(Changes::Seldom)
}

/// What is not known comes last, whichever way is sorted.
fn compare(a: &Order, b: &Order, descending: bool) -> Ordering {
    match (a, b) {
        (Order::Unknown, _) | (_, Order::Unknown) => a.cmp(b),
        _ if descending => b.cmp(a),
        _ => a.cmp(b),
    }
}

/// Takes new rows in: the cursor stays on its machine, or else where it was; marks of machines that are gone go.
pub fn settle(view: &mut FleetView, shown: Vec<String>, is_row: impl Fn(&str) -> bool) {
    let at = view.position();
    view.shown = shown;
    let stays = view.cursor.as_ref().is_some_and(|name| view.shown.contains(name));
    if !stays {
        let at = at.min(view.shown.len().saturating_sub(1));
        view.cursor = view.shown.get(at).cloned();
    }
    view.marks.retain(|name| is_row(name));
}
