//! A machine's bootstrap log: from the console before SSH is up, from the file after that, joined.

use std::time::Duration;

use super::{Event, Events, OpsError, Session, console::Console, event::LogSource, seam::Follower};
use crate::{
    azure::{AzureError, AzureErrorKind},
    fleet::{
        gateway_log::readable,
        instance::Instance,
        names::Names,
        stage::{Mark, Marker, Stage},
    },
    remote::TailEvent,
};

/// The log on the machine; the console shows the same lines among others.
pub const BOOTSTRAP_LOG: &str = "/var/log/openclaw-setup.log";
/// Where the bootstrap points the gateway's log (`assets/openclaw.template.json`).
pub(super) const GATEWAY_LOG: &str = "/home/openclaw/.openclaw/gateway.log";

/// Said when a log does not go on where it ended.
pub(super) const REPLACED: &str = "the log was replaced; reading it from its start";

/// Said when a connection is made anew.
pub(super) fn reconnecting(error: &impl std::fmt::Display, after: Duration) -> String {
    format!("connection lost ({error}); trying again in {after:.0?}")
}

/// Passes lines on as people read them, and the markers in them.
pub(super) async fn emit(machine: &str, source: LogSource, lines: impl IntoIterator<Item = String>, events: &Events) {
    for text in lines {
        let text = if source == LogSource::Gateway { readable(&text) } else { text };
        if let Some(marker) = Marker::parse(&text) {
            events.send(Event::Stage { machine: machine.to_owned(), marker });
        }
        events.line(machine, source, text).await;
    }
}

fn note(machine: &str, text: impl Into<String>, events: &Events) {
    events.send(Event::LogNote { machine: machine.to_owned(), source: LogSource::Bootstrap, text: text.into() });
}

/// Follows until dropped, or until the file can't be followed any more. Until a host key is pinned the
/// console serves; the machine is read anew to notice the pin.
/// Returns why it ended.
pub async fn follow(
    session: &Session,
    names: &Names,
    instance: &Instance,
    follower: &mut Follower,
    events: &Events,
) -> String {
    let mut instance = instance.clone();
    // Who comes back to a log may have an old picture of its machine.
    if follower.host_key.is_some()
        && let Ok(Some(fresh)) = session.cloud().machine(names, &instance.name).await
    {
        instance = fresh;
    }
    loop {
        while instance.host_key.is_none() && !session.settings().accept_new_host_key {
            let console = Console { session, names, instance: &instance, source: LogSource::Bootstrap, events };
            let seen = console.look(None, follower).await;
            let fresh = session.cloud().machine(names, &instance.name).await;
            if let Some(why) = failed(&instance.name, seen.and(fresh.clone()).err(), &mut follower.told, events) {
                return why;
            }
            if let Ok(Some(fresh)) = fresh {
                instance = fresh;
            }
        }
        // A machine that was made anew has another key, and a tag that says so.
        if follower.host_key.is_some() && follower.host_key != instance.host_key {
            note(&instance.name, "the machine was made anew; its log begins again", events);
            *follower = Follower::for_another(follower.until_ready);
        }
        follower.host_key.clone_from(&instance.host_key);
        let why = follow_file(session, &instance, follower, events).await;
        if follower.is_ready {
            return why;
        }
        match session.cloud().machine(names, &instance.name).await {
            Ok(Some(fresh)) if fresh.host_key != instance.host_key => instance = fresh,
            _ => return why,
        }
    }
}

/// Follows the console alone, until dropped or signed out. It shows this VM's boots only, whatever its disk has behind
/// it. Returns why it ended.
pub async fn follow_console(session: &Session, names: &Names, instance: &Instance, events: &Events) -> String {
    let console = Console { session, names, instance, source: LogSource::Bootstrap, events };
    let mut follower = Follower::default();
    loop {
        let seen = console.look(None, &mut follower).await;
        if let Some(why) = failed(&instance.name, seen.err(), &mut follower.told, events) {
            return why;
        }
    }
}

/// Tells a failure once, however often it is met in a row; the reason when trying again can't help: whoever looks has
/// to sign in first.
fn failed(machine: &str, error: Option<AzureError>, told: &mut Option<String>, events: &Events) -> Option<String> {
    let is_signed_out = error.as_ref().is_some_and(|error| error.kind == AzureErrorKind::Credential);
    let why = error.map(|error| {
        let error = OpsError::from(error);
        let remedy = error.remedy.as_ref().map(|remedy| format!(" ({remedy})")).unwrap_or_default();
        format!("{error}{remedy}")
    });
    if let Some(why) = why.as_ref().filter(|why| told.as_ref() != Some(*why)) {
        note(machine, why.clone(), events);
    }
    told.clone_from(&why);
    why.filter(|_| is_signed_out)
}

async fn follow_file(session: &Session, instance: &Instance, follower: &mut Follower, events: &Events) -> String {
    let name = &instance.name;
    let target = match session.target(instance) {
        Ok(target) => target,
        Err(error) => {
            note(name, error.to_string(), events);
            return error.to_string();
        }
    };
    let mut skip = follower.file_lines;
    let mut tail = session.remote().tail(&target, BOOTSTRAP_LOG);
    while let Some(event) = tail.recv().await {
        match event {
            TailEvent::Line(_) if skip > 0 => skip -= 1,
            TailEvent::Line(line) => {
                follower.file_lines += 1;
                let says_ready = Marker::parse(&line).is_some_and(|m| m.stage == Stage::Ready && m.mark == Mark::Done);
                if follower.is_new(&line) {
                    emit(name, LogSource::Bootstrap, [line], events).await;
                }
                if says_ready && follower.until_ready {
                    follower.is_ready = true;
                    return "the machine is ready".to_owned();
                }
            }
            TailEvent::Restarted => {
                (skip, follower.file_lines) = (0, 0);
                note(name, REPLACED, events);
            }
            TailEvent::Reconnecting { error, after } => note(name, reconnecting(&error, after), events),
            TailEvent::Ended(why) => {
                note(name, why.clone(), events);
                return why;
            }
        }
    }
    "nobody follows it any more".to_owned()
}
