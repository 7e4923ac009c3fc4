//! The mouse does what keys do: tabs, hints, rows, headers, the wheel.

use super::{
    super::{
        fleet::layout::layout,
        keymap::Action,
        message::{Command, Key, Mouse, MouseAct},
        screens::{columns, confirm},
        state::{Screen, State},
        view,
    },
    fleet, keys, plan,
};

/// Rows that the wheel moves at once.
const WHEEL: usize = 3;

pub fn mouse(state: &mut State, mouse: Mouse) -> Vec<Command> {
    if let Some(open) = &state.confirm {
        let key = (mouse.act == MouseAct::Click).then(|| confirm::key_at(open, state.size, mouse.x, mouse.y));
        return key.flatten().map_or_else(Vec::new, |key| keys::press(state, key));
    }
    if state.screen == Screen::Setup && state.setup.is_some() {
        return Vec::new();
    }
    if state.help {
        return match mouse.act {
            MouseAct::WheelUp => wheel(state, Key::Up),
            MouseAct::WheelDown => wheel(state, Key::Down),
            _ => {
                state.help = false;
                Vec::new()
            }
        };
    }
    if state.screen == Screen::Plan && plan::mouse(state, mouse) {
        return Vec::new();
    }
    match mouse.act {
        MouseAct::WheelUp => return wheel(state, Key::Up),
        MouseAct::WheelDown => return wheel(state, Key::Down),
        MouseAct::Click => {
            if let Some(screen) = view::tab_at(state, mouse.x, mouse.y) {
                state.screen = screen;
                return Vec::new();
            }
            if let Some(action) = view::hint_at(state, mouse.x, mouse.y) {
                return keys::act(state, action);
            }
        }
        MouseAct::Mark => {}
    }
    if state.screen == Screen::Fleet { on_fleet(state, mouse) } else { Vec::new() }
}

fn wheel(state: &mut State, key: Key) -> Vec<Command> {
    (0..WHEEL).flat_map(|_| keys::press(state, key)).collect()
}

fn on_fleet(state: &mut State, mouse: Mouse) -> Vec<Command> {
    let area = view::body(state.size);
    let layout = layout(&state.fleet, area);
    let at = ratatui::layout::Position::new(mouse.x, mouse.y);
    if state.fleet.chooser.is_some() {
        let below = ratatui::layout::Rect { y: layout.header.y, height: area.bottom() - layout.header.y, ..area };
        return in_list(state, columns::place(&state.fleet.prefs, below), mouse);
    }
    if layout.filter.is_some_and(|f| f.contains(at)) {
        state.fleet.type_filter();
    } else if layout.header.contains(at) {
        if let Some(column) = layout.column_at(mouse.x) {
            state.fleet.prefs.sort_by(column.id);
            return fleet::remember(state);
        }
    } else if layout.rows.contains(at) {
        let row = state.fleet.first + usize::from(mouse.y - layout.rows.y);
        if row >= state.fleet.shown.len() {
            return Vec::new();
        }
        let again = row == state.fleet.position();
        fleet::move_to(state, row);
        let on_mark = mouse.x < area.x + crate::tui::fleet::layout::GUTTER;
        if mouse.act == MouseAct::Mark || on_mark {
            state.fleet.toggle_mark();
        } else if again {
            return keys::act(state, Action::OpenMachine);
        }
    }
    Vec::new()
}

/// In the list of columns: the sign shows or hides, the title sorts, beside it the list is closed.
fn in_list(state: &mut State, list: ratatui::layout::Rect, mouse: Mouse) -> Vec<Command> {
    let inside = list.inner(ratatui::layout::Margin::new(1, 1));
    if !inside.contains(ratatui::layout::Position::new(mouse.x, mouse.y)) {
        state.fleet.chooser = None;
        return Vec::new();
    }
    let (at, rows) = (state.fleet.chooser.unwrap_or(0), state.fleet.prefs.order.len());
    let first = crate::tui::fleet::in_sight(0, at, rows, usize::from(inside.height));
    state.fleet.chooser = Some((first + usize::from(mouse.y - inside.y)).min(rows.saturating_sub(1)));
    let on_sign = mouse.x < inside.x + 3 || mouse.act == MouseAct::Mark;
    keys::press(state, if on_sign { Key::Char(' ') } else { Key::Enter })
}
