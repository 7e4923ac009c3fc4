//! The line that is being typed.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Clear,
};

use crate::{
    ops::text::harmless,
    tui::{prompt::Prompt, theme::Theme},
};

pub fn draw(prompt: &Prompt, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Clear, area);
    let line = Line::from(vec![
        Span::styled(format!(" {}", prompt.sign()), theme.accent),
        Span::styled(format!("{}▏", harmless(&prompt.text)), theme.text),
    ]);
    // The end of a long line is what is being typed.
    let over = u16::try_from(line.width()).unwrap_or(u16::MAX).saturating_sub(area.width);
    frame.render_widget(ratatui::widgets::Paragraph::new(line).scroll((0, over)), area);
}
