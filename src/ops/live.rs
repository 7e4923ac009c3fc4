//! A log followed for as long as somebody looks at it.

use std::time::Duration;

use super::{
    Event, Events, OpsError, Session,
    event::LogSource,
    seam::Follower,
    tail::{BOOTSTRAP_LOG, GATEWAY_LOG, emit},
};
use crate::{
    fleet::{instance::Instance, names::Names},
    remote::TailEvent,
};

/// The pause before a log that failed is tried again.
const AGAIN: Duration = Duration::from_secs(15);
/// The console is one of the requests that Azure allows 12 times a minute and VM (azure.md §2.3).
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Follows one log until dropped, across failures, each of which is told. With `only`, the machine sends the lines
/// with this text, whatever its case, and no others; the console, which Azure has, is searched here.
pub async fn live(session: &Session, instance: &Instance, source: LogSource, only: Option<&str>, events: &Events) {
    let mut follower = Follower::default();
    loop {
        let result = match source {
            LogSource::Console => follow_console(session, instance, only, &mut follower, events).await,
            LogSource::Bootstrap | LogSource::Gateway => follow_file(session, instance, source, only, events).await,
        };
        if let Err(error) = result {
            let remedy = error.remedy.as_ref().map(|r| format!(" · {r}")).unwrap_or_default();
            let text = format!("{error}{remedy}; it is tried again, from its start");
            events.send(Event::LogNote { machine: instance.name.clone(), source, text });
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn follow_console(
    session: &Session,
    instance: &Instance,
    only: Option<&str>,
    follower: &mut Follower,
    events: &Events,
) -> Result<(), OpsError> {
    let names = session.names(&session.team().await?.team)?;
    loop {
        look_at_console(session, &names, instance, only, follower, events).await?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

pub(super) async fn look_at_console(
    session: &Session,
    names: &Names,
    instance: &Instance,
    only: Option<&str>,
    follower: &mut Follower,
    events: &Events,
) -> Result<(), OpsError> {
    let text = session.cloud().console(names, &instance.name).await?;
    let only = only.map(str::to_lowercase);
    let mut lines = follower.console_lines(&text);
    lines.retain(|line| only.as_ref().is_none_or(|only| line.to_lowercase().contains(only)));
    emit(&instance.name, LogSource::Console, lines, events);
    Ok(())
}

/// Across lost connections and restarts of the machine, without a gap or a repetition.
pub(super) async fn follow_file(
    session: &Session,
    instance: &Instance,
    source: LogSource,
    only: Option<&str>,
    events: &Events,
) -> Result<(), OpsError> {
    let target = session.target(instance)?;
    let (user, path) = match source {
        LogSource::Gateway => (Some("openclaw"), GATEWAY_LOG),
        LogSource::Bootstrap | LogSource::Console => (None, BOOTSTRAP_LOG),
    };
    let mut tail = session.remote().tail_only(&target, user, path, only);
    let note = |text: String| events.send(Event::LogNote { machine: instance.name.clone(), source, text });
    while let Some(event) = tail.recv().await {
        match event {
            TailEvent::Line(line) => emit(&instance.name, source, [line], events),
            TailEvent::Restarted => note("the log was replaced; reading it from its start".into()),
            TailEvent::Reconnecting { error, after } => {
                note(format!("connection lost ({error}); trying again in {after:.0?}"));
            }
            TailEvent::Ended(why) => return Err(OpsError::failed(format!("the log of {} ends: {why}", instance.name))),
        }
    }
    Ok(())
}
