//! The key that shows another theme.

use super::super::{message::Command, state::State};

/// The next one, kept for the next time.
pub fn next(state: &mut State) -> Vec<Command> {
    let at = state.themes.iter().position(|(name, _)| Some(name) == state.theme.as_ref());
    let next = at.map_or(0, |at| at + 1) % state.themes.len().max(1);
    let Some((name, theme)) = state.themes.get(next).cloned() else { return Vec::new() };
    state.look.theme = theme;
    state.note = Some((format!("theme {name}"), false));
    state.theme = Some(name.clone());
    state.fleet.prefs.theme = Some(name);
    vec![Command::Remember(state.fleet.prefs.clone())]
}
