//! The plan's steps with what became of each.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{empty, list};
use crate::{
    fleet::{
        before_after::before_after,
        step::{Risk, Step},
    },
    ops::{sync::Planned, text::harmless},
    tui::{
        state::{Screen, State, StepState},
        steps::tree,
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
    let tree = tree(&planned.plan.steps);
    for (place, (step, branch)) in tree.iter().filter_map(|(n, b)| Some((planned.plan.steps.get(*n)?, b))).enumerate() {
        let price = planned.cost.of(&step.id);
        lines.push((Some(place), step_line(state, step, branch, price, theme)));
        if let Some(StepState::Failed { error, remedy }) = state.steps.get(&step.id) {
            lines.push((None, Line::from(Span::styled(format!("      {}", harmless(error)), theme.bad))));
            if let Some(remedy) = remedy {
                lines.push((None, Line::from(Span::styled(format!("      help: {}", harmless(remedy)), theme.warn))));
            }
        }
    }
    lines.extend(notes(planned, theme).into_iter().map(|l| (None, l)));
    let at = state.at(Screen::Plan);
    let [area, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(3)]).areas(area);
    list(lines, at, theme, frame, area);
    if let Some(step) = tree.get(at).and_then(|(n, _)| planned.plan.steps.get(*n)) {
        frame.render_widget(Paragraph::new(details(step, planned, theme)).wrap(Wrap { trim: true }), below);
    }
}

/// Risk, cost, before and after of the step under the cursor.
fn details(step: &Step, planned: &Planned, theme: Theme) -> Vec<Line<'static>> {
    let risk = match step.risk {
        Risk::Safe => "adds, nobody notices",
        Risk::Access => "gives or takes access",
        Risk::Interrupts => "interrupts somebody's work",
        Risk::Destroys => "destroys data",
    };
    let cost = planned.cost.of(&step.id).unwrap_or_else(|| "costs nothing by itself".into());
    let (before, after) = before_after(step, &planned.observed);
    vec![
        Line::from(Span::styled(format!(" {} · {risk} · {cost}", step.id), theme.dim)),
        Line::from(vec![
            Span::styled(format!(" {}", harmless(before.as_deref().unwrap_or("(not seen)"))), theme.warn),
            Span::styled("  →  ", theme.dim),
            Span::styled(harmless(&after), theme.good),
        ]),
    ]
}

fn summary(state: &State, planned: &Planned, theme: Theme) -> Line<'static> {
    let words = match (&state.applied, state.applying, planned.plan.steps.len()) {
        (Some(words), ..) => words.clone(),
        (None, true, _) if state.paused => {
            "held up: what runs goes on to its end, nothing new starts · space goes on".to_owned()
        }
        (None, true, n) => format!("applying {n} steps · space holds it up, ctrl-c cancels"),
        (None, false, 0) if planned.plan.differences.is_empty() => {
            "nothing to do: the fleet is what team.json says".to_owned()
        }
        (None, false, 0) => "nothing to do; what differs from team.json is below".to_owned(),
        (None, false, n) => format!("{n} steps · + adds  @ access  ~ interrupts  - destroys · press a to apply"),
    };
    let again = if state.planning { " · planning again …" } else { "" };
    Line::from(Span::styled(format!("{words}{again}"), theme.title))
}

fn step_line(state: &State, step: &Step, branch: &str, price: Option<String>, theme: Theme) -> Line<'static> {
    let (sign, style) = match step.risk {
        Risk::Safe => ("+", theme.good),
        Risk::Access => ("@", theme.accent),
        Risk::Interrupts => ("~", theme.warn),
        Risk::Destroys => ("-", theme.bad),
    };
    let (mark, after, mark_style) = match state.steps.get(&step.id) {
        None if state.undone.contains(&step.id) => ("·", "  taken out".to_owned(), theme.dim),
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
        Span::styled(branch.to_owned(), theme.dim),
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
