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
    let wide = area.width >= 100;
    let rows = pending.iter().map(|p| {
        let left = in_words((p.requested_at + PENDING_LIFETIME - state.now).max(time::Duration::ZERO));
        let again = if p.is_repair { " (again)" } else { "" };
        let mut cells = vec![format!("{}{again}", p.display_name), p.machine.clone(), left, p.asks_for()];
        if wide {
            cells.extend([p.remote_ip.clone(), p.platform.clone()]);
        }
        Row::new(cells.into_iter().map(|c| harmless(&c)))
    });
    let mut widths = vec![Constraint::Min(18), Constraint::Length(14), Constraint::Length(8), Constraint::Fill(2)];
    let mut titles = vec!["DEVICE", "MACHINE", "EXPIRES", "ASKS FOR (operator.…)"];
    if wide {
        widths.extend([Constraint::Length(15), Constraint::Length(8)]);
        titles.extend(["FROM", "PLATFORM"]);
    }
    let table = Table::new(rows, widths)
        .header(Row::new(titles).style(theme.dim))
        .column_spacing(2)
        .highlight_symbol("▌")
        .row_highlight_style(theme.selected);
    let mut at = TableState::default().with_selected(Some(state.at(Screen::Pairings)));
    frame.render_stateful_widget(table, area, &mut at);
}
