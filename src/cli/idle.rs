//! `claw idle`.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, confirm, stream, table::table};
use crate::{
    fleet::idle::IdleState,
    ops::{
        Event, Events, OpsError, Session,
        idle::{self, MachineVerdict},
    },
};

pub async fn run(
    session: &Session,
    deallocate: bool,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    if !deallocate {
        show(output, &idle::verdicts(session).await?);
        return Ok(0);
    }
    let mut verdicts = idle::candidates(session).await?;
    output.text(&text(&verdicts));
    let idle: Vec<String> =
        verdicts.iter().filter(|v| v.verdict.state == IdleState::Idle).map(|v| v.machine.clone()).collect();
    if idle.is_empty() {
        output.result("idle", &json!({"machines": verdicts}), || "no machine is idle".into());
        return Ok(0);
    }
    session.may_change()?;
    confirm::yes(output, &format!("Deallocate {}?", idle.join(", ")))?;
    let acted = stream::show(output, |events| {
        let idle = &idle;
        async move { idle::deallocate(session, idle, &events, cancel).await }
    })
    .await?;
    // Those that stay on belong to the result as well.
    for one in &mut verdicts {
        if let Some(acted) = acted.iter().find(|acted| acted.machine == one.machine) {
            one.clone_from(acted);
        }
    }
    output.result("idle", &json!({"machines": verdicts}), || text(&acted));
    Ok(if acted.iter().all(|v| v.deallocated || v.verdict.state != IdleState::Idle) { 0 } else { 4 })
}

/// Looks again and again; what changed since the last look is told. Each look is an event of its own in JSON.
pub async fn watch(
    session: &Session,
    deallocate: bool,
    every: Duration,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    idle::readable(session)?;
    if deallocate {
        session.may_change()?;
        confirm::yes(output, "Deallocate every machine that is found idle from now on?")?;
    }
    let mut known: BTreeMap<String, MachineVerdict> = BTreeMap::new();
    let mut trouble = String::new();
    while !cancel.is_cancelled() {
        let look = async {
            match deallocate {
                true => {
                    let (events, _) = Events::channel();
                    idle::deallocate(session, &[], &events, cancel).await
                }
                false => idle::verdicts(session).await,
            }
        };
        match look.await {
            Ok(seen) => {
                trouble.clear();
                tell(output, seen, &mut known);
            }
            // The next look may do better; whoever watches should know of it, once.
            Err(error) if trouble == error.message => {}
            Err(error) => {
                trouble.clone_from(&error.message);
                complain(output, error);
            }
        }
        let _ = tokio::time::timeout(every, cancel.cancelled()).await;
    }
    let last: Vec<_> = known.into_values().collect();
    output.result("idle", &json!({"machines": last}), String::new);
    Ok(0)
}

/// Nothing is stopped by a look that failed.
fn complain(output: &Output, error: OpsError) {
    let help = error.remedy.as_ref().map(|remedy| format!("; help: {remedy}")).unwrap_or_default();
    output.note(&format!("could not look, so nothing is stopped: {error}{help}"));
    output.event(&Event::Problem { operation: "idle".to_owned(), message: error.message, remedy: error.remedy });
}

/// A verdict is news when its state is, or when something was done.
fn tell(output: &Output, seen: Vec<MachineVerdict>, known: &mut BTreeMap<String, MachineVerdict>) {
    for now in seen {
        let MachineVerdict { machine, verdict, deallocated } = now.clone();
        let is_news = known.get(&machine).is_none_or(|before| before.verdict.state != verdict.state);
        if is_news || deallocated {
            let done = if deallocated { " (deallocated)" } else { "" };
            output.text(&format!("{machine}: {}{done}", verdict.reason));
            output.event(&Event::Idle { machine: machine.clone(), verdict });
        }
        known.insert(machine, now);
    }
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
