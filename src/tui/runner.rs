//! Turns input, ticks and events into messages, and commands into operations.

mod machine;
mod output;
pub mod record;
pub mod replay;
mod tails;

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
    WindowOptions, aside,
    exec::Answer,
    input,
    intake::Intake,
    kept,
    kept::Files,
    message::{Command, Key, Message},
    setup::{Setup, Step},
    state::{Screen, State},
    terminal::Window,
    theme::Depth,
    update::update,
    view,
};
use crate::{
    fleet::plan::PlanOptions,
    ops::{
        Event, Events, OpsError, Session, activity, apply, config_push, exec_many, found, idle, open, pairings, power,
        secrets, sync, watch,
    },
};

/// Never more than 60 frames a second.
const FRAME: Duration = Duration::from_millis(16);
const TICK: Duration = Duration::from_millis(500);
/// Events taken in before the next look at the keyboard.
const BATCH: usize = 512;

pub async fn run(session: Session, options: WindowOptions, files: Files, mut window: Window) -> Result<(), OpsError> {
    let mut recorder = options.record.as_deref().map(record::Recorder::create).transpose()?;
    let mut state = State::new(OffsetDateTime::now_utc());
    state.title = options.title;
    (state.look, state.colour) = (files.look, files.look.depth != Depth::None);
    if let Ok(size) = window.terminal.size() {
        state.size = (size.width, size.height);
    }
    state.keys = if session.settings().read_only { files.keys.read_only() } else { files.keys };
    (state.themes, state.theme) = (files.themes, files.theme);
    if !session.settings().read_only && matches!(session.team_file(), Ok(None)) {
        (state.setup, state.screen) = (Some(Setup::default()), Screen::Setup);
    }
    match files.prefs {
        Ok(prefs) => state.fleet.prefs = prefs,
        Err(error) => state.note = Some((error.to_string(), true)),
    }
    let (events, received) = Events::channel();
    let intake = Intake::default();
    let mut received = tails::sift(received, intake.clone());
    let (results, mut messages) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let worker = Worker {
        session: session.clone(),
        events: events.clone(),
        results,
        config: options.config_file,
        stop: stop.clone(),
    };
    let mut worker = Running {
        worker,
        apply: CancellationToken::new(),
        pace: apply::Pace::default(),
        tails: tails::Tails::default(),
        intake: intake.clone(),
    };
    tokio::spawn(watch::watch(session, events, stop.clone()));
    if options.plan_first {
        (state.screen, state.planning) = (Screen::Plan, true);
        worker.start(Command::Plan, &state);
    }
    // A player's window may be of another size.
    if let Some(recorder) = &mut recorder {
        let (width, height) = state.size;
        recorder
            .take(&Message::Resize { width, height })
            .map_err(|e| OpsError::failed(format!("can't record: {e}")))?;
    }
    let result = drive(&mut window, &mut state, &mut worker, (&mut received, &mut messages), &mut recorder).await;
    stop.cancel();
    result
}

async fn drive(
    window: &mut Window,
    state: &mut State,
    worker: &mut Running,
    (received, messages): (&mut mpsc::UnboundedReceiver<Event>, &mut mpsc::UnboundedReceiver<Message>),
    recorder: &mut Option<record::Recorder>,
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
            () = worker.intake.ready(), if due => batch.push(Message::Lines(worker.intake.take())),
            _ = tick.tick() => batch.push(Message::Tick(OffsetDateTime::now_utc())),
            () = tokio::time::sleep(FRAME), if dirty || !due => {}
        }
        for message in batch {
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
        other => other.clone(),
    }
}

