//! The plan's steps with what became of each.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{empty, list};
use crate::{
    fleet::step::{Risk, Step},
    ops::{sync::Planned, text::harmless},
    tui::{
        state::{Screen, State, StepState},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(planned) = &state.planned else {
        let words =
            if state.planning { "reading team.json, asking the directory and Azure …" } else { "press r to plan" };
        return empty(words, theme, frame, area);
    };
    let mut lines = vec![(None, summary(state, planned, theme)), (None, Line::default())];
    for (n, step) in planned.plan.steps.iter().enumerate() {
        let price = planned.cost.of(&step.id);
        lines.push((Some(n), step_line(state, step, price, theme)));
        if let Some(StepState::Failed { error, remedy }) = state.steps.get(&step.id) {
            lines.push((None, Line::from(Span::styled(format!("      {}", harmless(error)), theme.bad))));
            if let Some(remedy) = remedy {
                lines.push((None, Line::from(Span::styled(format!("      help: {}", harmless(remedy)), theme.warn))));
            }
        }
    }
    lines.extend(notes(planned, theme).into_iter().map(|l| (None, l)));
    list(lines, state.at(Screen::Plan), theme, frame, area);
}

fn summary(state: &State, planned: &Planned, theme: Theme) -> Line<'static> {
    let words = match (&state.applied, state.applying, planned.plan.steps.len()) {
        (Some(words), ..) => words.clone(),
        (None, true, n) => format!("applying {n} steps"),
        (None, false, 0) if planned.plan.differences.is_empty() => {
            "nothing to do: the fleet is what team.json says".to_owned()
        }
        (None, false, 0) => "nothing to do; what differs from team.json is below".to_owned(),
        (None, false, n) => format!("{n} steps · + adds  @ access  ~ interrupts  - destroys · press a to apply"),
    };
    let again = if state.planning { " · planning again …" } else { "" };
    Line::from(Span::styled(format!("{words}{again}"), theme.title))
}

fn step_line(state: &State, step: &Step, price: Option<String>, theme: Theme) -> Line<'static> {
    let (sign, style) = match step.risk {
        Risk::Safe => ("+", theme.good),
        Risk::Access => ("@", theme.accent),
        Risk::Interrupts => ("~", theme.warn),
        Risk::Destroys => ("-", theme.bad),
    };
    let (mark, after, mark_style) = match state.steps.get(&step.id) {
        None => ("○", price.map(|price| format!("  {price}")).unwrap_or_default(), theme.dim),
        Some(StepState::Running { message, since }) => {
            let seconds = (state.now - *since).whole_seconds().max(0);
            ("◐", format!("  {seconds} s {}", harmless(message)), theme.warn)
        }
        Some(StepState::Done { seconds }) => ("✔", format!("  {seconds:.1} s"), theme.good),
        Some(StepState::Failed { .. }) => ("✖", String::new(), theme.bad),
        Some(StepState::Skipped) => ("⤼", "  not tried".to_owned(), theme.dim),
    };
    Line::from(vec![
        Span::styled(format!("{mark} "), mark_style),
        Span::styled(format!("{sign} "), style),
        Span::styled(harmless(&step.description), theme.text),
        Span::styled(after, theme.dim),
    ])
}

fn notes(planned: &Planned, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut say = |style, words: String| lines.push(Line::from(Span::styled(harmless(&words), style)));
    for p in &planned.problems {
        say(theme.warn, format!("? team.json line {}, {}: {} · {}", p.line, p.field, p.message, p.remedy));
    }
    for held in &planned.plan.held {
        say(theme.warn, format!("? {}: {} · {}", held.target, held.reason, held.remedy));
    }
    for differs in &planned.plan.differences {
        say(theme.warn, format!("? {}: {} · {}", differs.target, differs.sentence(), differs.remedy));
    }
    for gap in &planned.observed.gaps {
        say(theme.warn, format!("? not seen: {gap}"));
    }
    for refusal in &planned.plan.refusals {
        say(theme.bad, format!("! refused: {} · {}", refusal.reason, refusal.remedy));
    }
    if let Some(line) = planned.cost.over_budget() {
        say(theme.warn, format!("? {line}"));
    }
    say(theme.dim, planned.cost.summary());
    lines
}
