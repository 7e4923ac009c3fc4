//! A question, or a word of what is wrong, as the answer to a key.

use super::super::{
    field::Field,
    message::Command,
    state::{Confirm, State},
};

/// Asks before the command; `expected` has to be typed, else `y` is enough.
pub fn ask(state: &mut State, question: String, expected: Option<String>, command: Command) -> Vec<Command> {
    state.confirm = Some(Confirm { question, expected, typed: Field::default(), command });
    Vec::new()
}

/// Says why nothing happens.
pub fn note(state: &mut State, words: &str) -> Vec<Command> {
    state.note = Some((words.to_owned(), true));
    Vec::new()
}
