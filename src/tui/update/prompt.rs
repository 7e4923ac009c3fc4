//! Keys while a line is being typed.

use super::super::{
    message::Key,
    palette::choices,
    prompt::{Kind, Prompt},
    state::State,
};

/// The line takes every key. Returns what it was for once it is finished.
pub fn press(state: &mut State, key: Key) -> Option<(Kind, String)> {
    let mut prompt = state.prompt.take()?;
    match key {
        Key::Enter => return finish(state, prompt),
        Key::Esc | Key::Ctrl('c') => {
            if prompt.kind == Kind::Search {
                state.search.clear();
            }
            return None;
        }
        Key::Tab | Key::Down => choose(state, &mut prompt, 1),
        Key::BackTab | Key::Up => choose(state, &mut prompt, -1),
        Key::Char(c) => {
            take(state, &mut prompt);
            prompt.text.push(c);
        }
        Key::Ctrl('u') => (prompt.text, prompt.chosen) = (String::new(), None),
        Key::Backspace => {
            take(state, &mut prompt);
            prompt.text.pop();
        }
        _ => {}
    }
    if prompt.kind == Kind::Search {
        state.search.clone_from(&prompt.text);
    }
    state.prompt = Some(prompt);
    None
}

fn finish(state: &State, mut prompt: Prompt) -> Option<(Kind, String)> {
    take(state, &mut prompt);
    (prompt.kind != Kind::Search && !prompt.text.trim().is_empty()).then_some((prompt.kind, prompt.text))
}

/// The next choice, or the one before; a single one is taken at once, with a blank for what follows.
fn choose(state: &State, prompt: &mut Prompt, by: isize) {
    if prompt.kind != Kind::Palette {
        return;
    }
    let all = choices(state, &prompt.text);
    match all.as_slice() {
        [] => prompt.chosen = None,
        [only] => (prompt.text, prompt.chosen) = (format!("{} ", only.line), None),
        many => {
            let last = many.len() - 1;
            prompt.chosen = Some(match prompt.chosen {
                None if by > 0 => 0,
                None => last,
                Some(at) if by > 0 => {
                    if at >= last {
                        0
                    } else {
                        at + 1
                    }
                }
                Some(at) => at.checked_sub(1).unwrap_or(last),
            });
        }
    }
}

/// The chosen completion becomes what is typed.
fn take(state: &State, prompt: &mut Prompt) {
    if let Some(choice) = prompt.chosen.take().and_then(|at| choices(state, &prompt.text).into_iter().nth(at)) {
        prompt.text = choice.line;
    }
}
