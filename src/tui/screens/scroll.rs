//! What is longer than its box and has no cursor: tui-scrollview, with a scrollbar where it is needed.

use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
    style::Style,
    text::{Line, Span, Text},
};
use tui_scrollview::{ScrollView, ScrollViewState, ScrollbarVisibility};
use unicode_width::UnicodeWidthChar;

/// Long lines over several rows; where they do not fit, a column is left for the scrollbar.
pub fn fold(lines: &[Line<'static>], area: Rect) -> Vec<Line<'static>> {
    let at = |width: u16| -> Vec<_> { lines.iter().flat_map(|line| wrap(line, width.max(1).into())).collect() };
    let rows = at(area.width);
    if rows.len() > usize::from(area.height) { at(area.width.saturating_sub(1)) } else { rows }
}

/// Rows of one line, broken at a blank where that leaves no half of a row empty.
fn wrap(line: &Line<'static>, width: usize) -> Vec<Line<'static>> {
    let cells: Vec<(char, Style)> =
        line.spans.iter().flat_map(|span| span.content.chars().map(|c| (c, span.style))).collect();
    let (mut rows, mut from) = (Vec::new(), 0);
    while from < cells.len() || rows.is_empty() {
        let (mut to, mut used) = (from, 0);
        while let Some((c, _)) = cells.get(to).filter(|(c, _)| to == from || used + cells_of(*c) <= width) {
            used += cells_of(*c);
            to += 1;
        }
        if cells.get(to).is_some_and(|(c, _)| *c != ' ') {
            let blank = cells[from..to].iter().rposition(|(c, _)| *c == ' ');
            to = blank.filter(|at| at * 2 >= width).map_or(to, |at| from + at + 1);
        }
        rows.push(row(&cells[from..to]).style(line.style));
        from = to + cells[to..].iter().take_while(|(c, _)| *c == ' ').count();
    }
    rows
}

fn cells_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

fn row(cells: &[(char, Style)]) -> Line<'static> {
    let runs = cells.chunk_by(|a, b| a.1 == b.1);
    runs.map(|run| Span::styled(run.iter().map(|(c, _)| c).collect::<String>(), run[0].1)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_but_blanks_is_lost(text in "[a-d 設é]{0,120}", width in 2usize..40) {
            let rows = wrap(&Line::raw(text.clone()), width);
            prop_assert!(rows.iter().all(|row| row.width() <= width));
            let whole: String = rows.iter().map(ToString::to_string).collect();
            let without = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without(&whole), without(&text));
        }
    }

    #[test]
    fn lines_break_between_words() {
        let rows = wrap(&Line::raw("costs nothing by itself"), 10);
        assert_eq!(rows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["costs ", "nothing by", "itself"]);
    }
}
