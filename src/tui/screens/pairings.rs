//! Every device of the fleet that asks to be let in.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    widgets::{Row, Table, TableState},
};

use super::empty;
use crate::{
    fleet::{idle::in_words, pairing::PENDING_LIFETIME},
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let pending = state.pending();
    if pending.is_empty() {
        return empty("no device asks to be paired; requests show up here by themselves", theme, frame, area);
    }
    let rows = pending.iter().map(|p| {
        let left = in_words((p.requested_at + PENDING_LIFETIME - state.now).max(time::Duration::ZERO));
        let again = if p.is_repair { " (again)" } else { "" };
        let cells = [
            format!("{}{again}", p.display_name),
            p.machine.clone(),
            p.platform.clone(),
            p.remote_ip.clone(),
            left,
            p.scopes.join(" "),
        ];
        Row::new(cells.map(|c| harmless(&c)))
    });
    let widths = [
        Constraint::Min(14),
        Constraint::Length(14),
        Constraint::Length(8),
        Constraint::Length(15),
        Constraint::Length(8),
        Constraint::Fill(3),
    ];
    let table = Table::new(rows, widths)
        .header(Row::new(["DEVICE", "MACHINE", "PLATFORM", "FROM", "EXPIRES", "ASKS FOR"]).style(theme.dim))
        .column_spacing(2)
        .highlight_symbol("▌")
        .row_highlight_style(theme.selected);
    let mut at = TableState::default().with_selected(Some(state.at(Screen::Pairings)));
    frame.render_stateful_widget(table, area, &mut at);
}
