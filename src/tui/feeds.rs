//! Which logs are in view, and which of them have to be fetched.

use super::{
    logs::{Arrangement, Feed, Ring},
    machine::Tab,
    state::{Screen, State},
};
use crate::{fleet::instance::PowerState, ops::event::LogSource};

/// Logs followed at once besides the bootstrap's; each is a channel on a machine's one connection.
pub const LIVE: usize = 128;

/// The machines whose logs are shown: the chosen one; or those that are marked; or all that run or have lines to
/// show.
pub fn machines(state: &State) -> Vec<String> {
    if arrangement(state) == Arrangement::One {
        return state.selected_machine().into_iter().collect();
    }
    let marked: Vec<String> = state.fleet.marks.iter().cloned().collect();
    if !marked.is_empty() {
        return marked;
    }
    let rows = state.rows().into_iter();
    let alive = rows.filter(|(name, instance)| {
        instance.is_some_and(|i| i.power.value == PowerState::Running)
            || state.logs.ring(&feed(state, name)).is_some_and(|ring| ring.len() > 0)
    });
    alive.map(|(name, _)| name.to_owned()).collect()
}

pub fn arrangement(state: &State) -> Arrangement {
    if state.screen == Screen::Logs { state.log_look.arrangement } else { Arrangement::One }
}

pub fn feed(state: &State, machine: &str) -> Feed {
    Feed { machine: machine.to_owned(), source: state.log_look.source, only: state.log_look.only.clone() }
}

pub fn shown(state: &State) -> Vec<Feed> {
    machines(state).iter().map(|machine| feed(state, machine)).collect()
}

/// The logs of several feeds; those without a line have none.
pub fn rings<'a>(state: &'a State, feeds: &[Feed]) -> Vec<(usize, &'a Ring)> {
    feeds.iter().enumerate().filter_map(|(n, feed)| Some((n, state.logs.ring(feed)?))).collect()
}

/// What has to be followed for this screen. Whole bootstrap logs are followed anyway.
pub fn wanted(state: &State) -> Vec<Feed> {
    if !is_in_view(state) {
        return Vec::new();
    }
    let on = |feed: &Feed| {
        feed.source == LogSource::Console || matches!(state.power(&feed.machine), Some(PowerState::Running))
    };
    let fetched = |feed: &Feed| feed.source != LogSource::Bootstrap || feed.only.is_some();
    shown(state).into_iter().filter(|f| fetched(f) && on(f)).take(LIVE).collect()
}

/// Whether lines of a log are on the screen.
pub fn is_in_view(state: &State) -> bool {
    state.screen == Screen::Logs || state.screen == Screen::Machine && state.machine.tab == Tab::Log
}
