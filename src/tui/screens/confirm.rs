//! A question over the screen.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph, Wrap},
};

use crate::{
    ops::text::harmless,
    tui::{message::Key, state::Confirm, theme::Theme},
};

/// Where it stands in a window.
fn place(confirm: &Confirm, area: Rect) -> Rect {
    let width = area.width.saturating_sub(8).min(72);
    let rows = u16::try_from(confirm.question.chars().count()).unwrap_or(u16::MAX) / width.saturating_sub(6).max(1) + 1;
    area.centered(width.into(), rows.saturating_add(4).min(area.height).into())
}

/// What a click there means: yes and no on their words, no beside the question.
pub fn key_at(confirm: &Confirm, size: (u16, u16), x: u16, y: u16) -> Option<Key> {
    let place = place(confirm, Rect::new(0, 0, size.0, size.1));
    if !place.contains((x, y).into()) {
        return Some(Key::Esc);
    }
    let (line, column) = (place.bottom().saturating_sub(2), x.saturating_sub(place.x + 2));
    match (y == line, &confirm.expected, column) {
        (true, None, 0..5) => Some(Key::Char('y')),
        (true, None, 9..15) => Some(Key::Esc),
        _ => None,
    }
}

pub fn draw(confirm: &Confirm, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let answer = match &confirm.expected {
        None => Line::from(vec![
            Span::styled("y", theme.accent),
            Span::styled(" yes    ", theme.text),
            Span::styled("esc", theme.accent),
            Span::styled(" no", theme.text),
        ]),
        Some(expected) => Line::from(vec![
            Span::styled(format!("{expected}: "), theme.dim),
            Span::styled(format!("{}▏", confirm.typed), theme.accent),
            Span::styled("   enter confirms, esc leaves it", theme.dim),
        ]),
    };
    let question = Line::from(Span::styled(harmless(&confirm.question), theme.text));
    let area = place(confirm, area);
    let block =
        Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent).padding(Padding::horizontal(1));
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(vec![question, Line::default(), answer]).wrap(Wrap { trim: true }).block(block),
        area,
    );
}
