//! One machine: overview, timeline, live log, devices, config, checks, cost; each one key away.

mod overview;
mod parts;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{empty, list, logs};
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
    let [tabs, body] = Layout::vertical([Constraint::Length(2), Constraint::Min(1)]).areas(area);
    frame.render_widget(heading(state, &name, theme, area.width), tabs);
    let lines = match state.machine.tab {
        Tab::Log => return logs::draw(state, theme, frame, body),
        Tab::Overview => overview::lines(state, &name, theme).into_iter().map(|l| (None, l)).collect(),
        Tab::Timeline => parts::timeline(state, &name, theme),
        Tab::Devices => parts::devices(state, &name, theme),
        Tab::Drift => parts::drift(state, &name, theme),
        Tab::Checks => parts::checks(state, &name, theme),
        Tab::Bill => parts::bill(state, &name, theme),
    };
    list(lines, state.at(Screen::Machine), theme, frame, body);
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
