//! What the window takes in, as bytes (`crate::fuzz`).

use ratatui::{Terminal, backend::TestBackend};
use time::macros::datetime;

use super::{
    message::Message,
    state::{Screen, State},
    update::update,
    view,
};
use crate::ops::{Event, event::LogSource, text::harmless};

fn window() -> State {
    State::new(datetime!(2026-11-21 12:00 UTC))
}

/// A recorded session: a message of the window's a line.
pub fn recordings(data: &[u8]) -> Result<(), String> {
    let mut state = window();
    for line in String::from_utf8_lossy(data).lines() {
        if let Ok(message) = serde_json::from_str::<Message>(line) {
            update(&mut state, message);
            draw(&state)?;
        }
    }
    Ok(())
}

/// Lines of a machine's log, shown.
pub fn log(lines: &[String]) -> Result<(), String> {
    let mut state = window();
    for text in lines {
        let (machine, source) = ("claw-alice".to_owned(), LogSource::Bootstrap);
        update(&mut state, Message::Event(Event::Line { machine, source, text: text.clone() }));
    }
    state.screen = Screen::Logs;
    draw(&state)?;
    state.colour = false;
    draw(&state)
}

/// Every screen in its usual size; nothing on it could steer the terminal.
fn draw(state: &State) -> Result<(), String> {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).map_err(|e| e.to_string())?;
    terminal.draw(|frame| view::draw(state, frame)).map_err(|e| e.to_string())?;
    match terminal.backend().buffer().content.iter().find(|cell| harmless(cell.symbol()) != cell.symbol()) {
        Some(cell) => Err(format!("{:?} is on the screen", cell.symbol())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recording_to_begin_with_is_one() {
        for line in include_str!("../../fuzz/seeds/recordings/session.ndjson").lines() {
            assert!(serde_json::from_str::<Message>(line).is_ok(), "{line}");
        }
    }
}
