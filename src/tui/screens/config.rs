//! What a push would change, machine by machine, and how it went.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use super::{busy, empty, list};
use crate::{
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
        throbber,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(diff) = &state.diff else {
        let words =
            "press c to compare the template with every running machine, b to see what a rollback would bring back";
        return match state.asking {
            Some(asking) => busy(asking, state, theme, frame, area),
            None => empty(words, theme, frame, area),
        };
    };
    let mut lines = Vec::new();
    for machine in &diff.machines {
        let (words, style) = outcome(state, &machine.machine, machine.changes.len(), theme);
        let spans = vec![Span::styled(format!("{:<20}", machine.machine), theme.text), Span::styled(words, style)];
        lines.push(Line::from(spans));
        for change in &machine.changes {
            lines.push(Line::from(vec![
                Span::styled(format!("    {}  ", harmless(&change.path)), theme.dim),
                Span::styled(format!("- {}", shown(change.before.as_ref())), theme.warn),
                Span::styled("  →  ", theme.dim),
                Span::styled(format!("+ {}", shown(change.after.as_ref())), theme.good),
            ]));
        }
    }
    for (machine, why) in &diff.refused {
        let words = format!("✖ {machine}: its gateway does not take this: {}", harmless(why));
        lines.push(Line::styled(words, theme.bad));
    }
    for (machine, why) in &diff.unreachable {
        lines.push(Line::styled(format!("? {machine}: {}", harmless(why)), theme.warn));
    }
    let heading = heading(state, theme).into_iter().map(|line| (None, line));
    if lines.is_empty() {
        return empty("no machine is running", theme, frame, area);
    }
    // The cursor goes through every line: a machine's changes may be more than there is room for.
    let lines = heading.chain(lines.into_iter().enumerate().map(|(n, line)| (Some(n), line))).collect();
    list(lines, state.at(Screen::Config), theme, frame, area);
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), |v| harmless(&v.to_string()))
}

/// What is done and what comes next: the first machine alone, then the rest.
fn heading(state: &State, theme: Theme) -> Option<Line<'static>> {
    let changing = changing(state);
    let (all, done) = (changing.len(), changing.iter().filter(|m| state.pushing.contains_key(**m)).count());
    let (going, turns) = (is_going(state)?, throbber::sign(state));
    let words = match (done, changing.first()) {
        (0, Some(first)) if all == 1 => format!(" {turns} {going}: {first} alone"),
        (0, Some(first)) => format!(" {turns} {going}: {first} first, alone; the others wait for it"),
        _ => format!(
            " {turns} {going}: {done} of {all}; one that is not well gets its config back, and the rest is left"
        ),
    };
    Some(Line::from(Span::styled(words, theme.accent)))
}

/// "pushing" or "rolling back", as long as it is.
fn is_going(state: &State) -> Option<&'static str> {
    state.asking.filter(|words| matches!(*words, "pushing" | "rolling back"))
}

/// Those with changes, in the order in which they are changed.
fn changing(state: &State) -> Vec<&str> {
    let all = state.diff.iter().flat_map(|d| &d.machines);
    all.filter(|m| !m.changes.is_empty()).map(|m| m.machine.as_str()).collect()
}

/// How far a machine is while it goes on.
fn progress(state: &State, machine: &str, theme: Theme) -> (String, ratatui::style::Style) {
    let changing = changing(state);
    match state.pushing.get(machine) {
        Some(None) => (if state.back { "✔ rolled back" } else { "✔ pushed" }.into(), theme.good),
        Some(Some(why)) => (format!("✖ {}", harmless(why)), theme.bad),
        None if changing.first() == Some(&machine) => {
            (format!("{} goes first, alone", throbber::sign(state)), theme.accent)
        }
        None if changing.first().is_some_and(|first| state.pushing.contains_key(*first)) => {
            (format!("{} follows", throbber::sign(state)), theme.accent)
        }
        None => ("○ waits for the first".into(), theme.dim),
    }
}

fn outcome(state: &State, machine: &str, changes: usize, theme: Theme) -> (String, ratatui::style::Style) {
    if is_going(state).is_some() && changes > 0 {
        return progress(state, machine, theme);
    }
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
