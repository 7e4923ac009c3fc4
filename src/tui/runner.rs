//! Turns input, ticks and events into messages, and commands into operations.

mod machine;
pub mod opened;
mod output;
pub mod record;
pub mod replay;
mod signals;
mod tails;
mod worker;

use std::time::Duration;

use crossterm::event::EventStream;
use futures::StreamExt;
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use self::{opened::Opened, signals::Signals, worker::Worker};
use super::{
    aside, input,
    intake::Intake,
    message::{Command, Key, Message},
    setup::Step,
    state::{Screen, State},
    terminal::Window,
    update::{is_news, update},
    view,
};
use crate::ops::{Event, Events, OpsError, Session, apply, watch};

/// Never more than 60 frames a second.
const FRAME: Duration = Duration::from_millis(16);
/// What counts on the screen counts seconds.
const TICK: Duration = Duration::from_secs(1);
/// Events taken in before the next look at the keyboard.
const BATCH: usize = 512;

impl Opened {
    /// Goes on from the first frame, beside which all this would only have held it up. Runs until the operator quits; the
    /// terminal is left as it was, also after a panic.
    pub async fn run(self) -> Result<(), OpsError> {
        let Opened { settings, mut window, mut state, mut recorder, commands, config_file, early } = self;
        let signals = Signals::new()?;
        if early.came() {
            return Ok(());
        }
        let session = Session::open(settings)?;
        let (events, received) = Events::channel();
        let intake = Intake::default();
        let mut received = tails::sift(received, intake.clone());
        let (results, mut messages) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let worker = Worker {
            session: session.clone(),
            events: events.clone(),
            results,
            config: config_file,
            stop: stop.clone(),
        };
        let mut worker = Running {
            worker,
            apply: CancellationToken::new(),
            pace: apply::Pace::default(),
            tails: tails::Tails::default(),
            intake,
        };
        tokio::spawn(watch::watch(session, events, stop.clone()));
        commands.into_iter().for_each(|command| worker.start(command, &state));
        let told = (&mut received, &mut messages);
        let result = drive(&mut window, &mut state, &mut worker, told, &mut recorder, signals).await;
        stop.cancel();
        result
    }
}

async fn drive(
    window: &mut Window,
    state: &mut State,
    worker: &mut Running,
    (received, messages): (&mut mpsc::UnboundedReceiver<Event>, &mut mpsc::UnboundedReceiver<Message>),
    recorder: &mut Option<record::Recorder>,
    mut signals: Signals,
) -> Result<(), OpsError> {
    let mut input = EventStream::new();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn: Option<Instant> = None;
    let mut dirty = false;
    loop {
        let due = drawn.is_none_or(|at| at.elapsed() >= FRAME);
        if dirty && due {
            window.draw(|frame| view::draw(state, frame))?;
            (drawn, dirty) = (Some(Instant::now()), false);
        }
        let mut batch = Vec::new();
        tokio::select! {
            biased;
            () = signals.wait() => return Ok(()),
            key = input.next() => match key {
                Some(Ok(event)) => batch.extend(input::message(&event)),
                Some(Err(_)) | None => return Ok(()),
            },
            Some(message) = messages.recv() => batch.push(message),
            Some(event) = received.recv() => {
                batch.push(Message::Event(event));
                while batch.len() < BATCH && let Ok(event) = received.try_recv() {
                    batch.push(Message::Event(event));
                }
            }
            () = worker.intake.ready(), if due => batch.push(Message::Lines(worker.intake.take())),
            _ = tick.tick() => batch.push(Message::Tick(OffsetDateTime::now_utc())),
            () = tokio::time::sleep(FRAME), if dirty || !due => {}
        }
        for message in batch {
            if !is_news(state, &message) {
                continue;
            }
            dirty = true;
            if recorder.as_mut().is_some_and(|r| r.take(&hidden(state, &message)).is_err()) {
                *recorder = None;
                state.note = Some(("the recording can't be written any more".into(), true));
            }
            for command in update(state, message) {
                match command {
                    Command::Quit => return Ok(()),
                    Command::Shell(machine) => {
                        // The shell reads the keyboard alone.
                        drop(input);
                        let said = aside::shell(window, &worker.worker.session, &machine, state, received).await?;
                        // A Ctrl-C meanwhile was meant for the shell.
                        (input, signals, drawn) = (EventStream::new(), Signals::new()?, None);
                        state.note = Some(said);
                        continue;
                    }
                    _ => {}
                }
                worker.start(command, state);
            }
        }
    }
}

/// Keys that may be typing a secret are not recorded.
fn hidden(state: &State, message: &Message) -> Message {
    let secret = state.screen == Screen::Setup && state.setup.as_ref().is_some_and(|s| s.step == Step::Secrets);
    match message {
        Message::Key(Key::Char(_)) if secret => Message::Key(Key::Char('x')),
        Message::Paste(text) if secret => Message::Paste("x".repeat(text.chars().count())),
        other => other.clone(),
    }
}

struct Running {
    worker: Worker,
    /// Stops the apply that runs.
    apply: CancellationToken,
    /// Holds it up.
    pace: apply::Pace,
    tails: tails::Tails,
    intake: Intake,
}

impl Running {
    /// Starts a command in a task of its own; its result comes back as a message.
    fn start(&mut self, command: Command, state: &State) {
        match command {
            Command::CancelApply => self.apply.cancel(),
            Command::Follow(feeds) => {
                let machines = state.machines.as_ref().map_or(&[][..], |m| &m.value);
                self.tails.follow(feeds, machines, &self.worker.session, &self.intake);
            }
            Command::Copy(text) => output::copy(&text),
            Command::Pause(paused) => self.pace.pause(paused),
            Command::Apply { steps } => {
                (self.apply, self.pace) = (self.worker.stop.child_token(), apply::Pace::default());
                if let Some(mut planned) = state.planned.clone() {
                    planned.plan.steps.retain(|step| steps.contains(&step.id));
                    let work = self.worker.clone().apply(*planned, self.apply.clone(), self.pace.clone());
                    tokio::spawn(work);
                }
            }
            Command::Push | Command::Rollback => {
                if let Some(diff) = state.diff.clone() {
                    tokio::spawn(self.worker.clone().push(diff, command == Command::Rollback));
                }
            }
            other => drop(tokio::spawn(self.worker.clone().work(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_recorded_typed_or_pasted() {
        let mut state = State::new(OffsetDateTime::UNIX_EPOCH);
        let paste = Message::Paste("KEY=hunter2".into());
        assert!(format!("{:?}", hidden(&state, &paste)).contains("hunter2"));
        (state.setup, state.screen) = (Some(crate::tui::setup::Setup::default()), Screen::Setup);
        state.setup.as_mut().unwrap().step = Step::Secrets;
        assert!(matches!(hidden(&state, &paste), Message::Paste(text) if text == "x".repeat(11)));
        assert!(matches!(hidden(&state, &Message::Key(Key::Char('h'))), Message::Key(Key::Char('x'))));
    }
}
