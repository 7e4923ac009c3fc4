//! Keys of the log screen.

use super::super::{
    feeds,
    keymap::Action,
    logs::{Arrangement, Asked, Feed, LogAct, Ring, after, before},
    message::Command,
    state::State,
};
use crate::ops::text::harmless;

/// Columns that a step sideways goes.
const STEP: usize = 20;
/// Terminals refuse longer texts (OSC 52 in base64, 100,000 bytes in xterm).
const COPY: usize = 72_000;

pub fn act(state: &mut State, act: LogAct) -> Vec<Command> {
    match act {
        LogAct::Follow => {
            let newest = newest(state);
            state.log_look.cursor = if state.log_look.cursor.is_some() { None } else { newest };
        }
        LogAct::Search => super::typing::ask(state, Asked::Search),
        LogAct::Filter => super::typing::ask(state, Asked::Filter),
        LogAct::Only => super::typing::ask(state, Asked::Only),
        LogAct::Save => super::typing::ask(state, Asked::Save),
        LogAct::NextMatch => find(state, true),
        LogAct::PreviousMatch => find(state, false),
        LogAct::Level => {
            state.log_look.next_level();
            super::typing::refilter(state);
        }
        LogAct::Wrap => state.log_look.wrap = !state.log_look.wrap,
        LogAct::Times => state.log_look.times = !state.log_look.times,
        LogAct::Arrange => state.log_look.arrangement = state.log_look.arrangement.next(),
        LogAct::Source => state.log_look.next_source(),
        LogAct::NextMachine => other(state, 1),
        LogAct::PreviousMachine => other(state, -1),
        LogAct::NextStage => stage(state, true),
        LogAct::PreviousStage => stage(state, false),
        LogAct::Left => state.log_look.sideways = state.log_look.sideways.saturating_sub(STEP),
        LogAct::Right => state.log_look.sideways += STEP,
        LogAct::CopySeen => return copy(state, page(state)),
        LogAct::CopyAll => return copy(state, usize::MAX),
    }
    Vec::new()
}

/// Lines that fit into the window.
fn page(state: &State) -> usize {
    usize::from(state.size.1.saturating_sub(8)).max(1)
}

/// The logs that the cursor walks in: the chosen machine's, or all that are merged.
fn walked(state: &State) -> Vec<Feed> {
    match feeds::arrangement(state) {
        Arrangement::Merged => feeds::shown(state),
        _ => state.selected_machine().iter().map(|machine| feeds::feed(state, machine)).collect(),
    }
}

fn with<T>(state: &State, look: impl FnOnce(&[&Ring]) -> T) -> T {
    let feeds = walked(state);
    let rings: Vec<&Ring> = feeds::rings(state, &feeds).into_iter().map(|(_, ring)| ring).collect();
    look(&rings)
}

fn newest(state: &State) -> Option<u64> {
    with(state, |rings| before(rings, u64::MAX).next().map(|(_, l)| l.number))
}

/// Moves the cursor; at the newest line it follows.
pub fn go(state: &mut State, action: Action) {
    let page = page(state);
    let (cursor, from) = (state.log_look.cursor, state.log_look.cursor.unwrap_or(u64::MAX));
    state.log_look.cursor = with(state, |rings| {
        let oldest = || after(rings, None).next().map(|(_, l)| l.number);
        let up = |n: usize| before(rings, from).nth(n).map(|(_, l)| l.number).or_else(oldest);
        let down = |n: usize| cursor.and_then(|at| after(rings, Some(at)).nth(n - 1)).map(|(_, l)| l.number);
        let to = match action {
            Action::Up => up(1),
            Action::PageUp => up(page),
            Action::Down => down(1),
            Action::PageDown => down(page),
            Action::Top => oldest(),
            _ => None,
        };
        to.filter(|at| after(rings, Some(*at)).next().is_some())
    });
}

/// The next line after the cursor, or before it, with what is searched for.
fn find(state: &mut State, later: bool) {
    let Some(search) = state.log_look.search.clone() else {
        return say(state, "nothing is searched for: / searches");
    };
    let fits = |text: &str| search.fits(&super::super::logs::ansi::plain(text));
    jump(state, later, &|line| fits(line.text()), "match");
}

