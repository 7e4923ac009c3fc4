//! Devices of the whole fleet: list, approve, reject.

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{OpsError, Session, gateway, session::pick};
use crate::fleet::{
    instance::{Instance, PowerState},
    pairing::{PairedDevice, PairingRequest},
};

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Inbox {
    pub pending: Vec<PairingRequest>,
    pub paired: Vec<PairedDevice>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Reject,
}

impl Decision {
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// Asks every running machine at once.
pub async fn devices(session: &Session) -> Result<Inbox, OpsError> {
    let (_, _, machines) = session.machines().await?;
    Ok(ask(session, machines.value).await)
}

async fn ask(session: &Session, machines: Vec<Instance>) -> Inbox {
    let running = machines.into_iter().filter(|i| i.power.value == PowerState::Running);
    let asked = stream::iter(running).map(|instance| async move {
        let answer = async {
            let gateway = gateway::connect(session, &instance).await?;
            gateway::devices(&gateway, &instance.name, OffsetDateTime::now_utc()).await
        };
        (instance.name.clone(), answer.await)
    });
    let mut inbox = Inbox::default();
    let mut answers = asked.buffer_unordered(64);
    while let Some((machine, answer)) = answers.next().await {
        match answer {
            Ok((pending, paired)) => {
                inbox.pending.extend(pending);
                inbox.paired.extend(paired);
            }
            Err(error) => inbox.unreachable.push((machine, error.to_string())),
        }
    }
    inbox.pending.sort_by(|a, b| (a.requested_at, &a.request_id).cmp(&(b.requested_at, &b.request_id)));
    inbox.paired.sort_by(|a, b| (&a.machine, &a.device_id).cmp(&(&b.machine, &b.device_id)));
    inbox.unreachable.sort();
    inbox
}

/// Decides exactly this request and checks that the answer names it. `machine` narrows the search.
pub async fn decide(
    session: &Session,
    machine: Option<&str>,
    request_id: &str,
    decision: Decision,
) -> Result<PairingRequest, OpsError> {
    session.may_change()?;
    let (_, _, machines) = session.machines().await?;
    let asked = match machine {
        Some(name) => vec![pick(&machines.value, name)?.clone()],
        None => machines.value.clone(),
    };
    let inbox = ask(session, asked).await;
    let mut hits = inbox.pending.into_iter().filter(|p| p.request_id == request_id);
    let Some(request) = hits.next() else {
        let message = format!("no device asks with the request `{request_id}`");
        let remedy = match inbox.unreachable.as_slice() {
            [] => "claw devices lists the open requests; they expire after 5 minutes".to_owned(),
            some => format!(
                "these machines could not be asked: {}",
                some.iter().map(|u| u.0.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        return Err(OpsError::input(message, remedy));
    };
    if hits.next().is_some() {
        return Err(OpsError::input(
            format!("several machines have a request `{request_id}`"),
            "say which machine with --machine NAME",
        ));
    }
    let gateway = gateway::connect(session, pick(&machines.value, &request.machine)?).await?;
    let method = format!("device.pair.{}", decision.word());
    let answer = gateway.call(&method, json!({"requestId": request_id})).await?;
    // A replacement by the same device must not pass for the request that was shown.
    if answer.get("requestId").and_then(Value::as_str) != Some(request_id) {
        let message = format!("the gateway of {} answered about another request than `{request_id}`", request.machine);
        return Err(OpsError::failed(message).with_remedy("look at claw devices before deciding again"));
    }
    Ok(request)
}
