//! A log followed for as long as somebody looks at it.

use std::time::Duration;

use super::{
    Event, Events, OpsError, Session,
    console::Console,
    event::LogSource,
    seam::Follower,
    tail::{BOOTSTRAP_LOG, GATEWAY_LOG, REPLACED, emit, reconnecting},
};
use crate::{fleet::instance::Instance, remote::TailEvent};

/// The pause before a log that failed is tried again.
const AGAIN: Duration = Duration::from_secs(15);

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
    let console = Console { session, names: &names, instance, source: LogSource::Console, events };
    console.follow(only, follower).await.map(|never| match never {})
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
            TailEvent::Line(line) => emit(&instance.name, source, [line], events).await,
            TailEvent::Restarted => note(REPLACED.into()),
            TailEvent::Reconnecting { error, after } => note(reconnecting(&error, after)),
            TailEvent::Ended(why) => return Err(OpsError::failed(format!("the log of {} ends: {why}", instance.name))),
        }
    }
    Ok(())
}
