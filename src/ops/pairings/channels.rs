//! People who ask to talk to an agent through a chat channel.

use serde_json::json;
use time::OffsetDateTime;

use super::{
    ask_all, asked,
    decide::{Decision, names},
    only,
};
use crate::{
    fleet::pairing::ChannelRequest,
    ops::{
        OpsError, Session,
        activity::{self, Act, Ending},
        gateway,
        session::pick,
    },
    remote::Gateway,
};

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ChannelInbox {
    pub requests: Vec<ChannelRequest>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

/// Asks every running machine at once, or the one that is named.
pub async fn channels(session: &Session, machine: Option<&str>) -> Result<ChannelInbox, OpsError> {
    let machines = asked(session, machine).await?;
    let (answers, unreachable) = ask_all(session, machines, |gateway, machine| async move {
        gateway::channel_requests(&gateway, &machine, OffsetDateTime::now_utc()).await
    })
    .await;
    let mut requests: Vec<_> = answers.into_iter().flatten().collect();
    requests.sort_by(|a, b| (a.requested_at, &a.request_id).cmp(&(b.requested_at, &b.request_id)));
    Ok(ChannelInbox { requests, unreachable })
}

/// Lets exactly this person in, or drops the request; the person may ask again then.
pub async fn decide_channel(
    session: &Session,
    machine: Option<&str>,
    request_id: &str,
    decision: Decision,
) -> Result<ChannelRequest, OpsError> {
    let approve = decision == Decision::Approve;
    let what = if approve { "devices channels approve" } else { "devices channels dismiss" };
    let act = Act::new(what).on([request_id]).with("--machine", machine);
    let ending = |r: &ChannelRequest| Ending::done(format!("{} on {} at {}", r.who(), r.channel, r.machine));
    activity::kept(session, act, carry_out(session, machine, request_id, decision), ending).await
}

async fn carry_out(
    session: &Session,
    machine: Option<&str>,
    request_id: &str,
    decision: Decision,
) -> Result<ChannelRequest, OpsError> {
    session.may_change()?;
    let mut inbox = channels(session, machine).await?;
    inbox.requests.retain(|r| r.request_id == request_id);
    let what = format!("channel request `{request_id}`");
    let open = "claw devices channels lists the open requests; they expire after an hour";
    let request = only(inbox.requests, &what, open, &inbox.unreachable)?;
    let machines = asked(session, Some(&request.machine)).await?;
    let gateway = gateway::connect(session, pick(&machines, &request.machine)?).await?;
    settle(&gateway, &request, decision).await?;
    Ok(request)
}

/// At the gateway itself.
pub(super) async fn settle(gateway: &Gateway, request: &ChannelRequest, decision: Decision) -> Result<(), OpsError> {
    let method = match decision {
        Decision::Approve => "channels.pairing.approve",
        Decision::Reject => "channels.pairing.dismiss",
    };
    let params = json!({"channel": request.channel, "accountId": request.account_id, "requestId": request.request_id});
    let answer = gateway.call(method, params).await?;
    names(&answer, "requestId", &request.request_id, &request.machine)
}
