//! Many logs side by side.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, Borders},
};

use super::{
    heading::{counts, stage},
    paint::Brush,
    pane::Pane,
};
use crate::{
    ops::text::harmless,
    tui::{feeds, state::State, theme::Theme},
};

/// A tile is not smaller than this.
const SMALLEST: (u16, u16) = (38, 6);

/// Columns and rows of the grid; what does not fit is on another page.
pub fn grid(count: usize, width: u16, height: u16) -> (usize, usize) {
    let most = (usize::from(width / SMALLEST.0).max(1), usize::from(height / SMALLEST.1).max(1));
    let fits = (1..=most.0).find(|columns| count.div_ceil(*columns) <= most.1);
    let columns = fits.unwrap_or(most.0);
    (columns, count.div_ceil(columns).clamp(1, most.1))
}

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let machines = feeds::machines(state);
    let (columns, rows) = grid(machines.len(), area.width, area.height);
    let chosen = state.selected_machine();
    let at = machines.iter().position(|m| Some(m) == chosen.as_ref()).unwrap_or(0);
    let first = at / (columns * rows) * (columns * rows);
    let across = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    for (row, area) in across.iter().enumerate() {
        let places = Layout::horizontal(vec![Constraint::Fill(1); columns]).spacing(1).split(*area);
        for (column, area) in places.iter().enumerate() {
            if let Some(machine) = machines.get(first + row * columns + column) {
                tile(state, machine, Some(machine) == chosen.as_ref(), theme, frame, *area);
            }
        }
    }
}

fn tile(state: &State, machine: &str, is_chosen: bool, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let ring = state.logs.ring(&feeds::feed(state, machine));
    let rings: Vec<_> = ring.into_iter().collect();
    let words = state.views.get(machine).map(|v| format!("{} · ", stage(&v.progress, state))).unwrap_or_default();
    let title = Line::from(vec![
        Span::styled(format!("{} {} ", if is_chosen { "▌" } else { "─" }, harmless(machine)), theme.title),
        Span::styled(format!("{words}{} ", counts(&rings, !state.logs.filter().is_empty())), theme.dim),
    ]);
    let edge = if is_chosen { theme.accent } else { theme.dim };
    let block = Block::new().borders(Borders::TOP).border_style(edge).title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let brush = Brush { look: &state.log_look, theme, colour: state.colour, width: usize::from(inner.width) };
    let pane = Pane { rings: &rings, names: &|_| None, cursor: state.log_look.cursor, is_marked: is_chosen };
    pane.draw(&brush, frame, inner);
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn tiles_are_wide_before_they_are_many() {
        assert_eq!(grid(1, 80, 18), (1, 1));
        assert_eq!(grid(3, 80, 18), (1, 3));
        assert_eq!(grid(5, 80, 18), (2, 3));
        assert_eq!(grid(100, 80, 18), (2, 3), "the rest is on other pages");
        assert_eq!(grid(0, 20, 3), (1, 1));
    }
}
