//! A question over the screen.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph, Wrap},
};

use crate::{
    ops::text::harmless,
    tui::{state::Confirm, theme::Theme},
};

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
    let width = area.width.saturating_sub(8).min(72);
    let rows = u16::try_from(confirm.question.chars().count()).unwrap_or(u16::MAX) / width.saturating_sub(6).max(1) + 1;
    let area = area.centered(width.into(), (rows + 4).min(area.height).into());
    let block =
        Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent).padding(Padding::horizontal(1));
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(vec![question, Line::default(), answer]).wrap(Wrap { trim: true }).block(block),
        area,
    );
}