/// What ends the window from outside.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    /// Comes from outside only: the window's own terminal sends a key instead.
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, OpsError> {
        use tokio::signal::unix::{SignalKind, signal};
        let fail = |e: std::io::Error| OpsError::failed(format!("can't wait for signals: {e}"));
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
            hang_up: signal(SignalKind::hangup()).map_err(fail)?,
            interrupt: signal(SignalKind::interrupt()).map_err(fail)?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
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
                    self.worker.spawn("up", work);
                }
            }
            Command::Push | Command::Rollback => {
                if let Some(diff) = state.diff.clone() {
                    self.worker.spawn("config push", self.worker.clone().push(diff, command == Command::Rollback));
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

/// What was done to a device.
fn word(change: &pairings::Change) -> &'static str {
    match change {
        pairings::Change::Revoke { .. } => "revoked",
        pairings::Change::Rotate { .. } => "rotated",
        pairings::Change::Rename { .. } => "renamed",
        pairings::Change::Remove => "removed",
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

    async fn apply(self, planned: sync::Planned, cancel: CancellationToken, pace: apply::Pace) {
        let applied = apply::apply_at(&self.session, &planned, &self.events, &cancel, &pace).await;
        let complete = applied.as_ref().is_ok_and(|a| !a.interrupted);
        self.send("up", applied.map(Message::Applied));
        if complete && secrets::present(&self.session) {
            let pushed = secrets::push(&self.session, secrets::Missing::Refuse, &self.events).await;
            self.send("secrets", pushed.map(|s| Message::Done(format!("{} secrets are in the vault", s.len()))));
        }
    }

    async fn push(self, diff: config_push::ConfigPlan, back: bool) {
        let (session, events) = (&self.session, &self.events);
        let (what, pushed) = match back {
            true => ("config rollback", config_push::rollback(session, &diff, events).await),
            false => ("config push", config_push::push(session, &diff, events).await),
        };
        self.send(what, pushed.map(Message::Pushed));
    }

    /// Tells of each machine as it ends.
    async fn exec(&self, machines: &[String], command: &str) {
        let chosen = match exec_many::choose(&self.session, machines).await {
            Ok(chosen) => chosen,
            Err(error) => return self.send("exec", Err(error)),
        };
        let how = exec_many::How { via: exec_many::Via::Ssh, most_failures: None };
        let told = |ran: exec_many::Ran| {
            let named = |m: &&String| m.trim_start_matches("claw-") == ran.machine || **m == ran.machine;
            let machine = machines.iter().find(named).cloned().unwrap_or_else(|| ran.machine.clone());
            let answer = match &ran.outcome {
                exec_many::Outcome::Ended { code, stdout, stderr, .. } => {
                    Answer::new(Some(*code), &format!("{stdout}{stderr}"))
                }
                exec_many::Outcome::Failed { error } => Answer::new(None, &error.to_string()),
            };
            let _ = self.results.send(Message::Ran { machine, answer });
        };
        if let Err(error) = exec_many::run(&self.session, &chosen, command, how, &self.stop, told).await {
            self.send("exec", Err(error));
        }
    }

    async fn work(self, command: Command) {
        let (session, events) = (&self.session, &self.events);
        match command {
            Command::Plan => {
                let planned = sync::plan(session, &PlanOptions::default(), events).await;
                self.send("plan", planned.map(|p| Message::Planned(Box::new(p))));
            }
            Command::Diff => {
                let compared = config_push::diff(session, self.config.as_deref()).await;
                self.send("config diff", compared.map(Message::Diffed));
            }
            Command::Idle => self.send("idle", idle::verdicts(session).await.map(Message::Verdicts)),
            Command::Deallocate(machines) => {
                let acted = idle::deallocate(session, &machines, events, &self.stop).await;
                self.send("idle", acted.map(Message::Verdicts));
            }
            Command::Decide { requests, decision } => {
                let word = if decision == pairings::Decision::Approve { "approved" } else { "rejected" };
                let mut decided = Vec::new();
                for (machine, request) in requests {
                    match pairings::decide(session, Some(&machine), &request, decision).await {
                        Ok(r) => decided.push(format!("{} at {}", r.display_name, r.machine)),
                        Err(error) => self.send("devices", Err(error)),
                    }
                }
                if !decided.is_empty() {
                    self.send("devices", Ok(Message::Done(format!("{word}: {}", decided.join(", ")))));
                }
            }
            Command::Saved => {
                self.send("config rollback", config_push::saved(session, &[]).await.map(Message::Saved));
            }
            Command::Device { machine, device_id, change } => {
                let revoked = pairings::change(session, Some(&machine), &device_id, &change).await;
                let done = revoked.map(|d| Message::Done(format!("{}: {} at {}", word(&change), d.label, d.machine)));
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
            Command::Exec { machines, command } => self.exec(&machines, &command).await,
            Command::Found { team, secrets } => {
                let founded = found::found(session, &team, secrets.as_ref().map(|s| s.0.as_str()));
                self.send("first run", founded.map(|()| Message::Founded));
            }
            Command::ReadActivity => {
                self.send("activity", activity::read(&session.settings().data, None).map(Message::Activity));
            }
            Command::ExportActivity { search } => {
                let exported = activity::read(&session.settings().data, None).and_then(|mut record| {
                    record.entries.retain(|entry| entry.matches(&search));
                    activity::export(std::path::Path::new("."), &record.entries)
                });
                self.send("activity", exported.map(|path| Message::Done(format!("written: {}", path.display()))));
            }
            Command::Open(machine) => {
                let told = |opened: &open::Opened| {
                    let link = if opened.browser { String::new() } else { format!(": open {} once", opened.link) };
                    let text = format!("{} is at {} until you leave{link}", opened.machine, opened.gateway);
                    events.send(Event::Note { text });
                };
                if let Err(error) = open::open(session, Some(&machine), true, events, &self.stop, told).await {
                    self.send("open", Err(error));
                }
            }
            Command::Ask { machine, tab } => {
                let answer = machine::ask(session, &machine, tab, self.config.as_deref()).await;
                self.send("machine", Ok(Message::Answered { machine, answer }));
            }
            Command::SaveLog { path, text } => {
                let saved = tokio::task::spawn_blocking(move || output::save(&path, &text)).await;
                let saved = saved.unwrap_or_else(|e| Err(OpsError::failed(format!("not saved: {e}"))));
                self.send("logs", saved.map(Message::Done));
            }
            Command::Apply { .. }
            | Command::Pause(_)
            | Command::Push
            | Command::Rollback
            | Command::CancelApply
            | Command::Shell(_)
            | Command::Follow(_)
            | Command::Copy(_)
            | Command::Quit => {}
        }
    }
}
