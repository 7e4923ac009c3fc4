//! Devices of the whole fleet, and people on its chat channels: list, decide, take back.

mod channels;
mod decide;
mod manage;
#[cfg(test)]
mod tests;

use std::future::Future;

use futures::{StreamExt, stream};
use time::OffsetDateTime;

pub use self::{
    channels::{ChannelInbox, channels, decide_channel},
    decide::{Decision, decide},
    manage::{Change, change},
};
use super::{OpsError, Session, gateway, session::pick};
use crate::{
    fleet::{
        instance::{Instance, PowerState},
        pairing::{PairedDevice, PairingRequest},
    },
    remote::Gateway,
};

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Inbox {
    pub pending: Vec<PairingRequest>,
    pub paired: Vec<PairedDevice>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

/// Asks every running machine at once.
pub async fn devices(session: &Session) -> Result<Inbox, OpsError> {
    let (_, _, machines) = session.machines().await?;
    Ok(ask(session, machines.value).await)
}

async fn ask(session: &Session, machines: Vec<Instance>) -> Inbox {
    let (answers, unreachable) = ask_all(session, machines, |gateway, machine| async move {
        gateway::devices(&gateway, &machine, OffsetDateTime::now_utc()).await
    })
    .await;
    let mut inbox = Inbox { unreachable, ..Inbox::default() };
    for (pending, paired) in answers {
        inbox.pending.extend(pending);
        inbox.paired.extend(paired);
    }
    inbox.pending.sort_by(|a, b| (a.requested_at, &a.request_id).cmp(&(b.requested_at, &b.request_id)));
    inbox.paired.sort_by(|a, b| (&a.machine, &a.device_id).cmp(&(&b.machine, &b.device_id)));
    inbox
}

/// One question to the gateways of all running machines; who could not be asked, with the reason.
async fn ask_all<T, F: Future<Output = Result<T, OpsError>>>(
    session: &Session,
    machines: Vec<Instance>,
    question: impl Fn(Gateway, String) -> F,
) -> (Vec<T>, Vec<(String, String)>) {
    let question = &question;
    let running = machines.into_iter().filter(|i| i.power.value == PowerState::Running);
    let asked = stream::iter(running).map(|instance| async move {
        let answer = async { question(gateway::connect(session, &instance).await?, instance.name.clone()).await };
        (instance.name.clone(), answer.await)
    });
    let (mut answers, mut unreachable) = (Vec::new(), Vec::new());
    let mut asked = asked.buffer_unordered(64);
    while let Some((machine, answer)) = asked.next().await {
        match answer {
            Ok(answer) => answers.push(answer),
            Err(error) => unreachable.push((machine, error.to_string())),
        }
    }
    unreachable.sort();
    (answers, unreachable)
}

/// All machines, or the one that is named.
async fn asked(session: &Session, machine: Option<&str>) -> Result<Vec<Instance>, OpsError> {
    let (_, _, machines) = session.machines().await?;
    Ok(match machine {
        Some(name) => vec![pick(&machines.value, name)?.clone()],
        None => machines.value,
    })
}

/// Exactly one hit. `what` is looked for, e.g. `a request `4651``; `open` says where to look.
fn only<T>(mut hits: Vec<T>, what: &str, open: &str, unreachable: &[(String, String)]) -> Result<T, OpsError> {
    match (hits.len(), hits.pop()) {
        (1, Some(hit)) => Ok(hit),
        (0, _) => {
            let names: Vec<&str> = unreachable.iter().map(|u| u.0.as_str()).collect();
            let remedy = if names.is_empty() {
                open.to_owned()
            } else {
                format!("these machines could not be asked: {}", names.join(", "))
            };
            Err(OpsError::input(format!("there is no {what}"), remedy))
        }
        (n, _) => Err(OpsError::input(format!("{n} machines have a {what}"), "say which machine with --machine NAME")),
    }
}
