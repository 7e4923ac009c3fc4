//! What keys do to the fleet table: filter, marks, order, columns.

use super::super::{
    field::Field,
    fleet::{columns::Changes, in_sight, layout::layout, order},
    keymap::Action,
    message::{Command, Key},
    state::{Screen, State},
    view,
};

/// Sorts and filters anew. Called when rows or the operator's wishes changed, so that a flood of events neither costs a
/// sort each nor makes rows jump under the hand.
pub fn arrange(state: &mut State) {
    let shown = order::shown(state);
    let width = |name: &String| unicode_width(name.strip_prefix("claw-").unwrap_or(name));
    let mut view = std::mem::take(&mut state.fleet);
    view.name_width = shown.iter().map(width).max().unwrap_or(0).clamp(8, LONGEST_NAME);
    let rows = state.rows();
    order::settle(&mut view, shown, |name| rows.binary_search_by(|row| row.0.cmp(name)).is_ok());
    view.has_news = false;
    state.fleet = view;
    keep_in_sight(state);
}

/// At a tick: only where what is sorted or filtered by may have become another meanwhile.
pub fn arrange_again(state: &mut State) {
    let view = &state.fleet;
    let moves = match order::changes(view) {
        Changes::Seldom => false,
        Changes::Told => view.has_news,
        Changes::Always => true,
    };
    if moves {
        arrange(state);
    }
}

/// Longer names are cut off.
const LONGEST_NAME: u16 = 30;

/// In cells of a terminal.
fn unicode_width(text: &str) -> u16 {
    u16::try_from(ratatui::text::Span::raw(text).width()).unwrap_or(u16::MAX)
}

pub fn keep_in_sight(state: &mut State) {
    let height = usize::from(layout(&state.fleet, view::body(state.size)).rows.height);
    let at = state.fleet.position();
    state.fleet.first = in_sight(state.fleet.first, at, state.fleet.shown.len(), height);
    state.selected[Screen::Fleet as usize] = at;
}

/// Puts the cursor on a row.
pub fn move_to(state: &mut State, at: usize) {
    let at = at.min(state.fleet.shown.len().saturating_sub(1));
    state.fleet.cursor = state.fleet.shown.get(at).cloned();
    keep_in_sight(state);
}

/// Keys while the filter is typed; `None` where the keymap is to be asked.
pub fn typed(state: &mut State, key: Key) -> Option<Vec<Command>> {
    if state.screen != Screen::Fleet {
        return None;
    }
    let mut line = state.fleet.typing.take()?;
    match key {
        Key::Enter => return Some(Vec::new()),
        Key::Backspace if line.is_empty() => return Some(Vec::new()),
        Key::Esc => {
            filter(state, String::new());
            return Some(Vec::new());
        }
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Tab | Key::BackTab | Key::F(_) | Key::Ctrl('c') => {
            state.fleet.typing = Some(line);
            return None;
        }
        key => line.press(key),
    }
    keep(state, line);
    Some(Vec::new())
}

/// False where no filter is typed.
pub fn paste(state: &mut State, text: &str) -> bool {
    let Some(mut line) = state.fleet.typing.take_if(|_| state.screen == Screen::Fleet) else { return false };
    line.paste(text);
    keep(state, line);
    true
}

fn keep(state: &mut State, line: Field) {
    // A cursor that only moves puts nothing in order anew.
    if line.text() != state.fleet.filter.text() {
        filter(state, line.text().to_owned());
    }
    state.fleet.typing = Some(line);
}

fn filter(state: &mut State, text: String) {
    state.fleet.filter.set(text);
    arrange(state);
}

/// Keys while the list of columns is open; it takes all but those that end the program.
pub fn choose(state: &mut State, key: Key) -> Option<Vec<Command>> {
    let at = state.fleet.chooser.filter(|_| state.screen == Screen::Fleet)?;
    let prefs = &mut state.fleet.prefs;
    let id = prefs.order.get(at).cloned().unwrap_or_default();
    let (mut at, last) = (at, prefs.order.len().saturating_sub(1));
    match key {
        Key::Up | Key::Char('k') => at = at.saturating_sub(1),
        Key::Down | Key::Char('j') => at = (at + 1).min(last),
        Key::Home | Key::Char('g') => at = 0,
        Key::End | Key::Char('G') => at = last,
        Key::Char(' ') => prefs.toggle(&id),
        Key::Char('<') | Key::Left => at = prefs.shift(at, false),
        Key::Char('>') | Key::Right => at = prefs.shift(at, true),
        Key::Enter => prefs.sort_by(&id),
        Key::Ctrl('c') => return None,
        _ => {
            state.fleet.chooser = None;
            return Some(Vec::new());
        }
    }
    state.fleet.chooser = Some(at);
    Some(if matches!(key, Key::Char(' ' | '<' | '>') | Key::Left | Key::Right | Key::Enter) {
        remember(state)
    } else {
        Vec::new()
    })
}

/// What the table's own actions do; all are harmless.
pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    let view = &mut state.fleet;
    match action {
        Action::Filter => view.type_filter(),
        Action::Mark => {
            view.toggle_mark();
            let next = view.position() + 1;
            move_to(state, next);
        }
        Action::MarkAll => view.toggle_all(),
        Action::Columns => view.chooser = Some(0),
        Action::ScrollLeft => view.left = view.left.saturating_sub(1),
        Action::ScrollRight => view.left = (view.left + 1).min(view.prefs.shown().len().saturating_sub(2)),
        Action::Reverse => {
            view.prefs.descending = !view.prefs.descending;
            return remember(state);
        }
        Action::SortNext | Action::SortPrevious => {
            let shown = view.prefs.shown();
            let at = shown.iter().position(|id| *id == view.prefs.sort).unwrap_or(0);
            let step = if action == Action::SortNext { 1 } else { shown.len().saturating_sub(1) };
            if let Some(id) = shown.get((at + step) % shown.len().max(1)) {
                (view.prefs.sort, view.prefs.descending) = ((*id).to_owned(), false);
            }
            return remember(state);
        }
        // Esc: the filter first, then the marks.
        _ if !view.filter.is_empty() => {
            view.filter.set(String::new());
            arrange(state);
        }
        _ => view.marks.clear(),
    }
    Vec::new()
}

/// The order is made anew and kept for the next time.
pub fn remember(state: &mut State) -> Vec<Command> {
    arrange(state);
    vec![Command::Remember(state.fleet.prefs.clone())]
}
