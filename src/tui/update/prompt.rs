//! Keys while a line is being typed.

use super::super::{
    message::{Command, Key},
    prompt::Kind,
    state::State,
};

/// The line takes every key.
pub fn press(state: &mut State, key: Key) -> Vec<Command> {
    let Some(mut prompt) = state.prompt.take() else { return Vec::new() };
    match key {
        Key::Enter => return Vec::new(),
        Key::Esc | Key::Ctrl('c') => {
            match prompt.kind {
                Kind::Search => state.search.clear(),
            }
            return Vec::new();
        }
        Key::Char(c) => prompt.text.push(c),
        Key::Ctrl('u') => prompt.text.clear(),
        Key::Backspace => {
            prompt.text.pop();
        }
        _ => {}
    }
    match prompt.kind {
        Kind::Search => state.search.clone_from(&prompt.text),
    }
    state.prompt = Some(prompt);
    Vec::new()
}
