//! Keys of the first run. It takes every key but those that end the program.

use super::super::{
    message::{Command, Key},
    setup::Step,
    state::{Screen, State},
};

/// `None` where the first run is not on the screen.
pub fn press(state: &mut State, key: Key) -> Option<Vec<Command>> {
    if state.screen != Screen::Setup {
        return None;
    }
    let setup = state.setup.as_mut()?;
    match key {
        Key::Ctrl('c') => return Some(vec![Command::Quit]),
        Key::Char('y') | Key::Enter if setup.step == Step::Review && setup.problem().is_none() => {
            return Some(vec![Command::Found { team: setup.team(), secrets: setup.secrets() }]);
        }
        // At the first step it leaves.
        Key::Esc if setup.step == Step::Members => (state.setup, state.screen) = (None, Screen::Fleet),
        Key::Enter | Key::Tab | Key::Down => setup.forward(),
        Key::Up | Key::BackTab | Key::Esc => setup.back(),
        key => {
            if let Some(line) = setup.line() {
                line.press(key);
            }
        }
    }
    Some(Vec::new())
}

/// Secrets may come line by line, as from a `.env`: each but the last is taken as with enter. False where the first run is not on the screen.
pub fn paste(state: &mut State, text: &str) -> bool {
    let Some(setup) = state.setup.as_mut().filter(|_| state.screen == Screen::Setup) else { return false };
    if setup.step != Step::Secrets {
        setup.line().into_iter().for_each(|line| line.paste(text));
        return true;
    }
    let left_out = setup.take_lines(text);
    if !left_out.is_empty() {
        let lines: Vec<_> = left_out.iter().map(usize::to_string).collect();
        let words = format!("no NAME=value, left out: line {} of what was pasted", lines.join(", "));
        state.note = Some((words, true));
    }
    true
}
