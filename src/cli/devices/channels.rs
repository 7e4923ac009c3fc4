//! `claw devices channels`.

use serde_json::json;

use crate::{
    cli::{Output, args::ChannelAction, table::table},
    ops::{
        OpsError, Session,
        pairings::{self, ChannelInbox, Decision},
        text::harmless,
    },
};

pub async fn run(session: &Session, action: Option<&ChannelAction>, output: &Output) -> Result<u8, OpsError> {
    let (request, decision) = match action {
        None => {
            let inbox = pairings::channels(session, None).await?;
            output.result("device-channels", &inbox, || text(&inbox));
            return Ok(if inbox.unreachable.is_empty() { 0 } else { 4 });
        }
        Some(ChannelAction::Approve(request)) => (request, Decision::Approve),
        Some(ChannelAction::Dismiss(request)) => (request, Decision::Reject),
    };
    let decided = pairings::decide_channel(session, request.machine.as_deref(), &request.id, decision).await?;
    output.result("device-channel", &json!({"decision": decision, "request": decided}), || {
        let done = if decision == Decision::Approve { "let in" } else { "dismissed" };
        format!("{done}: {} on {} at {}", harmless(&decided.who()), harmless(&decided.channel), decided.machine)
    });
    Ok(0)
}

fn text(inbox: &ChannelInbox) -> String {
    let mut parts = Vec::new();
    if inbox.requests.is_empty() {
        parts.push("nobody asks to talk through a channel".to_owned());
    } else {
        let rows = inbox
            .requests
            .iter()
            .map(|r| [r.request_id.clone(), r.machine.clone(), r.channel.clone(), r.account_id.clone(), r.who()]);
        parts.push(table(["REQUEST", "MACHINE", "CHANNEL", "ACCOUNT", "WHO"], rows));
    }
    parts.extend(inbox.unreachable.iter().map(|(m, why)| format!("{m} could not be asked: {}", harmless(why))));
    parts.join("\n\n")
}
