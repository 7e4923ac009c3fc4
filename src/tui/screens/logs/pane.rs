//! One area with lines of one or several logs.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line as Row, Span},
    widgets::Paragraph,
};
use std::collections::VecDeque;

use super::paint::Brush;
use crate::tui::logs::{Ring, after, before};

/// What a pane shows: its logs, and the name in front of each line, if any.
pub struct Pane<'a> {
    pub rings: &'a [&'a Ring],
    pub names: &'a dyn Fn(usize) -> Option<Span<'static>>,
    /// The line it stands on; `None` follows the end.
    pub cursor: Option<u64>,
    /// Whether the line it stands on is marked.
    pub is_marked: bool,
}

impl Pane<'_> {
    pub fn draw(&self, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(Paragraph::new(self.rows(brush, usize::from(area.height))), area);
    }

    /// Fills the height: the cursor's line with a quarter of the height behind it, and lines before; where one side
    /// has too few, the other has more.
    pub fn rows(&self, brush: &Brush<'_>, height: usize) -> Vec<Row<'static>> {
        let Some(cursor) = self.cursor else { return self.up(brush, u64::MAX, height).into() };
        let mut rows = self.up(brush, cursor, height);
        let mut below = Vec::new();
        for (n, line) in after(self.rings, Some(cursor)) {
            if below.len() >= height {
                break;
            }
            below.extend(brush.rows(line, (self.names)(n), false));
        }
        let behind = below.len().min((height / 4).max(height.saturating_sub(rows.len())));
        rows.extend(below.into_iter().take(behind));
        while rows.len() > height {
            rows.pop_front();
        }
        rows.into()
    }

    fn up(&self, brush: &Brush<'_>, from: u64, height: usize) -> VecDeque<Row<'static>> {
        let mut rows = VecDeque::new();
        for (count, (n, line)) in before(self.rings, from).enumerate() {
            let is_cursor = count == 0 && self.is_marked && self.cursor.is_some();
            for row in brush.rows(line, (self.names)(n), is_cursor).into_iter().rev() {
                rows.push_front(row);
            }
            if rows.len() >= height {
                break;
            }
        }
        while rows.len() > height {
            rows.pop_front();
        }
        rows
    }
}
