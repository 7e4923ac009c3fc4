//! One row a member.

use ratatui::{
    Frame,
    layout::Rect,
    widgets::{Row as TableRow, Table, TableState},
};

use super::empty;
use crate::tui::{
    columns::{COLUMNS, Row},
    state::{Screen, State},
    theme::Theme,
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let rows = state.rows();
    if rows.is_empty() {
        let words = match &state.machines {
            None => "asking Azure …",
            Some(_) => "no machines yet: press p to see what claw would make",
        };
        return empty(words, theme, frame, area);
    }
    let columns: Vec<_> = COLUMNS.iter().filter(|c| area.width >= c.from_width).collect();
    let cells = rows.iter().map(|(name, instance)| {
        let row = Row { name, instance: *instance, view: state.views.get(name), state, theme };
        TableRow::new(columns.iter().map(|c| (c.cell)(&row)).collect::<Vec<_>>())
    });
    let header = TableRow::new(columns.iter().map(|c| c.title)).style(theme.dim);
    let table = Table::new(cells, columns.iter().map(|c| c.width))
        .header(header)
        .column_spacing(2)
        .highlight_symbol("▌")
        .row_highlight_style(theme.selected);
    let mut at = TableState::default().with_selected(Some(state.at(Screen::Fleet)));
    frame.render_stateful_widget(table, area, &mut at);
}
