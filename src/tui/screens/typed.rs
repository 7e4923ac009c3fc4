//! A line that is being typed, as it is drawn.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

use crate::tui::{field::Field, theme::Theme};

/// The field between what stands before it, and after it as far as there is room. A long text is scrolled so that its
/// cursor is in sight.
pub fn draw(before: Line<'_>, field: &Field, after: Line<'_>, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (text, at) = field.shown();
    let left = width(&before).min(area.width);
    let own = width(&Line::raw(text.as_str())).saturating_add(1).min(area.width - left);
    frame.render_widget(before, Rect { width: left, ..area });
    frame.render_widget(&widget(text, at, theme.text), Rect { x: area.x + left, width: own, ..area });
    frame.render_widget(after, Rect { x: area.x + left + own, width: area.width - left - own, ..area });
}

fn width(line: &Line<'_>) -> u16 {
    u16::try_from(line.width()).unwrap_or(u16::MAX)
}

/// The widget keeps its own place while it is drawn, so it is made for one frame.
pub fn widget(text: String, at: usize, style: Style) -> TextArea<'static> {
    let mut area = TextArea::new(vec![text]);
    area.set_style(style);
    area.set_cursor_line_style(Style::new());
    area.set_wrap_mode(WrapMode::None);
    area.move_cursor(CursorMove::Jump(0, u16::try_from(at).unwrap_or(u16::MAX)));
    area
}

/// The same over several rows, for a text that is longer than one.
pub fn wrapped(text: String, at: usize, style: Style) -> TextArea<'static> {
    let mut area = widget(text, at, style);
    area.set_wrap_mode(WrapMode::Glyph);
    area
}

/// Rows that this text and its cursor take.
pub fn rows(text: &str, width: u16) -> u16 {
    let cells = Span::raw(text).width().saturating_add(1);
    // A wide character that does not fit leaves its cell empty.
    let wide = if text.is_ascii() { width } else { width.saturating_sub(1) };
    u16::try_from(cells.div_ceil(usize::from(wide.max(1)))).unwrap_or(u16::MAX)
}
