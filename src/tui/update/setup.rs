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

/// Secrets may come line by line, as from a `.env`: each but the last is taken as with enter. Many terminals paste a
/// line's end as they send enter. False where the first run is not on the screen.
pub fn paste(state: &mut State, text: &str) -> bool {
    let Some(setup) = state.setup.as_mut().filter(|_| state.screen == Screen::Setup) else { return false };
    if setup.step != Step::Secrets {
        setup.line().into_iter().for_each(|line| line.paste(text));
        return true;
    }
    let is_said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    for (n, line) in text.split(['\r', '\n']).filter(is_said).enumerate() {
        if n > 0 && setup.problem().is_some() {
            break;
        }
        if n > 0 {
            setup.forward();
        }
        setup.secret.paste(line);
    }
    true
}
