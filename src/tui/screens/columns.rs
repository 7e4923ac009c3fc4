//! The list of columns: which are shown, in which order, and which one sorts.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span, Text},
};

use super::popup::{self, Words};
use crate::tui::{
    fleet::{columns::by_id, in_sight, prefs::Prefs},
    theme::Theme,
};

const WIDTH: u16 = 40;

/// Where the list stands, also for the mouse.
pub fn place(prefs: &Prefs, area: Rect) -> Rect {
    let height = (prefs.order.len() as u16 + 2).min(area.height);
    Rect { x: area.right().saturating_sub(WIDTH), y: area.y, width: WIDTH.min(area.width), height }
}

pub fn draw(prefs: &Prefs, at: usize, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = Words { above: " Columns ", below: " space shows · < > move · enter sorts ".into() };
    let inside = popup::open(words, theme.accent, frame, place(prefs, area));
    let height = usize::from(inside.height);
    let first = in_sight(0, at, prefs.order.len(), height);
    let lines: Vec<Line<'static>> = prefs
        .order
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .filter_map(|(n, id)| {
            let hidden = prefs.hidden.contains(id);
            let sign = match (prefs.sort == *id, prefs.descending) {
                (false, _) => "",
                (true, false) => " ▲",
                (true, true) => " ▼",
            };
            let words = format!("{} {}{sign}", if hidden { "○" } else { "●" }, by_id(id)?.title);
            let style = if hidden { theme.dim } else { theme.text };
            let cursor = if n == at { "▌" } else { " " };
            let line = Line::from(vec![Span::styled(cursor, theme.accent), Span::styled(words, style)]);
            Some(if n == at { line.style(theme.selected) } else { line })
        })
        .collect();
    frame.render_widget(Text::from(lines), inside);
}
