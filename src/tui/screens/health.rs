//! How well claw gets on with Azure and with the machines.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Sparkline},
};

use super::list;
use crate::{
    fleet::idle::in_words,
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

/// From here on, typing in a shell there is felt.
const SLOW_US: u64 = 300_000;
/// Cells of a gauge.
const GAUGE: u32 = 20;

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let tall = u16::from(area.height >= 16) * 3;
    let [gauges, picture, rest] =
        Layout::vertical([Constraint::Length(4), Constraint::Length(tall), Constraint::Min(1)]).areas(area);
    frame.render_widget(Paragraph::new(budgets(state, theme)), gauges);
    let bars: Vec<u64> = state.health.bars().map(|b| b.requests).collect();
    let room = usize::from(picture.width.saturating_sub(4));
    let picture = Rect { x: picture.x + 2, width: picture.width.saturating_sub(4), ..picture };
    let seen = bars.get(bars.len().saturating_sub(room)..).unwrap_or_default();
    frame.render_widget(Sparkline::default().data(seen).style(theme.accent), picture);
    list(lines(state, theme), state.at(Screen::Health), theme, frame, rest);
}

/// What is left of Azure's budgets, and what is used.
fn budgets(state: &State, theme: Theme) -> Vec<Line<'static>> {
    let g = &state.gauge;
    let throttled = match g.throttled {
        0 => Span::styled("never throttled", theme.good),
        n => Span::styled(format!("! {n} × 429, {} s waited in all", g.waiting_ms / 1000), theme.warn),
    };
    vec![
        gauge("reads left", g.reads_left, g.reads_max, theme),
        gauge("writes left", g.writes_left, g.writes_max, theme),
        Line::from(vec![
            Span::styled(format!("  {:<13}", "requests"), theme.dim),
            Span::styled(format!("{} in the last minute, {} in all", state.health.a_minute(), g.requests), theme.text),
            Span::styled("  ·  ", theme.dim),
            throttled,
        ]),
    ]
}

fn gauge(name: &str, left: u32, max: u32, theme: Theme) -> Line<'static> {
    let filled = (left * GAUGE).checked_div(max).unwrap_or(0).min(GAUGE) as usize;
    // Below a fifth it is about to hold things up.
    let (sign, style) = if max > 0 && left < max / 5 { ("!", theme.warn) } else { (" ", theme.good) };
    Line::from(vec![
        Span::styled(format!("{sign} {name:<13}"), theme.dim),
        Span::styled("━".repeat(filled), style),
        Span::styled("─".repeat(GAUGE as usize - filled), theme.dim),
        Span::styled(format!(" {left} of {max}"), theme.text),
    ])
}

/// What the cursor can stand on: machines that don't answer, then what went wrong.
fn lines(state: &State, theme: Theme) -> Vec<(Option<usize>, Line<'static>)> {
    let title = |words: &str| (None, Line::from(Span::styled(format!(" {words}"), theme.title)));
    let slow = state.waiting();
    let mut all = vec![title(if slow.is_empty() { "every machine answers" } else { "machines that do not answer" })];
    let mut n = 0;
    let mut add = |all: &mut Vec<_>, line| {
        all.push((Some(n), line));
        n += 1;
    };
    for (machine, why) in slow {
        let spans =
            vec![Span::styled(format!("! {machine:<20} "), theme.warn), Span::styled(harmless(&why), theme.text)];
        add(&mut all, Line::from(spans));
    }
    let slowest = state.health.slowest();
    if !slowest.is_empty() {
        all.push(title(&format!("slowest to answer over SSH, of {}", state.health.known())));
    }
    for (machine, trip) in slowest {
        let words = format!(
            "median {:<9} last {:<9} signed in within {}",
            time(trip.median_us),
            time(trip.last_us),
            time(trip.connected_us)
        );
        let style = if trip.median_us < SLOW_US { theme.text } else { theme.warn };
        let spans = vec![Span::styled(format!("  {machine:<20} "), theme.dim), Span::styled(words, style)];
        add(&mut all, Line::from(spans));
    }
    let empty = state.health.troubles().next().is_none();
    all.push(title(if empty { "nothing went wrong yet" } else { "what went wrong, newest first" }));
    for trouble in state.health.troubles() {
        let ago = in_words(state.now - trouble.at);
        let words = format!("{}: {}", trouble.operation, trouble.message);
        let spans = vec![Span::styled(format!("✖ {ago:<10} "), theme.bad), Span::styled(harmless(&words), theme.text)];
        add(&mut all, Line::from(spans));
    }
    all
}

fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{}.{} s", us / 1_000_000, us / 100_000 % 10),
    }
}
