//! Turns input, ticks and events into messages, and commands into operations.

use std::{future::Future, path::PathBuf, time::Duration};

use crossterm::event::EventStream;
use futures::StreamExt;
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{
    WindowOptions, input, kept,
    kept::Files,
    message::{Command, Message},
    state::{Screen, State},
    terminal::Window,
    theme::Depth,
    update::update,
    view,
};
use crate::{
    fleet::plan::PlanOptions,
    ops::{
        Event, Events, OpsError, Session, apply, config_push, idle, pairings, power, secrets, snapshot, sync, watch,
    },
};

/// Never more than 60 frames a second.
const FRAME: Duration = Duration::from_millis(16);
const TICK: Duration = Duration::from_millis(500);
/// Events taken in before the next look at the keyboard.
const BATCH: usize = 512;

pub async fn run(session: Session, options: WindowOptions, files: Files, mut window: Window) -> Result<(), OpsError> {
    let mut state = State::new(OffsetDateTime::now_utc());
    state.title = options.title;
    (state.look, state.colour) = (files.look, files.look.depth != Depth::None);
    if let Ok(size) = window.terminal.size() {
        state.size = (size.width, size.height);
    }
    state.keys = if session.settings().read_only { files.keys.read_only() } else { files.keys };
    match files.prefs {
        Ok(prefs) => state.fleet.prefs = prefs,
        Err(error) => state.note = Some((error.to_string(), true)),
    }
    state.has_config_file = options.config_file.is_some();
    if let Some(machines) = snapshot::last(&session) {
        update(&mut state, Message::Event(Event::Machines { machines, fresh: false }));
    }
    let (events, mut received) = Events::channel();
    let (results, mut messages) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let worker = Worker {
        session: session.clone(),
        events: events.clone(),
        results,
        config: options.config_file,
        stop: stop.clone(),
    };
    let mut worker = Running { worker, apply: CancellationToken::new() };
    tokio::spawn(watch::watch(session, events, stop.clone()));
    if options.plan_first {
        (state.screen, state.planning) = (Screen::Plan, true);
        worker.start(Command::Plan, &state);
    }
    let result = drive(&mut window, &mut state, &mut worker, &mut received, &mut messages).await;
    stop.cancel();
    result
}

async fn drive(
    window: &mut Window,
    state: &mut State,
    worker: &mut Running,
    received: &mut mpsc::UnboundedReceiver<Event>,
    messages: &mut mpsc::UnboundedReceiver<Message>,
) -> Result<(), OpsError> {
    let mut input = EventStream::new();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut signals = Signals::new()?;
    let mut drawn: Option<Instant> = None;
    let mut dirty = true;
    loop {
        let due = drawn.is_none_or(|at| at.elapsed() >= FRAME);
        if dirty && due {
            let draw = window.terminal.draw(|frame| view::draw(state, frame));
            draw.map_err(|e| OpsError::failed(format!("the terminal is gone: {e}")))?;
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
            _ = tick.tick() => batch.push(Message::Tick(OffsetDateTime::now_utc())),
            () = tokio::time::sleep(FRAME), if dirty => {}
        }
        for message in batch {
            dirty = true;
            for command in update(state, message) {
                if command == Command::Quit {
                    return Ok(());
                }
                worker.start(command, state);
            }
        }
    }
}

/// What ends the window from outside.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, OpsError> {
        use tokio::signal::unix::{SignalKind, signal};
        let fail = |e: std::io::Error| OpsError::failed(format!("can't wait for signals: {e}"));
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
            hang_up: signal(SignalKind::hangup()).map_err(fail)?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

struct Running {
    worker: Worker,
    /// Stops the apply that runs.
    apply: CancellationToken,
}

impl Running {
    /// Starts a command in a task of its own; its result comes back as a message.
    fn start(&mut self, command: Command, state: &State) {
        match command {
            Command::CancelApply => self.apply.cancel(),
            Command::Apply => {
                self.apply = self.worker.stop.child_token();
                if let Some(planned) = state.planned.clone() {
                    self.worker.spawn("up", self.worker.clone().apply(*planned, self.apply.clone()));
                }
            }
            Command::Push => {
                if let Some(diff) = state.diff.clone() {
                    self.worker.spawn("config push", self.worker.clone().push(diff));
                }
            }
            other => self.worker.spawn("the operation", self.worker.clone().work(other)),
        }
    }
}

