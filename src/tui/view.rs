//! The frame: tabs, the screen, status, hints, and what lies above them.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    keymap::KEYMAP,
    screens,
    state::{Screen, State},
    theme::Theme,
};
use crate::{fleet::idle::in_words, ops::text::harmless};

const SMALLEST: (u16, u16) = (60, 16);

pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let theme = Theme::new(state.colour);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let words = format!(
            "claw needs {} × {} characters; this window has {} × {}.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(words).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    let [tabs, _, body, note, status, hints] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(5),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_tabs(state, theme, frame, tabs);
    screens::draw(state, theme, frame, body);
    draw_note(state, theme, frame, note);
    draw_status(state, theme, frame, status);
    draw_hints(state, theme, frame, hints);
    if let Some(prompt) = &state.prompt {
        screens::prompt::draw(state, prompt, theme, frame, note);
    }
    if state.help {
        screens::help::draw(theme, frame, area);
    }
    if let Some(confirm) = &state.confirm {
        screens::confirm::draw(confirm, theme, frame, area);
    }
}

fn draw_tabs(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut spans = vec![Span::styled(" claw ", theme.title), Span::raw(" ")];
    for (n, screen) in Screen::ALL.into_iter().enumerate() {
        let mut words = format!(" {} {} ", n + 1, screen.title());
        if screen == Screen::Pairings && !state.pending().is_empty() {
            words = format!(" {} {} ({}) ", n + 1, screen.title(), state.pending().len());
        }
        spans.push(Span::styled(words, if screen == state.screen { theme.selected } else { theme.dim }));
    }
    frame.render_widget(Line::from(spans), area);
    if let Some(title) = &state.title {
        frame.render_widget(Line::from(Span::styled(format!("{title} "), theme.accent)).right_aligned(), area);
    }
}

fn draw_note(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    if let Some((words, bad)) = &state.note {
        let sign = if *bad { "!" } else { "·" };
        let style = if *bad { theme.bad } else { theme.text };
        frame.render_widget(Line::from(Span::styled(format!(" {sign} {}", harmless(words)), style)), area);
    }
}

fn draw_status(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let g = &state.gauge;
    let seen = match &state.machines {
        Some(seen) => format!("seen {} ago", in_words(seen.age(state.now))),
        None => "nothing seen yet".to_owned(),
    };
    let mut spans = vec![
        Span::styled(format!(" {seen}"), theme.dim),
        Span::styled(format!("  reads {}/{}", g.reads_left, g.reads_max), theme.dim),
        Span::styled(format!("  writes {}/{}", g.writes_left, g.writes_max), theme.dim),
        Span::styled(format!("  {} requests", g.requests), theme.dim),
    ];
    if g.throttled > 0 {
        spans.push(Span::styled(format!("  {} × 429", g.throttled), theme.warn));
    }
    if state.applying {
        let done = state.steps.values().filter(|s| matches!(s, super::state::StepState::Done { .. })).count();
        spans.push(Span::styled(format!("  ◐ applying {done}/{}", state.lines(Screen::Plan)), theme.accent));
    }
    if let pending @ 1.. = state.pending().len() {
        let word = if pending == 1 { "device asks" } else { "devices ask" };
        let soonest = state.pending().first().map(|r| screens::pairings::countdown(r, state.now)).unwrap_or_default();
        spans.push(Span::styled(format!("  ♪ {pending} {word} ({soonest})"), theme.warn));
    }
    frame.render_widget(Line::from(spans), area);
}

fn draw_hints(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut spans = vec![Span::raw(" ")];
    let here = KEYMAP.iter().filter(|b| b.hint && b.screen == Some(state.screen));
    for binding in here {
        spans.push(Span::styled(binding.shown, theme.accent));
        spans.push(Span::styled(format!(" {}  ", binding.help), theme.dim));
    }
    for (key, help) in [("?", "help"), ("q", "quit")] {
        spans.push(Span::styled(key, theme.accent));
        spans.push(Span::styled(format!(" {help}  "), theme.dim));
    }
    let line = Line::from(spans);
    let left = usize::from(area.width).saturating_sub(line.width() + 1);
    frame.render_widget(line, area);
    if let Some(same) = same_as(state).filter(|s| s.len() <= left) {
        frame.render_widget(Line::from(Span::styled(format!("{same} "), theme.dim)).right_aligned(), area);
    }
}

/// The command line of the screen's first action, with the chosen names in it.
fn same_as(state: &State) -> Option<String> {
    let first = KEYMAP.iter().find(|b| b.screen == Some(state.screen) && !b.same_as.is_empty())?;
    let machine = state.selected_machine().unwrap_or_default();
    let request = state.pending().get(state.at(Screen::Pairings)).map(|r| r.request_id.clone());
    let same = first.same_as.replace("NAME", machine.trim_start_matches("claw-"));
    Some(format!("same as: {}", same.replace("ID", request.as_deref().unwrap_or("ID"))))
}
