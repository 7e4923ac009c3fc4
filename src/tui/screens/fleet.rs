//! One row a member.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{busy, empty, typed};
use crate::{
    ops::text::harmless,
    tui::{
        fleet::{
            columns::Row,
            in_sight,
            layout::{Layout, layout},
        },
        state::State,
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let view = &state.fleet;
    let layout = layout(view, area);
    if let Some(area) = layout.filter {
        filter_line(state, theme, frame, area);
    }
    let below = Rect { height: layout.header.height + layout.rows.height, ..layout.header };
    if view.shown.is_empty() {
        let words = match &state.machines {
            _ if !view.filter.is_empty() => "no machine fits the filter; esc takes it away",
            None => return busy("asking Azure …", state, theme, frame, below),
            Some(_) => "no machines yet: press p to see what claw would make",
        };
        return empty(words, theme, frame, below);
    }
    header(state, &layout, theme, frame);
    rows(state, &layout, theme, frame);
    if let Some(at) = view.chooser {
        super::columns::draw(&view.prefs, at, theme, frame, below);
    }
}

fn filter_line(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (view, total) = (&state.fleet, state.rows().len());
    let mut spans = vec![Span::styled(format!("  {} of {total}", view.shown.len()), theme.dim)];
    if let Some(problem) = view.filter.problem() {
        spans.push(Span::styled(format!("  ! {problem}"), theme.warn));
    }
    if view.hidden_marks() > 0 {
        spans.push(Span::styled(
            format!("  {} marked ones are hidden, and left alone", view.hidden_marks()),
            theme.warn,
        ));
    }
    let sign = Span::styled(" / ", theme.accent);
    match &view.typing {
        Some(line) => typed::draw(Line::from(sign), line, Line::from(spans), theme, frame, area),
        None => {
            let text = Span::styled(harmless(view.filter.text()), theme.text);
            frame.render_widget(Line::from_iter([sign, text].into_iter().chain(spans)), area);
        }
    }
}

fn header(state: &State, layout: &Layout, theme: Theme, frame: &mut Frame<'_>) {
    let prefs = &state.fleet.prefs;
    for place in &layout.places {
        let sorted = place.column.id == prefs.sort;
        let sign = match (sorted, prefs.descending) {
            (false, _) => "",
            (true, false) => "▲",
            (true, true) => "▼",
        };
        let style = if sorted { theme.accent } else { theme.dim };
        let area = Rect { x: place.x, width: place.width, ..layout.header };
        frame.render_widget(Span::styled(format!("{}{sign}", place.column.title), style), area);
    }
    let (left, right) = layout.hidden;
    let more = match (left, right) {
        (0, 0) => return,
        (0, n) => format!("{n}→"),
        (n, 0) => format!("←{n}"),
        (l, r) => format!("←{l} {r}→"),
    };
    let width = more.chars().count() as u16;
    let x = layout.header.right().saturating_sub(width);
    // Never over a title.
    if layout.places.last().is_none_or(|p| p.x + p.column.title.len() as u16 + 1 < x) {
        frame.render_widget(Span::styled(more, theme.dim), Rect { x, width, ..layout.header });
    }
}

fn rows(state: &State, layout: &Layout, theme: Theme, frame: &mut Frame<'_>) {
    let (view, height) = (&state.fleet, usize::from(layout.rows.height));
    let at = view.position();
    let first = in_sight(view.first, at, view.shown.len(), height);
    for (n, name) in view.shown.iter().enumerate().skip(first).take(height) {
        let area = Rect { y: layout.rows.y + (n - first) as u16, height: 1, ..layout.rows };
        let row = Row::new(state, name, state.instance(name));
        let mark = if view.marks.contains(name) { "✓" } else { " " };
        let cursor = if n == at { "▌" } else { " " };
        frame.render_widget(Line::from(vec![Span::styled(cursor, theme.accent), Span::styled(mark, theme.warn)]), area);
        for place in &layout.places {
            let cell = (place.column.cell)(&row).line(theme);
            frame.render_widget(cell, Rect { x: place.x, width: place.width, ..area });
        }
        if n == at {
            frame.buffer_mut().set_style(area, theme.selected);
        }
    }
}
