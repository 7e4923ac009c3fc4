//! What the window asks for, done beside it; what comes of it is a message.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{machine, output};
use crate::{
    fleet::plan::PlanOptions,
    ops::{
        Event, Events, OpsError, Session, activity, apply, config_push,
        exec_many::{self, Outcome, Told},
        found, idle, open, pairings, power, secrets, sync,
    },
    tui::{
        kept,
        message::{Command, Message},
    },
};

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
pub struct Worker {
    pub session: Session,
    pub events: Events,
    pub results: mpsc::UnboundedSender<Message>,
    pub config: Option<PathBuf>,
    pub stop: CancellationToken,
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

    pub async fn apply(self, planned: sync::Planned, cancel: CancellationToken, pace: apply::Pace) {
        let applied = apply::apply_at(&self.session, &planned, &self.events, &cancel, &pace).await;
        let complete = applied.as_ref().is_ok_and(|a| !a.interrupted);
        self.send("up", applied.map(Message::Applied));
        if complete && secrets::present(&self.session) {
            let pushed = secrets::push(&self.session, &self.events).await;
            self.send("secrets", pushed.map(|s| Message::Done(format!("{} secrets are in the vault", s.len()))));
        }
    }

    pub async fn push(self, diff: config_push::ConfigPlan, back: bool) {
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
        let named = |name: &str| {
            let is = |m: &&String| m.trim_start_matches("claw-") == name || *m == name;
            machines.iter().find(is).cloned().unwrap_or_else(|| name.to_owned())
        };
        let (tell, mut told) = exec_many::channel();
        let show = async {
            while let Some(told) = told.recv().await {
                let message = match told {
                    Told::Said { machine, lines, .. } => {
                        let text =
                            lines.iter().map(|l| if l.goes_on { l.text.clone() } else { format!("{}\n", l.text) });
                        Message::Said { machine: named(&machine), text: text.collect() }
                    }
                    Told::Ran(ran) => {
                        let answer = match &ran.outcome {
                            Outcome::Ended { code, .. } => Ok(*code),
                            Outcome::Failed { error } => Err(error.to_string()),
                        };
                        Message::Ran { machine: named(&ran.machine), answer }
                    }
                };
                let _ = self.results.send(message);
            }
        };
        let work = exec_many::run(&self.session, &chosen, command, how, &self.stop, tell);
        if let (Err(error), ()) = tokio::join!(work, show) {
            self.send("exec", Err(error));
        }
    }

    pub async fn work(self, command: Command) {
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
