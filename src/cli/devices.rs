//! `claw devices`.

use serde_json::json;

use super::{Output, args::DeviceAction, table::table};
use crate::{
    fleet::idle::in_words,
    ops::{
        OpsError, Session,
        pairings::{self, Decision, Inbox},
    },
};

pub async fn run(session: &Session, action: Option<&DeviceAction>, output: &Output) -> Result<u8, OpsError> {
    let (request, decision) = match action {
        None => return list(session, output).await,
        Some(DeviceAction::Approve(request)) => (request, Decision::Approve),
        Some(DeviceAction::Reject(request)) => (request, Decision::Reject),
    };
    let decided = pairings::decide(session, request.machine.as_deref(), &request.id, decision).await?;
    output.result("device", &json!({"decision": decision, "request": decided}), || {
        let done = if decision == Decision::Approve { "approved" } else { "rejected" };
        format!("{done}: {} at {} ({})", decided.display_name, decided.machine, decided.scopes.join(" "))
    });
    Ok(0)
}

async fn list(session: &Session, output: &Output) -> Result<u8, OpsError> {
    let inbox = pairings::devices(session).await?;
    output.result("devices", &inbox, || text(&inbox));
    Ok(if inbox.unreachable.is_empty() { 0 } else { 4 })
}

fn text(inbox: &Inbox) -> String {
    let now = time::OffsetDateTime::now_utc();
    let mut parts = Vec::new();
    if !inbox.pending.is_empty() {
        let rows = inbox.pending.iter().map(|p| {
            let age = format!("{} ago", in_words(now - p.requested_at));
            [
                p.request_id.clone(),
                p.machine.clone(),
                p.display_name.clone(),
                p.remote_ip.clone(),
                p.scopes.join(" "),
                age,
            ]
        });
        parts.push(table(["REQUEST", "MACHINE", "DEVICE", "FROM", "ASKS FOR", "WHEN"], rows));
    }
    if !inbox.paired.is_empty() {
        let rows = inbox.paired.iter().map(|d| {
            let connected = if d.connected { "connected" } else { "" };
            [d.machine.clone(), d.label.clone(), d.scopes.join(" "), connected.into()]
        });
        parts.push(table(["MACHINE", "PAIRED DEVICE", "SCOPES", ""], rows));
    }
    if parts.is_empty() {
        parts.push("no device is paired or asks to be".into());
    }
    parts.extend(
        inbox.unreachable.iter().map(|(m, why)| format!("{m} could not be asked: {}", crate::ops::text::harmless(why))),
    );
    parts.join("\n\n")
}
