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
        Key::Char(c) => {
            if let Some(line) = setup.line() {
                line.push(c);
            }
        }
        Key::Backspace => drop(setup.line().and_then(String::pop)),
        Key::Ctrl('u') => {
            if let Some(line) = setup.line() {
                line.clear();
            }
        }
        _ => {}
    }
    Some(Vec::new())
}
