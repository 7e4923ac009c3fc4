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
        key => {
            take(state, &mut prompt);
            prompt.line.press(key);
        }
    }
    keep(state, prompt);
    None
}

/// The line is open; false where there is none.
pub fn paste(state: &mut State, text: &str) -> bool {
    let Some(mut prompt) = state.prompt.take() else { return false };
    take(state, &mut prompt);
    prompt.line.paste(text);
    keep(state, prompt);
    true
}

/// A search counts while it is typed.
fn keep(state: &mut State, prompt: Prompt) {
    if prompt.kind == Kind::Search {
        prompt.line.text().clone_into(&mut state.search);
    }
    state.prompt = Some(prompt);
}

fn finish(state: &State, mut prompt: Prompt) -> Option<(Kind, String)> {
    take(state, &mut prompt);
    let text = prompt.line.text();
    (prompt.kind != Kind::Search && !text.trim().is_empty()).then(|| (prompt.kind, text.to_owned()))
}

/// The next choice, or the one before; a single one is taken at once, with a blank for what follows.
fn choose(state: &State, prompt: &mut Prompt, by: isize) {
    if prompt.kind != Kind::Palette {
        return;
    }
    let all = choices(state, prompt.line.text());
    match all.as_slice() {
        [] => prompt.chosen = None,
        [only] => {
            prompt.line.set(&format!("{} ", only.line));
            prompt.chosen = None;
        }
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
    if let Some(choice) = prompt.chosen.take().and_then(|at| choices(state, prompt.line.text()).into_iter().nth(at)) {
        prompt.line.set(&choice.line);
    }
}
