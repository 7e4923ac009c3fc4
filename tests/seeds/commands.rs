//! What an operator does, as the command line does it: plan, show, confirm, apply.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use claw::{
    fleet::{plan::PlanOptions, step::Action},
    ops::{
        Events, OpsError, Session, apply, config_push,
        exec_many::{self, How, Told, Via},
        idle,
        power::{self, Power},
        secrets, status, sync,
        sync::Planned,
        teardown::{self, Extent},
        verify,
    },
    sim::world::World,
};
use tokio_util::sync::CancellationToken;

use crate::rules::There;

/// Steps that were shown and confirmed.
#[derive(Clone, Debug)]
pub struct Confirmed {
    pub command: usize,
    pub step: String,
    pub action: Action,
    pub description: String,
    pub there: Arc<There>,
}

/// What claw said and was allowed, over all commands.
#[derive(Default)]
pub struct Record {
    /// Where it all happens.
    pub world: Option<Arc<World>>,
    /// What was asked for, by the command's number.
    pub orders: BTreeMap<usize, Command>,
    pub confirmed: Vec<Confirmed>,
    /// Everything that a person or a script would see.
    pub said: String,
    /// What claw's own log holds, as far as it was not looked at; `None` where none is written.
    pub logged: Option<Log>,
    /// Steps that ended well, with the command they belong to.
    pub done: Vec<(usize, String)>,
    /// Commands that said the secrets are in the vault.
    pub pushed: Vec<usize>,
    /// One line a command, for whoever looks into a failure.
    pub story: Vec<String>,
}

/// A log in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.0.lock().expect("the log"))).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub type Shared = Arc<Mutex<Record>>;

/// One command of one operator.
#[derive(Clone, Debug)]
pub enum Command {
    Up { leavers: Option<usize>, delete: bool },
    Down(Extent),
    Power(Power),
    Push,
    Idle,
    Config,
    Exec,
    Verify,
    Look,
}

pub fn confirm(planned: &Planned, command: usize, record: &Shared) {
    let mut record = record.lock().expect("the record");
    record.said += &serde_json::to_string(planned).unwrap_or_default();
    let there = Arc::new(record.world.as_ref().map(|world| There::now(&world.state())).unwrap_or_default());
    let steps = planned.plan.steps.iter().cloned();
    record.confirmed.extend(steps.map(|s| Confirmed {
        command,
        step: s.id.0,
        action: s.action,
        description: s.description,
        there: there.clone(),
    }));
}

pub async fn run(
    session: &Session,
    command: &Command,
    number: usize,
    pick: usize,
    record: &Shared,
    events: &Events,
) -> Result<String, OpsError> {
    let cancel = CancellationToken::new();
    record.lock().expect("the record").orders.insert(number, command.clone());
    match command {
        Command::Up { leavers, delete } => {
            let mut options = PlanOptions { leavers: *leavers, delete: Vec::new() };
            let mut planned = sync::plan(session, &options, events).await?;
            if *delete {
                options.delete = leavers_of(&planned).into_iter().take(1).collect();
                planned = sync::plan(session, &options, events).await?;
            }
            let mut said = carry_out(session, &planned, number, record, events, &cancel).await?;
            if planned.plan.refusals.is_empty() && secrets::present(session) {
                secrets::check(session).await?;
                let pushed = secrets::push(session, events).await;
                if pushed.is_ok() {
                    record.lock().expect("the record").pushed.push(number);
                }
                said += &pushed.map_or_else(|e| format!(", secrets: {e}"), |rows| format!(", {} secrets", rows.len()));
            }
            Ok(said)
        }
        Command::Down(extent) => {
            let planned = teardown::plan(session, *extent, events).await?;
            carry_out(session, &planned, number, record, events, &cancel).await
        }
        Command::Power(what) => {
            let rows = status::status(session, pick.is_multiple_of(2)).await?.value;
            let machines: Vec<String> = rows.into_iter().filter_map(|row| Some(row.machine?.name)).collect();
            if machines.is_empty() {
                return Ok("no machines".into());
            }
            let one = machines[pick % machines.len()].clone();
            let failed = power::power(session, std::slice::from_ref(&one), *what, events, &cancel).await?;
            Ok(format!("{one}: {} failed", failed.len()))
        }
        Command::Push => {
            let compared = secrets::compare(session, events).await?;
            let rows = secrets::send(session, compared, events).await?;
            record.lock().expect("the record").pushed.push(number);
            Ok(format!("{} secrets", rows.len()))
        }
        Command::Idle => {
            let acted = idle::deallocate(session, &[], events, &cancel).await?;
            let text: Vec<String> = acted.iter().map(|a| format!("{}: {}", a.machine, a.verdict.reason)).collect();
            Ok(text.join(", "))
        }
        Command::Config => {
            let plan = config_push::diff(session, None).await?;
            let pushed = config_push::push(session, &plan, events).await?;
            Ok(format!(
                "{} have it, failed: {:?}, not asked: {:?}",
                pushed.pushed.len(),
                pushed.failed,
                plan.unreachable
            ))
        }
        Command::Exec => hostnames(session, &cancel).await,
        Command::Verify => {
            let reports = verify::verify(session, &[]).await?;
            record.lock().expect("the record").said += &serde_json::to_string(&reports).unwrap_or_default();
            let told: Vec<String> = reports.iter().map(|r| format!("{} {:?}", r.machine, r.outcome())).collect();
            Ok(told.join(", "))
        }
        Command::Look => Ok(format!("{} rows", status::status(session, false).await?.value.len())),
    }
}

/// Asks every machine for its name, over SSH. No two may say the same.
async fn hostnames(session: &Session, cancel: &CancellationToken) -> Result<String, OpsError> {
    let chosen = exec_many::choose(session, &[]).await?;
    let (tell, mut told) = exec_many::channel();
    let how = How { via: Via::Ssh, most_failures: None };
    let hear = async {
        let (mut good, mut bad, mut names) = (0, 0, BTreeSet::new());
        while let Some(told) = told.recv().await {
            match told {
                Told::Said { machine, lines, .. } => {
                    let told = lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
                    assert!(names.insert(told.clone()), "{machine} says what another said: {told:?}");
                }
                Told::Ran(ran) if ran.is_good() => good += 1,
                Told::Ran(_) => bad += 1,
            }
        }
        format!("{good} answered, {bad} did not")
    };
    let (ran, said) = tokio::join!(exec_many::run(session, &chosen, "hostname", how, cancel, tell), hear);
    ran.map(|_| said)
}

fn leavers_of(planned: &Planned) -> Vec<String> {
    let people: Vec<_> = planned.desired.members.iter().filter_map(|m| m.resolution.person()).collect();
    let is_left = |member: &claw::fleet::person::ObjectId| people.iter().all(|p| &p.object_id != member);
    let machines = planned.observed.instances.iter().flat_map(|seen| &seen.value);
    machines.filter(|i| i.member.as_ref().is_some_and(is_left)).map(|i| i.name.clone()).collect()
}

async fn carry_out(
    session: &Session,
    planned: &Planned,
    number: usize,
    record: &Shared,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<String, OpsError> {
    if planned.plan.refusals.is_empty() {
        confirm(planned, number, record);
    }
    let applied = apply::apply(session, planned, events, cancel).await?;
    record.lock().expect("the record").said += &format!("{applied:?}");
    let failed: Vec<String> = applied.failed.iter().map(|(step, error, _)| format!("{step}: {error}")).collect();
    Ok(format!("{} of {} steps, failed: {failed:?}", applied.done, planned.plan.steps.len()))
}
