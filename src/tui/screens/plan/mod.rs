//! The plan's steps as a tree with what became of each, what is said of them, and the one under the cursor in detail.

mod rows;
mod step;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
};

use super::{busy, empty, scroll};
use crate::{
    ops::{sync::Planned, text::harmless},
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

/// From here on, a free line below the summary.
const AIRY: u16 = 14;

/// Summary, steps, details.
fn places(area: Rect) -> [Rect; 3] {
    let head = if area.height < AIRY { 1 } else { 2 };
    Layout::vertical([Constraint::Length(head), Constraint::Min(3), Constraint::Length(3)]).areas(area)
}

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(planned) = &state.planned else {
        if state.planning {
            return busy("reading team.json, asking the directory and Azure …", state, theme, frame, area);
        }
        return empty("press r to plan", theme, frame, area);
    };
    let [head, steps, below] = places(area);
    frame.render_widget(summary(state, planned, theme), head);
    rows::draw(state, planned, theme, frame, steps);
    scroll::draw(details(state, planned, theme, below), state.plan.details, frame, below);
}

/// The row there, in a screen of this area.
pub fn row_at(state: &State, area: Rect, at: Position) -> Option<usize> {
    let [_, steps, _] = places(area);
    rows::row_at(state, steps, at)
}

/// The first row in sight of a screen of this area, so that the cursor is in sight.
pub fn first(state: &State, area: Rect) -> usize {
    let [_, steps, _] = places(area);
    rows::window(state, steps.height.into()).start
}

/// Where the details are, and the last line that can be their first.
pub fn details_at(state: &State, area: Rect) -> Option<(Rect, usize)> {
    let [_, _, below] = places(area);
    let rows = details(state, state.planned.as_ref()?, state.look.theme, below);
    Some((below, scroll::last(rows.len(), below)))
}

/// Of a step: risk, cost, before and after. Of a note: all of it.
fn details(state: &State, planned: &Planned, theme: Theme, area: Rect) -> Vec<Line<'static>> {
    let at = state.at(Screen::Plan);
    let lines = match state.plan.step(at) {
        Some(n) => planned.plan.steps.get(n).map(|s| step::details(s, planned, theme)).unwrap_or_default(),
        None => {
            let note = at.checked_sub(state.plan.tree.rows().len()).and_then(|n| state.plan.notes.get(n));
            note.map(|(tone, words)| Line::styled(format!(" {}", harmless(words)), tone.style(theme)))
                .into_iter()
                .collect()
        }
    };
    scroll::fold(&lines, area)
}

fn summary(state: &State, planned: &Planned, theme: Theme) -> Line<'static> {
    let words = match (&state.applied, state.applying, planned.plan.steps.len()) {
        (Some(words), ..) => words.clone(),
        (None, true, _) if state.paused => {
            "held up: what runs goes on to its end, nothing new starts · space goes on".to_owned()
        }
        (None, true, n) => format!("applying {n} steps · space holds it up, ctrl-c cancels"),
        (None, false, _) if !planned.plan.refusals.is_empty() => {
            "refused for what is said below: none of it is applied".to_owned()
        }
        (None, false, 0) if planned.observed.is_partial() => {
            "nothing to do with what could be seen; what could not is below".to_owned()
        }
        (None, false, 0) if !planned.plan.differences.is_empty() => {
            "nothing to do; what differs from team.json is below".to_owned()
        }
        (None, false, 0) if !planned.plan.held.is_empty() || !planned.problems.is_empty() => {
            "nothing to do; what waits is below".to_owned()
        }
        (None, false, 0) => "nothing to do: the fleet is what team.json says".to_owned(),
        (None, false, n) if !state.undone.is_empty() => {
            let left = n.saturating_sub(state.undone.len());
            format!("{left} of {n} steps, the others are taken out · x takes them in again · press a to apply")
        }
        (None, false, n) => format!("{n} steps · + adds  @ access  ~ interrupts  - destroys · press a to apply"),
    };
    let again = if state.planning {
        format!(" · {} planning again …", crate::tui::throbber::sign(state))
    } else {
        String::new()
    };
    Line::styled(format!(" {words}{again}"), theme.title)
}
