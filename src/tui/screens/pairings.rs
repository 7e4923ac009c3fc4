//! Every device of the fleet that asks to be let in, then those that are in.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    widgets::{Row, Table, TableState},
};

use time::OffsetDateTime;

use super::empty;
use crate::{
    fleet::pairing::{PENDING_LIFETIME, PairingRequest},
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (pending, paired) = (state.pending(), state.paired());
    if pending.is_empty() && paired.is_empty() {
        return empty("no device asks to be paired; requests show up here by themselves", theme, frame, area);
    }
    let wide = area.width >= 100;
    let asking = pending.iter().map(|p| {
        let left = countdown(p, state.now);
        let mark = if state.marked.contains(&(p.machine.clone(), p.request_id.clone())) { "✓ " } else { "" };
        let again = if p.is_repair { " (again)" } else { "" };
        let mut cells = vec![format!("{mark}{}{again}", p.display_name), p.machine.clone(), left, p.asks_for()];
        if wide {
            cells.extend([p.remote_ip.clone(), p.platform.clone()]);
        }
        Row::new(cells.into_iter().map(|c| harmless(&c)))
    });
    let known = paired.iter().map(|d| {
        let now = match (d.connected, d.roles.is_empty()) {
            (true, _) => "online",
            (false, true) => "revoked",
            (false, false) => "paired",
        };
        let scopes = d.scopes.iter().map(|s| s.trim_start_matches("operator.")).collect::<Vec<_>>().join(" ");
        let cells = [d.label.clone(), d.machine.clone(), now.to_owned(), scopes];
        Row::new(cells.map(|c| harmless(&c))).style(theme.dim)
    });
    let rows = asking.chain(known);
    let mut widths = vec![Constraint::Min(18), Constraint::Length(14), Constraint::Length(8), Constraint::Fill(2)];
    let mut titles = vec!["DEVICE", "MACHINE", "EXPIRES", "SCOPES (operator.…)"];
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

/// What is left until the request expires, as `4:07`.
pub fn countdown(request: &PairingRequest, now: OffsetDateTime) -> String {
    let left = (request.requested_at + PENDING_LIFETIME - now).whole_seconds().max(0);
    format!("{}:{:02}", left / 60, left % 60)
}
