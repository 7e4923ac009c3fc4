//! Let a device in, or turn it away.

use serde_json::{Value, json};

use super::{ask, asked, only};
use crate::{
    fleet::pairing::PairingRequest,
    ops::{
        OpsError, Session,
        activity::{self, Act, Ending},
        gateway,
        session::pick,
    },
};

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

/// Decides exactly this request and checks that the answer names it. `machine` narrows the search.
pub async fn decide(
    session: &Session,
    machine: Option<&str>,
    request_id: &str,
    decision: Decision,
) -> Result<PairingRequest, OpsError> {
    let what = if decision == Decision::Approve { "devices approve" } else { "devices reject" };
    let act = Act::new(what).on([request_id]).with("--machine", machine);
    let ending = |r: &PairingRequest| Ending::done(format!("{} at {} ({})", r.display_name, r.machine, r.asks_for()));
    activity::kept(session, act, carry_out(session, machine, request_id, decision), ending).await
}

async fn carry_out(
    session: &Session,
    machine: Option<&str>,
    request_id: &str,
    decision: Decision,
) -> Result<PairingRequest, OpsError> {
    session.may_change()?;
    let machines = asked(session, machine).await?;
    let mut inbox = ask(session, machines.clone()).await;
    inbox.pending.retain(|p| p.request_id == request_id);
    let what = format!("pairing request `{request_id}`");
    let open = "claw devices lists the open requests; they expire after 5 minutes";
    let request = only(inbox.pending, &what, open, &inbox.unreachable)?;
    let gateway = gateway::connect(session, pick(&machines, &request.machine)?).await?;
    let method = format!("device.pair.{}", decision.word());
    let answer = gateway.call(&method, json!({"requestId": request_id})).await?;
    names(&answer, "requestId", request_id, &request.machine)?;
    Ok(request)
}

/// A replacement by the same device must not pass for the request that was shown.
pub fn names(answer: &Value, field: &str, expected: &str, machine: &str) -> Result<(), OpsError> {
    if answer.get(field).and_then(Value::as_str) == Some(expected) {
        return Ok(());
    }
    let message = format!("the gateway of {machine} answered about something else than `{expected}`");
    Err(OpsError::failed(message).with_remedy("look at claw devices before deciding again"))
}
