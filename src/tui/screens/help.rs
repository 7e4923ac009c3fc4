//! Every key, from the keymap.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph},
};

use crate::tui::{keys::Keys, state::Screen, theme::Theme};

pub fn draw(keys: &Keys, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let line = |shown: &str, help: &str, same: &str| {
        Line::from(vec![
            Span::styled(format!("{shown:<10}"), theme.accent),
            Span::styled(format!("{help:<24}"), theme.text),
            Span::styled(same.to_owned(), theme.dim),
        ])
    };
    let mut lines = Vec::new();
    for screen in Screen::ALL {
        for (n, b) in keys.of(Some(screen)).enumerate() {
            let place = if n == 0 { screen.title() } else { "" };
            let mut one = line(&b.shown, b.binding.help, b.binding.same_as);
            one.spans.insert(0, Span::styled(format!("{place:<10}"), theme.title));
            lines.push(one);
        }
    }
    let general: Vec<String> = keys.of(None).map(|b| format!("{} {}", b.shown, b.binding.help)).collect();
    lines.push(Line::default());
    let width = area.width.saturating_sub(8).clamp(40, 84);
    let mut row = String::new();
    for words in general {
        if row.chars().count() + words.chars().count() + 3 > usize::from(width) - 4 {
            lines.push(Line::from(Span::styled(std::mem::take(&mut row), theme.text)));
        }
        row.push_str(&words);
        row.push_str("   ");
    }
    lines.push(Line::from(Span::styled(row, theme.text)));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let area = area.centered(width.into(), height.into());
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.dim)
        .title(" Keys ")
        .padding(Padding::horizontal(1));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
