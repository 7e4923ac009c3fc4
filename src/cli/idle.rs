//! `claw idle`.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, confirm, stream, table::table};
use crate::{
    fleet::idle::IdleState,
    ops::{
        OpsError, Session,
        idle::{self, MachineVerdict},
    },
};

pub async fn run(
    session: &Session,
    deallocate: bool,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    let verdicts = idle::verdicts(session).await?;
    if !deallocate {
        show(output, &verdicts);
        return Ok(0);
    }
    output.text(&text(&verdicts));
    let idle: Vec<String> =
        verdicts.iter().filter(|v| v.verdict.state == IdleState::Idle).map(|v| v.machine.clone()).collect();
    if idle.is_empty() {
        output.result("idle", &json!({"machines": verdicts}), || "no machine is idle".into());
        return Ok(0);
    }
    confirm::yes(output, &format!("Deallocate {}?", idle.join(", ")))?;
    let acted = stream::show(output, |events| {
        let idle = &idle;
        async move { idle::deallocate(session, idle, &events, cancel).await }
    })
    .await?;
    show(output, &acted);
    Ok(if acted.iter().all(|v| v.deallocated || v.verdict.state != IdleState::Idle) { 0 } else { 4 })
}

fn show(output: &Output, verdicts: &[MachineVerdict]) {
    output.result("idle", &json!({"machines": verdicts}), || text(verdicts));
}

fn text(verdicts: &[MachineVerdict]) -> String {
    let rows = verdicts.iter().map(|v| {
        let done = if v.deallocated { "deallocated" } else { "" };
        [v.machine.clone(), v.verdict.reason.clone(), done.into()]
    });
    table(["MACHINE", "WHY", ""], rows)
}
