//! `claw devices`.

mod channels;

use serde_json::json;

use super::{
    Output,
    args::{DeviceAction, Paired, Request},
    table::table,
};
use crate::{
    fleet::idle::in_words,
    ops::{
        OpsError, Session,
        pairings::{self, Change, Decision, Inbox},
        text::harmless,
    },
};

pub async fn run(session: &Session, action: Option<&DeviceAction>, output: &Output) -> Result<u8, OpsError> {
    match action {
        None => list(session, output).await,
        Some(DeviceAction::Approve(request)) => decide(session, request, Decision::Approve, output).await,
        Some(DeviceAction::Reject(request)) => decide(session, request, Decision::Reject, output).await,
        Some(DeviceAction::Revoke(of)) => {
            change(session, &of.device, Change::Revoke { role: of.role.clone() }, output).await
        }
        Some(DeviceAction::Rotate(of)) => {
            change(session, &of.device, Change::Rotate { role: of.role.clone() }, output).await
        }
        Some(DeviceAction::Rename { device, label }) => {
            change(session, device, Change::Rename { label: label.clone() }, output).await
        }
        Some(DeviceAction::Remove(device)) => change(session, device, Change::Remove, output).await,
        Some(DeviceAction::Channels { action }) => channels::run(session, action.as_ref(), output).await,
    }
}

async fn decide(session: &Session, request: &Request, decision: Decision, output: &Output) -> Result<u8, OpsError> {
    let decided = pairings::decide(session, request.machine.as_deref(), &request.id, decision).await?;
    output.result("device", &json!({"decision": decision, "request": decided}), || {
        let done = if decision == Decision::Approve { "approved" } else { "rejected" };
        let name = harmless(&decided.display_name);
        format!("{done}: {name} at {} ({})", decided.machine, harmless(&decided.asks_for()))
    });
    Ok(0)
}

async fn change(session: &Session, of: &Paired, change: Change, output: &Output) -> Result<u8, OpsError> {
    let device = pairings::change(session, of.machine.as_deref(), &of.device, &change).await?;
    output.result("device-change", &json!({"change": change, "device": device}), || {
        let (label, machine) = (harmless(&device.label), &device.machine);
        match &change {
            Change::Revoke { .. } => format!("revoked: {label} at {machine} has to ask again"),
            Change::Rotate { .. } => format!("rotated: {label} at {machine}; what it held before is void"),
            Change::Rename { label: new } => format!("renamed: {label} at {machine} is called {} now", harmless(new)),
            Change::Remove => format!("removed: {label} at {machine}"),
        }
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
            [p.request_id.clone(), p.machine.clone(), p.display_name.clone(), p.remote_ip.clone(), p.asks_for(), age]
        });
        parts.push(table(["REQUEST", "MACHINE", "DEVICE", "FROM", "ASKS FOR (operator.…)", "WHEN"], rows));
    }
    if !inbox.paired.is_empty() {
        let rows = inbox.paired.iter().map(|d| {
            let state = match (d.connected, d.roles.is_empty()) {
                (true, _) => "connected",
                (false, true) => "revoked",
                (false, false) => "",
            };
            let id = d.device_id.chars().take(12).collect();
            [d.machine.clone(), d.label.clone(), id, d.scopes.join(" "), state.into()]
        });
        parts.push(table(["MACHINE", "PAIRED DEVICE", "ID", "SCOPES", ""], rows));
    }
    if parts.is_empty() {
        parts.push("no device is paired or asks to be".into());
    }
    parts.extend(inbox.unreachable.iter().map(|(m, why)| format!("{m} could not be asked: {}", harmless(why))));
    parts.join("\n\n")
}
