//! A question over the screen.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Margin, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{
    popup::{self, Words},
    typed,
};
use crate::{
    ops::text::harmless,
    tui::{message::Key, state::Confirm, theme::Theme},
};

/// Where it stands in a window.
fn place(confirm: &Confirm, area: Rect) -> Rect {
    let width = area.width.saturating_sub(8).min(72);
    let rows = u16::try_from(confirm.question.chars().count()).unwrap_or(u16::MAX) / width.saturating_sub(6).max(1) + 1;
    let answer = if confirm.expected.is_some() { 2 } else { 1 };
    area.centered(width.into(), rows.saturating_add(3 + answer).min(area.height).into())
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
    let question = Line::styled(harmless(&confirm.question), theme.text);
    let place = place(confirm, area);
    let inside = popup::open(Words::default(), theme.accent, frame, place).inner(Margin::new(1, 0));
    let rows = if confirm.expected.is_some() { 2 } else { 1 };
    let [above, answer] = Layout::vertical([Constraint::Min(0), Constraint::Length(rows)]).areas(inside);
    frame.render_widget(Paragraph::new(question).wrap(Wrap { trim: true }), above);
    let Some(expected) = &confirm.expected else {
        let keys = [("y", theme.accent), (" yes    ", theme.text), ("esc", theme.accent), (" no", theme.text)];
        return frame.render_widget(Line::from_iter(keys.map(|(words, style)| Span::styled(words, style))), answer);
    };
    let before = Line::styled(format!("{expected}: "), theme.dim);
    typed::draw(before, &confirm.typed, Line::default(), theme, frame, Rect { height: 1, ..answer });
    let help = Line::styled("enter confirms, esc leaves it", theme.dim);
    frame.render_widget(help, Rect { y: answer.bottom().saturating_sub(1), height: 1, ..answer });
}