/// Words for how it went: one machine's own error, or how many failed and which was the first.
fn power_result(
    machines: &[String],
    power: power::Power,
    failed: Vec<(String, OpsError)>,
) -> Result<Message, OpsError> {
    let (all, word) = (machines.len(), power.word());
    let bad = failed.len();
    match failed.into_iter().next() {
        None if all == 1 => Ok(Message::Done(format!("{}: {word} done", machines.join(", ")))),
        None => Ok(Message::Done(format!("{word} done on {all} machines"))),
        Some((_, error)) if all == 1 => Err(error),
        Some((first, error)) => {
            let failure = OpsError::failed(format!("{bad} of {all} failed, {first} first: {error}"));
            Err(match error.remedy {
                Some(remedy) => failure.with_remedy(remedy),
                None => failure,
            })
        }
    }
}

#[derive(Clone)]
struct Worker {
    session: Session,
    events: Events,
    results: mpsc::UnboundedSender<Message>,
    config: Option<PathBuf>,
    stop: CancellationToken,
}

impl Worker {
    fn send(&self, operation: &str, result: Result<Message, OpsError>) {
        let message = result.unwrap_or_else(|error| Message::Failed {
            operation: operation.to_owned(),
            message: error.to_string(),
            remedy: error.remedy,
        });
        // A window that closed needs no result.
        let _ = self.results.send(message);
    }

    /// Runs work in a task of its own. One that panics is told as a failure: nobody waits for it in vain.
    fn spawn(&self, operation: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (task, worker) = (tokio::spawn(work), self.clone());
        tokio::spawn(async move {
            if task.await.is_err_and(|error| error.is_panic()) {
                let defect = OpsError::failed("stopped by a defect of claw")
                    .with_remedy("run it again; what is done stays done");
                worker.send(operation, Err(defect));
            }
        });
    }

    async fn apply(self, planned: sync::Planned, cancel: CancellationToken) {
        let applied = apply::apply(&self.session, &planned, &self.events, &cancel).await;
        let complete = applied.as_ref().is_ok_and(|a| !a.interrupted);
        self.send("up", applied.map(Message::Applied));
        if complete && secrets::present(&self.session) {
            let pushed = secrets::push(&self.session, &self.events).await;
            self.send("secrets", pushed.map(|s| Message::Done(format!("{} secrets are in the vault", s.len()))));
        }
    }

    async fn push(self, diff: config_push::ConfigPlan) {
        let pushed = config_push::push(&self.session, &diff, &self.events).await;
        self.send("config push", pushed.map(Message::Pushed));
    }

    async fn work(self, command: Command) {
        let (session, events) = (&self.session, &self.events);
        match command {
            Command::Plan => {
                let planned = sync::plan(session, &PlanOptions::default(), events).await;
                self.send("plan", planned.map(|p| Message::Planned(Box::new(p))));
            }
            Command::Diff => {
                let Some(file) = &self.config else { return };
                self.send("config diff", config_push::diff(session, Some(file)).await.map(Message::Diffed));
            }
            Command::Idle => self.send("idle", idle::verdicts(session).await.map(Message::Verdicts)),
            Command::Deallocate(machines) => {
                let acted = idle::deallocate(session, &machines, events, &self.stop).await;
                self.send("idle", acted.map(Message::Verdicts));
            }
            Command::Decide { machine, request_id, decision } => {
                let decided = pairings::decide(session, Some(&machine), &request_id, decision).await;
                let word = if decision == pairings::Decision::Approve { "approved" } else { "rejected" };
                self.send(
                    "devices",
                    decided.map(|r| Message::Done(format!("{word}: {} at {}", r.display_name, r.machine))),
                );
            }
            Command::Revoke { machine, device_id } => {
                let change = pairings::Change::Revoke { role: None };
                let revoked = pairings::change(session, Some(&machine), &device_id, &change).await;
                let done = revoked.map(|d| Message::Done(format!("revoked: {} at {}", d.label, d.machine)));
                self.send("devices", done);
            }
            Command::Power { machines, power } => {
                let done = power::power(session, &machines, power, events, &self.stop).await;
                let done = done.and_then(|failed| power_result(&machines, power, failed));
                self.send(power.word(), done);
            }
            Command::Remember(prefs) => {
                if let Err(error) = kept::keep(&session.settings().data, &prefs) {
                    self.send("columns", Err(error));
                }
            }
            Command::Apply | Command::Push | Command::CancelApply | Command::Quit => {}
        }
    }
}
