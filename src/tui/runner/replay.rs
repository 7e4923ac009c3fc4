//! Plays a recording in the window. Nothing is asked of any cloud, nothing is changed.

use std::{path::Path, time::Duration};

use crossterm::event::EventStream;
use futures::StreamExt;
use time::OffsetDateTime;

use super::{
    super::{
        input,
        message::{Key, Message},
        state::State,
        terminal::Window,
        theme::Depth,
        update::update,
        view,
    },
    record::{self, Recording},
    signals::Signals,
};
use crate::ops::OpsError;

/// Longer pauses are cut.
const LONGEST: u64 = 1000;

/// Space holds it up and lets it go on, `.` is one message more, `q` leaves; at its end it waits for that.
pub async fn replay(path: &Path) -> Result<(), OpsError> {
    let recording = record::read(path)?;
    let messages = &recording.messages;
    let mut signals = Signals::new()?;
    let mut window = Window::open()?;
    let mut input = EventStream::new();
    let mut state = begin(&recording);
    // What it looked like there, as far as this terminal can show it.
    state.look = state.look.of_terminal(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    state.colour = state.look.depth != Depth::None;
    let (mut next, mut paused) = (0, false);
    loop {
        state.title = Some(format!("replay {next}/{}{}", messages.len(), if paused { ", held up" } else { "" }));
        window.draw(|frame| view::draw(&state, frame))?;
        let due = messages.get(next).filter(|_| !paused).map(|(ms, _)| wait(messages, next, *ms));
        tokio::select! {
            () = signals.wait() => return Ok(()),
            event = input.next() => match event.and_then(Result::ok).map(|e| input::message(&e)) {
                None => return Ok(()),
                Some(Some(Message::Key(Key::Char('q') | Key::Ctrl('c') | Key::Esc))) => return Ok(()),
                Some(Some(Message::Key(Key::Char(' ')))) => paused = !paused,
                Some(Some(Message::Key(Key::Char('.')))) => next = step(&mut state, messages, next),
                Some(_) => {}
            },
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => next = step(&mut state, messages, next),
        }
    }
}

/// The state before the first message.
pub fn begin(recording: &Recording) -> State {
    let now = recording.messages.iter().find_map(|(_, m)| if let Message::Tick(now) = m { Some(*now) } else { None });
    recording.opening.state(now.unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

/// Takes one message in; what the state asks for is not done.
pub fn step(state: &mut State, messages: &[(u64, Message)], next: usize) -> usize {
    let Some((_, message)) = messages.get(next) else { return next };
    update(state, message.clone());
    next + 1
}

fn wait(messages: &[(u64, Message)], next: usize, ms: u64) -> Duration {
    let before = next.checked_sub(1).and_then(|n| messages.get(n)).map_or(0, |(ms, _)| *ms);
    Duration::from_millis(ms.saturating_sub(before).min(LONGEST))
}
