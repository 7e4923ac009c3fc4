//! What is longer than its box and has no cursor: tui-scrollview, with a scrollbar where it is needed.

use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
    text::{Line, Text},
};
use tui_scrollview::{ScrollView, ScrollViewState, ScrollbarVisibility};

use super::logs::wrapped;

/// Long lines over several rows; where they do not fit, a column is left for the scrollbar.
pub fn fold(lines: &[Line<'static>], area: Rect) -> Vec<Line<'static>> {
    let at = |width: u16| -> Vec<Line<'static>> {
        let rows = |line: &Line<'static>| wrapped(&line.spans, width.max(1).into());
        lines.iter().flat_map(|line| rows(line).into_iter().map(|row| Line::from(row).style(line.style))).collect()
    };
    let rows = at(area.width);
    if rows.len() > usize::from(area.height) { at(area.width.saturating_sub(1)) } else { rows }
}

/// The last row that can be the first in sight.
pub fn last(rows: usize, area: Rect) -> usize {
    rows.saturating_sub(area.height.into())
}

pub fn draw(rows: Vec<Line<'static>>, first: usize, frame: &mut Frame<'_>, area: Rect) {
    let [height, first] = [rows.len(), first].map(|n| u16::try_from(n).unwrap_or(u16::MAX));
    let bar = u16::from(height > area.height);
    let size = Size::new(area.width.saturating_sub(bar), height);
    if area.is_empty() || size.width == 0 {
        return;
    }
    let mut view = ScrollView::new(size).horizontal_scrollbar_visibility(ScrollbarVisibility::Never);
    view.render_widget(Text::from(rows), view.area());
    // It keeps its own place while it is drawn, so its state is made for one frame.
    let mut state = ScrollViewState::with_offset(Position::new(0, first));
    frame.render_stateful_widget(view, area, &mut state);
}
