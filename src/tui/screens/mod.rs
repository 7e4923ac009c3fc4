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
pub mod plan;
mod popup;
pub mod prompt;
mod scroll;
mod setup;
mod typed;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{
    state::{Screen, State},
    theme::Theme,
    throbber,
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

/// What a screen says while what it is to show is asked for.
fn busy(words: &str, state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    empty(&format!("{} {words}", throbber::sign(state)), theme, frame, area);
}

/// The last row that can be the first in sight, where the screen scrolls and has no cursor. `area` is the screen's.
pub fn last(state: &State, area: Rect) -> Option<usize> {
    if state.screen == Screen::Machine { machine::last(state, area) } else { None }
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
        let style = if n == Some(selected) { line.style.patch(theme.selected) } else { line.style };
        Line::from(spans).style(style)
    });
    frame.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), area);
}
