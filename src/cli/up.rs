//! `claw up`: show, confirm, apply, push secrets, wait until the machines are ready, tell what to send to whom.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, args::UpArgs, confirm, plan, stream, table::table};
use crate::{
    fleet::{desired::DesiredMember, instance::Instance, names::SHARED_SECRET, step::Risk},
    ops::{
        Event, Events, OpsError, Session,
        apply::{self, Applied},
        secrets::{self, SecretRow},
        status,
        sync::{self, Planned},
    },
};

pub async fn run(
    session: &Session,
    args: &UpArgs,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    if args.cancel {
        return cancel_running(session, output).await;
    }
    let planned = sync::plan_from(session, &plan::options(&args.plan), &args.plan.from).await?;
    output.text(&plan::text(&planned));
    if let Some(refusal) = planned.plan.refusals.first() {
        return Err(OpsError::refused(refusal.reason.clone(), refusal.remedy.clone()));
    }
    if secrets::present(session) {
        secrets::check(session).await?;
    }
    if !planned.plan.is_empty() {
        session.may_change()?;
        for step in planned.plan.steps.iter().filter(|s| s.risk == Risk::Destroys) {
            confirm::name(output, &format!("{}.", step.description), &step.target)?;
        }
        confirm::yes(output, &format!("Apply {} steps?", planned.plan.steps.len()))?;
    }
    let done =
        stream::steps(output, planned.plan.steps.len(), |events| carry_out(session, args, &planned, events, cancel))
            .await?;
    finish(session, output, &planned, &done).await
}

async fn cancel_running(session: &Session, output: &Output) -> Result<u8, OpsError> {
    let cancelled = apply::cancel(session).await?;
    output.result("up", &json!({"cancelled": cancelled}), || match cancelled.as_slice() {
        [] => "no deployment of claw's is running".into(),
        names => format!("cancelled: {}; what they made stays, and claw up goes on from there", names.join(", ")),
    });
    Ok(0)
}

struct Done {
    applied: Applied,
    secrets: usize,
    ready: Vec<String>,
    not_ready: Vec<String>,
}

async fn carry_out(
    session: &Session,
    args: &UpArgs,
    planned: &Planned,
    events: Events,
    cancel: &CancellationToken,
) -> Result<Done, OpsError> {
    let applied = apply::apply(session, planned, &events, cancel).await?;
    let mut done = Done { applied, secrets: 0, ready: Vec::new(), not_ready: Vec::new() };
    if done.applied.interrupted {
        return Err(OpsError::interrupted());
    }
    if secrets::present(session) {
        let pushed = tokio::select! {
            pushed = secrets::push(session, &events) => pushed,
            () = cancel.cancelled() => return Err(OpsError::interrupted()),
        };
        match pushed {
            Ok(sent) => done.secrets = sent.len(),
            // The steps' own result is not to be lost over this.
            Err(error) => {
                events.send(Event::Problem {
                    operation: "secrets push".into(),
                    message: error.to_string(),
                    remedy: error.remedy.clone(),
                });
                done.applied.failed.push(("secrets-push".into(), error.message, error.remedy));
            }
        }
    }
    let made = apply::made(&planned.plan.steps);
    if args.no_wait || made.is_empty() {
        return Ok(done);
    }
    if done.secrets == 0
        && let Some(text) = unfed(secrets::list(session).await)
    {
        events.send(Event::Note { text });
        return Ok(done);
    }
    (done.ready, done.not_ready) = apply::await_ready(session, &made, &events, cancel).await?;
    Ok(done)
}

/// Why nobody waits for the new machines; `None` where the vault has what they wait for.
fn unfed(stored: Result<Vec<SecretRow>, OpsError>) -> Option<String> {
    match stored {
        Ok(all) if all.iter().any(|secret| secret.name == SHARED_SECRET) => None,
        Ok(_) => Some(
            "there is no secrets.json: the machines wait for claw secrets push, then go on by themselves".to_owned(),
        ),
        Err(error) => {
            Some(format!("the machines are not waited for, as nobody sees whether the vault feeds them: {error}"))
        }
    }
}

async fn finish(session: &Session, output: &Output, planned: &Planned, done: &Done) -> Result<u8, OpsError> {
    let (rows, unseen) = match status::status(session, true).await {
        Ok(rows) => (rows.value, None),
        // What was done is not to be lost over this.
        Err(error) => (Vec::new(), Some(error)),
    };
    let document = json!({
        "steps": planned.plan.steps.len(), "applied": done.applied, "secrets": done.secrets,
        "ready": done.ready, "not_ready": done.not_ready, "held": planned.plan.held, "gaps": planned.observed.gaps,
        "differences": planned.plan.differences, "machines": rows, "unseen": unseen,
    });
    output.result("up", &document, || {
        let rows = rows.iter().filter_map(|r| Some((r, r.machine.as_ref()?))).map(|(row, machine)| {
            let address = machine.public_ip.clone().unwrap_or_default();
            let is_alone = rows.iter().filter(|other| other.member == row.member).count() == 1;
            let tell = match has_left(planned, machine) {
                true => String::new(),
                false => format!("claw ssh {}", if is_alone { &row.member } else { &machine.name }),
            };
            [row.member.clone(), machine.name.clone(), address, machine.power.value.word().into(), tell]
        });
        table(["MEMBER", "MACHINE", "ADDRESS", "STATE", "TELL THEM"], rows)
    });
    if let Some(error) = unseen {
        output.note(&format!("! the machines could not be listed: {error}; claw status shows them"));
    }
    Ok(match super::outcome(&done.applied) {
        0 if planned.leaves_something_open() || !done.not_ready.is_empty() => 4,
        code => code,
    })
}

/// Whoever is in the team and can't be told from others may have it.
fn has_left(planned: &Planned, machine: &Instance) -> bool {
    let members = &planned.desired.members;
    let is_of = |m: &DesiredMember| match m.resolution.person() {
        Some(person) => machine.member.as_ref() == Some(&person.object_id),
        None => machine.may_be_of(&m.member),
    };
    machine.member.is_some() && planned.desired.unread_members.is_empty() && !members.iter().any(is_of)
}