fn stage(state: &mut State, later: bool) {
    jump(state, later, &|line| line.begins_stage, "stage");
}

fn jump(state: &mut State, later: bool, fits: &dyn Fn(&super::super::logs::Line) -> bool, what: &str) {
    let cursor = state.log_look.cursor;
    let to = with(state, |rings| {
        let number = match (later, cursor) {
            (true, None) => None,
            (true, Some(at)) => after(rings, Some(at)).find(|(_, l)| fits(l)),
            (false, None) => before(rings, u64::MAX).find(|(_, l)| fits(l)),
            (false, Some(at)) => before(rings, at).skip_while(|(_, l)| l.number == at).find(|(_, l)| fits(l)),
        };
        number.map(|(_, l)| l.number)
    });
    match to {
        Some(number) => state.log_look.cursor = Some(number),
        None => say(state, &format!("no {} {what}", if later { "later" } else { "earlier" })),
    }
}

/// The newest match at the cursor or before it, else the next one, right after something was searched for.
pub fn find_first(state: &mut State) {
    let at = state.log_look.cursor;
    state.log_look.cursor = at.map(|at| at + 1);
    find(state, false);
    if at.is_some() && state.log_look.cursor == at.map(|at| at + 1) {
        (state.log_look.cursor, state.note) = (at, None);
        find(state, true);
    }
}

/// Chooses the machine before or after this one, on the fleet screen too.
pub fn other(state: &mut State, by: isize) {
    let all: Vec<String> = match feeds::arrangement(state) {
        Arrangement::One => state.fleet.shown.clone(),
        _ => feeds::machines(state),
    };
    let chosen = state.selected_machine();
    let at = all.iter().position(|m| Some(m) == chosen.as_ref()).unwrap_or(0);
    let to = at.saturating_add_signed(by).min(all.len().saturating_sub(1));
    if let Some(machine) = all.get(to) {
        state.select_machine(machine);
        if feeds::arrangement(state) == Arrangement::One {
            state.log_look.cursor = None;
        }
    }
}

/// The newest of the shown lines that fit, as plain text, oldest first.
pub fn text(state: &State, lines: usize, bytes: usize) -> (String, usize) {
    let feeds = walked(state);
    let named = feeds::arrangement(state) == Arrangement::Merged;
    let (places, rings): (Vec<usize>, Vec<&Ring>) = feeds::rings(state, &feeds).into_iter().unzip();
    let (mut taken, mut length) = (Vec::new(), 0);
    // What is in sight reaches a quarter beyond the cursor; what is copied ends at it.
    for (n, line) in
        before(&rings, state.log_look.cursor.filter(|_| lines != usize::MAX).unwrap_or(u64::MAX)).take(lines)
    {
        let plain = harmless(&super::super::logs::ansi::plain(line.text()));
        let name = feeds.get(places[n]).filter(|_| named).map(|f| format!("{}: ", f.machine)).unwrap_or_default();
        length += name.len() + plain.len() + 1;
        if length > bytes {
            break;
        }
        taken.push(format!("{name}{plain}\n"));
    }
    taken.reverse();
    (taken.concat(), taken.len())
}

fn copy(state: &mut State, lines: usize) -> Vec<Command> {
    let (text, count) = text(state, lines, COPY);
    if count == 0 {
        say(state, "there is no line to copy");
        return Vec::new();
    }
    state.note = Some((format!("copied {count} lines"), false));
    vec![Command::Copy(text)]
}

fn say(state: &mut State, words: &str) {
    state.note = Some((words.to_owned(), true));
}

/// What Esc takes back before it leaves the screen; false when there is nothing.
pub fn clear(state: &mut State) -> bool {
    if state.log_look.search.take().is_some() {
        return true;
    }
    if !state.log_look.filter.is_empty() || state.log_look.least.is_some() || state.log_look.only.is_some() {
        state.log_look.filter.clear();
        (state.log_look.least, state.log_look.only) = (None, None);
        state.logs.forget_others(None);
        super::typing::refilter(state);
        return true;
    }
    false
}
