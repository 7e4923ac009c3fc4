//! One file a screen. They read the state and draw; nothing else.

mod activity;
pub mod columns;
mod config;
pub mod confirm;
mod exec;
mod fleet;
mod health;
pub mod help;
mod idle;
mod logs;
mod machine;
pub mod pairings;
mod plan;
pub mod prompt;
mod setup;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{
    state::{Screen, State},
    theme::Theme,
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    match state.screen {
        Screen::Fleet => fleet::draw(state, theme, frame, area),
        Screen::Plan => plan::draw(state, theme, frame, area),
        Screen::Logs => logs::draw(state, theme, frame, area),
        Screen::Machine => machine::draw(state, theme, frame, area),
        Screen::Pairings => pairings::draw(state, theme, frame, area),
        Screen::Config => config::draw(state, theme, frame, area),
        Screen::Idle => idle::draw(state, theme, frame, area),
        Screen::Health => health::draw(state, theme, frame, area),
        Screen::Exec => exec::draw(state, theme, frame, area),
        Screen::Setup => setup::draw(state, theme, frame, area),
        Screen::Activity => activity::draw(state, theme, frame, area),
    }
}

/// What an empty screen says.
fn empty(words: &str, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Paragraph::new(format!("  {words}")).style(theme.dim).wrap(Wrap { trim: false }), area);
}

/// Lines with the selected one kept in sight and marked.
fn list(lines: Vec<(Option<usize>, Line<'static>)>, selected: usize, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let height = usize::from(area.height);
    let at = lines.iter().position(|(n, _)| *n == Some(selected)).unwrap_or(0);
    let first = at.saturating_sub(height.saturating_sub(3)).min(lines.len().saturating_sub(height));
    let shown = lines.into_iter().skip(first).take(height).map(|(n, line)| {
        let mark = if n == Some(selected) { "▌" } else { " " };
        let mut spans = vec![Span::styled(mark, theme.accent)];
        spans.extend(line.spans);
        let style = if n == Some(selected) { theme.selected } else { Style::new() };
        Line::from(spans).style(style)
    });
    frame.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), area);
}
