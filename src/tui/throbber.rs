//! The sign of what is under way. It turns with the tick, once a second: the window draws then anyway.

use throbber_widgets_tui::{ASCII, BLACK_CIRCLE, Throbber, ThrobberState};

use super::state::State;

/// Both sets have so many signs.
const SIGNS: i64 = 4;
/// At full minutes it looks as it does where nothing turns.
const BEGINS: i64 = 2;

fn at(state: &State) -> ThrobberState {
    let step = (state.now.unix_timestamp() + BEGINS).rem_euclid(SIGNS);
    let mut at = ThrobberState::default();
    // A step of 0 would be one at random.
    at.calc_step(i8::try_from(SIGNS + step).unwrap_or(1));
    at
}

/// The widget, e.g. for words behind it.
fn throbber(state: &State) -> Throbber<'static> {
    Throbber::default().throbber_set(if state.look.ascii { ASCII } else { BLACK_CIRCLE })
}

/// The sign alone.
pub fn sign(state: &State) -> String {
    throbber(state).to_symbol_span(&at(state)).content.trim_end().to_owned()
}
