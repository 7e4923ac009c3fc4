//! What a push would change, machine by machine, and how it went.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use super::{empty, list};
use crate::{
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(diff) = &state.diff else {
        let words = state.asking.unwrap_or(
            "press c to compare the template with every running machine, b to see what a rollback would bring back",
        );
        return empty(words, theme, frame, area);
    };
    let mut lines = Vec::new();
    for (n, machine) in diff.machines.iter().enumerate() {
        let (words, style) = outcome(state, &machine.machine, machine.changes.len(), theme);
        let spans = vec![Span::styled(format!("{:<20}", machine.machine), theme.text), Span::styled(words, style)];
        lines.push((Some(n), Line::from(spans)));
        for change in &machine.changes {
            lines.push((
                None,
                Line::from(vec![
                    Span::styled(format!("    {}  ", harmless(&change.path)), theme.dim),
                    Span::styled(format!("- {}", shown(change.before.as_ref())), theme.warn),
                    Span::styled("  →  ", theme.dim),
                    Span::styled(format!("+ {}", shown(change.after.as_ref())), theme.good),
                ]),
            ));
        }
    }
    for (machine, why) in &diff.refused {
        let words = format!("✖ {machine}: its gateway does not take this: {}", harmless(why));
        lines.push((None, Line::from(Span::styled(words, theme.bad))));
    }
    for (machine, why) in &diff.unreachable {
        lines.push((None, Line::from(Span::styled(format!("? {machine}: {}", harmless(why)), theme.warn))));
    }
    if lines.is_empty() {
        return empty("no machine is running", theme, frame, area);
    }
    list(lines, state.at(Screen::Config), theme, frame, area);
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), |v| harmless(&v.to_string()))
}

fn outcome(state: &State, machine: &str, changes: usize, theme: Theme) -> (String, ratatui::style::Style) {
    if let Some(pushed) = &state.pushed {
        if let Some((_, why)) = pushed.failed.iter().find(|(m, _)| m == machine) {
            return (format!("✖ {}", harmless(why)), theme.bad);
        }
        if pushed.pushed.iter().any(|m| m == machine) {
            return (if state.back { "✔ rolled back" } else { "✔ pushed" }.into(), theme.good);
        }
        return ("⤼ not tried".into(), theme.dim);
    }
    match changes {
        0 => ("no change".into(), theme.dim),
        1 => ("1 change".into(), theme.accent),
        n => (format!("{n} changes"), theme.accent),
    }
}
