//! One machine: overview, timeline, live log, devices, config, checks, cost; each one key away.

mod overview;
mod parts;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{empty, list, logs, scroll};
use crate::{
    ops::text::harmless,
    tui::{
        keymap::Action,
        machine::{MachineAct, Tab},
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(name) = state.selected_machine() else {
        return empty("no machine is chosen: esc goes to the fleet", theme, frame, area);
    };
    let [tabs, body] = places(area);
    frame.render_widget(heading(state, &name, theme, area.width), tabs);
    let lines = match state.machine.tab {
        Tab::Log => return logs::draw(state, theme, frame, body),
        Tab::Timeline => parts::timeline(state, &name, theme),
        Tab::Devices => parts::devices(state, &name, theme),
        _ => {
            let rows = scroll::fold(&text(state, &name, theme), body);
            return scroll::draw(rows, state.machine.first, frame, body);
        }
    };
    list(lines, state.at(Screen::Machine), theme, frame, body);
}

/// The parts that are no list: they scroll, and no line of them is cut off.
fn text(state: &State, name: &str, theme: Theme) -> Vec<Line<'static>> {
    match state.machine.tab {
        Tab::Overview => overview::lines(state, name, theme),
        Tab::Drift => parts::drift(state, name, theme),
        Tab::Checks => parts::checks(state, name, theme),
        Tab::Bill => parts::bill(state, name, theme),
        Tab::Timeline | Tab::Log | Tab::Devices => Vec::new(),
    }
}

/// The last row that can be the first in sight; none where a cursor leads.
pub fn last(state: &State, area: Rect) -> Option<usize> {
    let name = state.selected_machine()?;
    if matches!(state.machine.tab, Tab::Timeline | Tab::Log | Tab::Devices) {
        return None;
    }
    let [_, body] = places(area);
    Some(scroll::last(scroll::fold(&text(state, &name, state.look.theme), body).len(), body))
}

/// The tabs, and what they show.
fn places(area: Rect) -> [Rect; 2] {
    Layout::vertical([Constraint::Length(2), Constraint::Min(1)]).areas(area)
}

/// The machine's name, and the tabs with their keys.
/// Where there is no room for all titles, the others have their key only.
fn heading(state: &State, name: &str, theme: Theme, width: u16) -> Line<'static> {
    let full = tabs(state, name, theme, false);
    if full.width() <= usize::from(width) { full } else { tabs(state, name, theme, true) }
}

fn tabs(state: &State, name: &str, theme: Theme, short: bool) -> Line<'static> {
    let mut spans = vec![Span::styled(format!(" {}  ", harmless(name)), theme.title)];
    for tab in Tab::ALL {
        let bound =
            state.keys.of(Some(Screen::Machine)).find(|b| b.binding.action == Action::Machine(MachineAct::Show(tab)));
        let key = bound.map(|b| b.shown.clone()).unwrap_or_default();
        let style = if tab == state.machine.tab { theme.selected } else { theme.dim };
        spans.push(Span::styled(format!(" {key} "), theme.accent));
        if !short || tab == state.machine.tab {
            spans.push(Span::styled(tab.title(), style));
        }
    }
    Line::from(spans)
}
