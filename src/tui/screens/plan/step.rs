//! One step of the plan, on its row and in detail.

use ratatui::text::{Line, Span, Text};

use crate::{
    fleet::{
        before_after::before_after,
        step::{Risk, Step},
    },
    ops::{sync::Planned, text::harmless},
    tui::{
        state::{State, StepState},
        theme::Theme,
        throbber,
    },
};

/// Lines that it takes on the screen: what failed says why.
pub fn height(state: &State, step: &Step) -> usize {
    match state.steps.get(&step.id) {
        Some(StepState::Failed { remedy, .. }) => 2 + usize::from(remedy.is_some()),
        _ => 1,
    }
}

/// Its row; `n` is its place in the plan.
pub fn text(state: &State, planned: &Planned, n: usize, step: &Step, theme: Theme) -> Text<'static> {
    let mut lines = vec![line(state, planned, n, step, theme)];
    if let Some(StepState::Failed { error, remedy }) = state.steps.get(&step.id) {
        lines.push(Line::styled(format!("    {}", harmless(error)), theme.bad));
        lines.extend(remedy.iter().map(|words| Line::styled(format!("    help: {}", harmless(words)), theme.warn)));
    }
    Text::from(lines)
}

fn line(state: &State, planned: &Planned, n: usize, step: &Step, theme: Theme) -> Line<'static> {
    let (sign, style) = match step.risk {
        Risk::Safe => ("+", theme.good),
        Risk::Access => ("@", theme.accent),
        Risk::Interrupts => ("~", theme.warn),
        Risk::Destroys => ("-", theme.bad),
    };
    let (mark, after, mark_style) = match state.steps.get(&step.id) {
        None if state.undone.contains(&step.id) => ("·".to_owned(), "  taken out".to_owned(), theme.dim),
        None => {
            let price = planned.cost.of(&step.id).map(|price| format!("  {price}")).unwrap_or_default();
            ("○".to_owned(), price, theme.dim)
        }
        Some(StepState::Running { message, since }) => {
            let seconds = (state.now - *since).whole_seconds().max(0);
            (throbber::sign(state), format!("  {seconds} s {}", harmless(message)), theme.warn)
        }
        Some(StepState::Done { seconds }) => ("✔".to_owned(), format!("  {seconds:.1} s"), theme.good),
        Some(StepState::Failed { .. }) => ("✖".to_owned(), String::new(), theme.bad),
        Some(StepState::Skipped) => ("⤼".to_owned(), "  not tried".to_owned(), theme.dim),
    };
    let mut spans = vec![
        Span::styled(format!("{mark} "), mark_style),
        Span::styled(format!("{sign} "), style),
        Span::styled(harmless(&step.description), theme.text),
        Span::styled(after, theme.dim),
    ];
    if state.plan.tree.is_folded(n) {
        // Before the description, which may be longer than the row.
        spans.insert(2, hidden(state, planned, n, theme));
    }
    Line::from(spans)
}

/// What became of those that a fold hides: `[12 steps: 1 failed, 2 run, 5 done, 1 taken out] `.
fn hidden(state: &State, planned: &Planned, n: usize, theme: Theme) -> Span<'static> {
    let below = state.plan.tree.below(n);
    let (mut failed, mut run, mut done, mut gone) = (0, 0, 0, 0);
    // While nothing was applied and nothing taken out, nothing became of any.
    if !state.steps.is_empty() || !state.undone.is_empty() {
        for step in below.iter().filter_map(|n| planned.plan.steps.get(*n)) {
            match state.steps.get(&step.id) {
                Some(StepState::Failed { .. }) => failed += 1,
                Some(StepState::Running { .. }) => run += 1,
                Some(StepState::Done { .. }) => done += 1,
                None if state.undone.contains(&step.id) => gone += 1,
                Some(StepState::Skipped) | None => {}
            }
        }
    }
    let parts = [(failed, "failed"), (run, "run"), (done, "done"), (gone, "taken out")];
    let parts: Vec<String> = parts.iter().filter(|p| p.0 > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let colon = if parts.is_empty() { "" } else { ": " };
    let style = match (failed, run) {
        (1.., _) => theme.bad,
        (_, 1..) => theme.warn,
        _ => theme.dim,
    };
    let steps = if below.len() == 1 { "1 step".to_owned() } else { format!("{} steps", below.len()) };
    Span::styled(format!("[{steps}{colon}{}] ", parts.join(", ")), style)
}

/// Risk, cost, before and after.
pub fn details(step: &Step, planned: &Planned, theme: Theme) -> Vec<Line<'static>> {
    let risk = match step.risk {
        Risk::Safe => "adds, nobody notices",
        Risk::Access => "gives or takes access",
        Risk::Interrupts => "interrupts somebody's work",
        Risk::Destroys => "destroys data",
    };
    let cost = planned.cost.of(&step.id).unwrap_or_else(|| "costs nothing by itself".into());
    let (before, after) = before_after(step, &planned.observed);
    vec![
        Line::styled(format!(" {} · {risk} · {cost}", step.id), theme.dim),
        Line::from(vec![
            Span::styled(format!(" {}", harmless(before.as_deref().unwrap_or("(not seen)"))), theme.warn),
            Span::styled("  →  ", theme.dim),
            Span::styled(harmless(&after), theme.good),
        ]),
    ]
}
