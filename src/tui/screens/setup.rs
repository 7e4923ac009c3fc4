//! The first run, step by step.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span, Text},
    widgets::{Paragraph, Wrap},
};

use super::{
    empty,
    typed::{rows, wrapped},
};
use crate::{
    ops::text::harmless,
    tui::{
        setup::{Setup, Step, is_plainly_a_name},
        state::State,
        theme::Theme,
    },
};

/// Cells before what is typed.
const LABEL: u16 = 20;
/// A longer text is scrolled in so many rows.
const ROWS: u16 = 3;

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(setup) = &state.setup else { return empty("there is a team.json already", theme, frame, area) };
    let [before, now, after] = places(setup, area);
    frame.render_widget(Text::from_iter(steps(setup, theme, |step| step < setup.step)), before);
    frame.render_widget(label(setup.step, ("▌", theme.accent)), now);
    if setup.step != Step::Review {
        let (text, at) = typed(setup);
        let place = Rect { x: now.x + LABEL, width: now.width.saturating_sub(LABEL), ..now };
        frame.render_widget(&wrapped(text, at, theme.text), place);
    }
    let mut lines = vec![Line::styled(format!("   {}", setup.step.help()), theme.dim)];
    lines.push(match setup.problem() {
        Some(why) => Line::styled(format!("   ! {why}"), theme.warn),
        None => Line::styled("   ✔ fine", theme.good),
    });
    lines.extend(steps(setup, theme, |step| step > setup.step));
    lines.push(Line::default());
    lines.extend(setup.team().lines().map(|line| Line::styled(format!("   {}", harmless(line)), theme.dim)));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), after);
}

/// The steps before this one, this one, and the rest.
fn places(setup: &Setup, area: Rect) -> [Rect; 3] {
    let rows = rows(&typed(setup).0, area.width.saturating_sub(LABEL)).min(ROWS);
    Layout::vertical([Constraint::Length(setup.step as u16), Constraint::Length(rows), Constraint::Min(0)]).areas(area)
}

fn label(step: Step, (sign, style): (&str, Style)) -> Span<'static> {
    Span::styled(format!(" {sign} {:<16} ", step.title()), style)
}

/// A line for each of these steps.
fn steps(setup: &Setup, theme: Theme, wanted: impl Fn(Step) -> bool) -> Vec<Line<'static>> {
    let line = |step: Step| {
        let sign = if step < setup.step { ("✔", theme.good) } else { ("○", theme.dim) };
        Line::from(vec![label(step, sign), Span::styled(said(setup, step), theme.dim)])
    };
    Step::ALL.into_iter().filter(|step| wanted(*step)).map(line).collect()
}

fn said(setup: &Setup, step: Step) -> String {
    match step {
        Step::Review => String::new(),
        Step::Secrets => setup.names().map(|name| format!("{} ", covered(name))).collect(),
        step => setup.typed.get(step as usize).map(|line| line.shown().0).unwrap_or_default(),
    }
}

/// What is being typed, with its cursor; of a secret only its name.
fn typed(setup: &Setup) -> (String, usize) {
    let Some(line) = setup.typed.get(setup.step as usize).or((setup.step == Step::Secrets).then_some(&setup.secret))
    else {
        return (String::new(), 0);
    };
    let (text, at) = line.shown();
    let text = match text.split_once('=') {
        _ if setup.step != Step::Secrets => text,
        Some((name, value)) => format!("{}={}", covered(name), dots(value)),
        None => covered(&text),
    };
    (text, at)
}

/// A secret's name, unless it may be a value in its place.
fn covered(text: &str) -> String {
    let (export, name) = text.strip_prefix("export ").map_or(("", text), |name| ("export ", name));
    if is_plainly_a_name(name.trim()) { format!("{export}{name}") } else { dots(text) }
}

fn dots(text: &str) -> String {
    "•".repeat(text.chars().count())
}
