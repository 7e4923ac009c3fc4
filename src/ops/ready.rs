//! A machine made ready for somebody who wants in: started, answering, and letting them in.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::{Event, Events, OpsError, Session, find::Found, session::short};
use crate::{
    azure::PowerAction,
    fleet::{
        idle::in_words,
        instance::{Instance, PowerState},
        names::Names,
    },
    remote::RemoteErrorKind,
};

/// Azure says up to 10 minutes until a role assignment has effect (azure.md §4).
const ROLE: Duration = Duration::from_secs(600);
/// From "running" to an SSH server that answers.
const BOOT: Duration = Duration::from_secs(300);
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two words about a start.
const WORD: Duration = Duration::from_secs(15);

/// Starts the machine if need be (`start`; refused otherwise), waits until its SSH answers and, where a login role
/// was given just now, until that has effect. Tells what it waits for.
pub async fn ready(session: &Session, found: Found, start: bool, events: &Events) -> Result<Instance, OpsError> {
    let (instance, started) = running(session, found, start, events).await?;
    let target = session.target(&instance)?;
    let began = Instant::now();
    let mut told = false;
    loop {
        let error = match session.remote().sign_in(&target).await {
            Ok(_) => return Ok(instance),
            Err(error) => error,
        };
        let waited = began.elapsed();
        let goes_on = match error.kind {
            RemoteErrorKind::NotLetIn if waited < ROLE => granted(session, &instance, waited, events).await,
            kind if kind.may_pass() && started && waited < BOOT => {
                if !told {
                    say(events, format!("{} is running; waiting until its SSH answers", instance.name));
                }
                told = true;
                Some(true)
            }
            _ => None,
        };
        match goes_on {
            Some(true) => {}
            Some(false) => return Err(no_role(OpsError::shut_out(error, &instance), &instance)),
            None => return Err(OpsError::shut_out(error, &instance)),
        }
        // A failed attempt answers for itself for some seconds, so this does not hammer anybody.
        tokio::time::sleep(PAUSE).await;
    }
}

fn say(events: &Events, text: String) {
    events.send(Event::Note { text });
}

/// Whether a login role is assigned to the caller, so that it is worth waiting; `None` when that can't be seen.
async fn granted(session: &Session, instance: &Instance, waited: Duration, events: &Events) -> Option<bool> {
    let assigned = session.cloud().may_log_in(&instance.id).await.ok()?;
    if assigned {
        let waited = in_words(waited.try_into().unwrap_or_default());
        say(
            events,
            format!(
                "your login role on {} is assigned and has no effect yet; asking again ({waited} so far, Azure may take 10 min)",
                instance.name
            ),
        );
    }
    Some(assigned)
}

fn no_role(mut error: OpsError, instance: &Instance) -> OpsError {
    error.remedy = Some(format!(
        "you have no login role on {}: ask whoever runs the fleet to put you into team.json and run `claw up`",
        instance.name
    ));
    error
}

/// The machine once it runs, and whether that took a start.
async fn running(
    session: &Session,
    Found { names, mut instance }: Found,
    start: bool,
    events: &Events,
) -> Result<(Instance, bool), OpsError> {
    let mut started = false;
    loop {
        match instance.power.value {
            PowerState::Running | PowerState::Unknown => return Ok((instance, started)),
            PowerState::Starting | PowerState::Stopping | PowerState::Deallocating => {
                say(events, format!("{} is {}", instance.name, instance.power.value.word()));
                tokio::time::sleep(PAUSE).await;
            }
            PowerState::Stopped | PowerState::Deallocated => {
                if !start {
                    let message = format!("{} is {}", instance.name, instance.power.value.word());
                    let remedy = format!("claw start {}, or leave --no-start away", short(&instance));
                    return Err(OpsError::refused(message, remedy));
                }
                session.may_change()?;
                switch_on(session, &names, &instance, events).await?;
            }
        }
        started = true;
        let again = session.cloud().machine_alone(&names, &instance.name).await?;
        let again = again.ok_or_else(|| OpsError::failed(format!("{} is not there any more", instance.name)))?;
        // Who could read the address before keeps it.
        instance = Instance { public_ip: again.public_ip.or(instance.public_ip), ..again };
    }
}

async fn switch_on(session: &Session, names: &Names, instance: &Instance, events: &Events) -> Result<(), OpsError> {
    let (name, word) = (&instance.name, instance.power.value.word());
    say(events, format!("{name} is {word}; starting it, which usually takes 1 to 2 minutes"));
    let (began, cancel) = (Instant::now(), CancellationToken::new());
    let starting = session.cloud().power(names, name, PowerAction::Start, &cancel);
    tokio::pin!(starting);
    loop {
        tokio::select! {
            ended = &mut starting => return Ok(ended?),
            () = tokio::time::sleep(WORD) => {
                let so_far = in_words(began.elapsed().try_into().unwrap_or_default());
                say(events, format!("{name} is starting ({so_far} so far)"));
            }
        }
    }
}
