//! The frame: tabs, the screen, status, hints, and what lies above them.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    keymap::{Action, Binding},
    machine::MachineAct,
    screens,
    state::{Screen, State},
    theme::Theme,
    throbber,
};
use crate::{
    fleet::idle::in_words,
    ops::{activity::quoted, text::harmless},
};

const SMALLEST: (u16, u16) = (60, 16);

/// Tabs, a free line, the screen, note, status, hints.
fn rows(area: Rect) -> [Rect; 6] {
    use Constraint::{Length, Min};
    Layout::vertical([Length(1), Length(1), Min(5), Length(1), Length(1), Length(1)]).areas(area)
}

/// Where the screen is drawn in a window of this size.
pub fn body(size: (u16, u16)) -> Rect {
    rows(Rect::new(0, 0, size.0, size.1))[2]
}

pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let theme = state.look.theme.or_plain(state.colour);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let words = format!(
            "claw needs {} × {} characters; this window has {} × {}.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(words).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return state.look.finish(frame.buffer_mut(), state.colour);
    }
    let [tabs, _, body, note, status, hints] = rows(area);
    draw_tabs(state, theme, frame, tabs);
    screens::draw(state, theme, frame, body);
    draw_note(state, theme, frame, note);
    draw_status(state, theme, frame, status);
    draw_hints(state, theme, frame, hints);
    if let Some(prompt) = &state.prompt {
        screens::prompt::draw(state, prompt, theme, frame, note);
    }
    if state.help {
        screens::help::draw(state, theme, frame, area);
    }
    if let Some(confirm) = &state.confirm {
        screens::confirm::draw(confirm, theme, frame, area);
    }
    state.look.finish(frame.buffer_mut(), state.colour);
}

const NAME: &str = " claw  ";

/// The tabs; where there is no room for all titles, the others have their number only.
fn tabs(state: &State, width: u16) -> Vec<(Screen, String)> {
    let waiting = state.pending().len();
    let make = |short: bool| -> Vec<(Screen, String)> {
        let words = Screen::tabs().enumerate().map(|(n, screen)| {
            let count = if screen == Screen::Pairings && waiting > 0 { format!(" ({waiting})") } else { String::new() };
            let title = if short && screen != state.screen.beside(0) { "" } else { screen.title() };
            (screen, format!(" {}{count} ", format!("{} {title}", n + 1).trim_end()))
        });
        words.collect()
    };
    let full = make(false);
    let fits = NAME.len() + full.iter().map(|(_, words)| words.len()).sum::<usize>() <= usize::from(width);
    if fits { full } else { make(true) }
}

/// The screen whose tab is there.
pub fn tab_at(state: &State, x: u16, y: u16) -> Option<Screen> {
    let words = tabs(state, state.size.0).into_iter().map(|(screen, words)| (screen, words.chars().count()));
    if y == 0 { pick(NAME.len(), words, x) } else { None }
}

/// The action whose hint is there.
pub fn hint_at(state: &State, x: u16, y: u16) -> Option<Action> {
    let words = hints(state, state.size.0)
        .into_iter()
        .map(|(action, shown, help)| (action, shown.chars().count() + help.len() + 3));
    if y + 1 == state.size.1 { pick(1, words, x) } else { None }
}

fn pick<T>(from: usize, all: impl Iterator<Item = (T, usize)>, x: u16) -> Option<T> {
    let mut left = from;
    let mut found = all.map(|(what, width)| {
        left += width;
        (what, left - width..left)
    });
    found.find(|(_, place)| place.contains(&usize::from(x))).map(|(what, _)| what)
}

fn draw_tabs(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut spans = vec![Span::styled(NAME, theme.title)];
    for (screen, words) in tabs(state, area.width) {
        spans.push(Span::styled(words, if screen == state.screen.beside(0) { theme.selected } else { theme.dim }));
    }
    let line = Line::from(spans);
    let left = usize::from(area.width).saturating_sub(line.width() + 2);
    frame.render_widget(line, area);
    if let Some(title) = state.title.as_ref().filter(|title| title.len() <= left) {
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
        let plan = state.planned.as_ref().map(|p| p.plan.steps.len());
        let done = state.steps.values().filter(|s| matches!(s, super::state::StepState::Done { .. })).count();
        spans.push(Span::styled(
            format!("  {} applying {done}/{}", throbber::sign(state), plan.unwrap_or(0)),
            theme.accent,
        ));
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
    for (_, shown, help) in hints(state, area.width) {
        spans.push(Span::styled(shown, theme.accent));
        spans.push(Span::styled(format!(" {help}  "), theme.dim));
    }
    let line = Line::from(spans);
    let left = usize::from(area.width).saturating_sub(line.width() + 1);
    frame.render_widget(line, area);
    if let Some(same) = same_as(state).filter(|s| s.len() <= left) {
        frame.render_widget(Line::from(Span::styled(format!("{same} "), theme.dim)).right_aligned(), area);
    }
}

/// What the bottom line offers: the screen's own keys as far as there is room, then those that always help.
fn hints(state: &State, width: u16) -> Vec<(Action, String, &'static str)> {
    if state.screen == Screen::Setup && state.setup.is_some() {
        // Every other key is typed there.
        let keys = [("enter", "goes on"), ("esc", "goes back"), ("ctrl-c", "quit")];
        return keys.map(|(key, help)| (Action::Interrupt, key.to_owned(), help)).to_vec();
    }
    let always = [(Action::Help, "help"), (Action::Quit, "quit")];
    let general = state.keys.of(None).filter_map(|b| Some((b, always.iter().find(|a| a.0 == b.binding.action)?.1)));
    let general: Vec<_> = general.map(|(b, help)| (b.binding.action, b.shown.clone(), help)).collect();
    let wide = |(_, shown, help): &(Action, String, &str)| shown.chars().count() + help.len() + 3;
    let mut room = usize::from(width).saturating_sub(1 + general.iter().map(wide).sum::<usize>());
    let own = state.keys.of(Some(state.screen)).filter(|b| b.binding.hint);
    let own = own.map(|b| (b.binding.action, b.shown.clone(), b.binding.help)).take_while(|hint| {
        let fits = wide(hint) <= room;
        room = room.saturating_sub(wide(hint));
        fits
    });
    own.chain(general).collect()
}

/// The command line of the screen's first action, with the chosen names in it.
fn same_as(state: &State) -> Option<String> {
    let shown = |b: &&Binding| match b.action {
        Action::Machine(MachineAct::Show(tab)) => tab == state.machine.tab,
        _ => state.screen != Screen::Machine,
    };
    let mut own = state.keys.of(Some(state.screen)).map(|b| b.binding).filter(shown);
    let first = own.find(|b| !b.same_as.is_empty())?;
    let machine = state.selected_machine().unwrap_or_default();
    let request = state.pending().get(state.at(Screen::Pairings)).map(|r| r.request_id.clone());
    let same = first.same_as.replace("NAME", machine.trim_start_matches("claw-"));
    // The gateway's own words, and somebody may copy them into a shell.
    let request = request.map_or_else(|| "ID".to_owned(), |id| quoted(&id));
    Some(format!("same as: {}", same.replace("ID", &request)))
}
