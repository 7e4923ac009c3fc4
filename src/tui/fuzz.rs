//! What the window takes in, as bytes (`crate::fuzz`).

use ratatui::{Terminal, backend::TestBackend};
use time::macros::datetime;

use super::{
    message::Message,
    runner::{record, replay},
    state::{Screen, State},
    update::update,
    view,
};
use crate::ops::{Event, event::LogSource, text::harmless};

fn window() -> State {
    State::new(datetime!(2026-11-21 12:00 UTC))
}

/// A recorded session, played again. Where it as a whole is none, each line that is one.
pub fn recordings(data: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(data);
    let recording = record::parse(data, "a recording").unwrap_or_else(|_| {
        let head = text.lines().next().unwrap_or_default();
        let alone = |line| record::parse(format!("{head}\n{line}\n").as_bytes(), "a line").unwrap_or_default();
        let opening = alone("").opening;
        record::Recording { opening, messages: text.lines().skip(1).flat_map(|line| alone(line).messages).collect() }
    });
    let mut state = replay::begin(&recording);
    for next in 0..recording.messages.len() {
        replay::step(&mut state, &recording.messages, next);
        draw(&state)?;
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
        let seed = include_bytes!("../../fuzz/seeds/recordings/session.jsonl");
        let messages = record::parse(&seed[..], "the seed").unwrap().messages;
        assert_eq!(messages.len() + 1, seed.iter().filter(|byte| **byte == b'\n').count());
    }
}
