//! What an operator does, as the command line does it: plan, show, confirm, apply.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use claw::{
    fleet::{idle::IdleState, plan::PlanOptions},
    ops::{
        Events, OpsError, Session, apply,
        config_push::{self, Pushed},
        exec_many::{self, How, Told, Via},
        idle,
        power::{self, Power},
        secrets, status, sync,
        sync::Planned,
        teardown::{self, Extent},
        verify,
    },
    sim::world::State,
};
use tokio_util::sync::CancellationToken;

pub use crate::record::{Confirmed, Log, Record, Shared};
use crate::{configs, rules::There};

/// One command of one operator.
#[derive(Clone, Debug)]
pub enum Command {
    Up { leavers: Option<usize>, delete: bool, waits: bool },
    Down(Extent),
    Power(Power),
    Push,
    Idle,
    Config,
    Exec,
    Verify,
    Look,
}

impl Command {
    pub const KINDS: [&str; 13] = [
        "up",
        "up with a deletion",
        "down",
        "down --keep-data",
        "stop",
        "start",
        "restart",
        "secrets push",
        "idle",
        "config push",
        "exec",
        "verify",
        "status",
    ];

    pub fn kind(&self) -> &'static str {
        let at = match self {
            Self::Up { delete: false, .. } => 0,
            Self::Up { delete: true, .. } => 1,
            Self::Down(Extent::Group) => 2,
            Self::Down(Extent::MachinesOnly) => 3,
            Self::Power(Power::Stop) => 4,
            Self::Power(Power::Start) => 5,
            Self::Power(Power::Restart) => 6,
            Self::Push => 7,
            Self::Idle => 8,
            Self::Config => 9,
            Self::Exec => 10,
            Self::Verify => 11,
            Self::Look => 12,
        };
        Self::KINDS[at]
    }
}

/// What came of a command that ended without an error.
pub struct Outcome {
    pub text: String,
    /// It had something to do.
    pub did: bool,
    /// Nothing of it is undone.
    pub is_whole: bool,
}

impl Outcome {
    fn of(text: String, did: bool, is_whole: bool) -> Self {
        Self { text, did, is_whole }
    }
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
) -> Result<Outcome, OpsError> {
    let cancel = CancellationToken::new();
    record.lock().expect("the record").orders.insert(number, command.clone());
    match command {
        Command::Up { leavers, delete, waits } => {
            let mut options = PlanOptions { leavers: *leavers, delete: Vec::new() };
            let mut planned = sync::plan(session, &options, events).await?;
            if *delete {
                options.delete = leavers_of(&planned).into_iter().take(1).collect();
                planned = sync::plan(session, &options, events).await?;
            }
            let mut told = carry_out(session, &planned, number, record, events, &cancel).await?;
            if planned.plan.refusals.is_empty() && secrets::present(session) {
                secrets::check(session).await?;
                let pushed = secrets::push(session, events).await;
                if pushed.is_ok() {
                    record.lock().expect("the record").pushed.push(number);
                }
                told.is_whole &= pushed.is_ok();
                told.text +=
                    &pushed.map_or_else(|e| format!(", secrets: {e}"), |rows| format!(", {} secrets", rows.len()));
            }
            let made = apply::made(&planned.plan.steps);
            if *waits && planned.plan.refusals.is_empty() && !made.is_empty() {
                let (ready, not_ready) = apply::await_ready(session, &made, events, &cancel).await?;
                told.is_whole &= not_ready.is_empty();
                told.text += &format!(", {} ready, {} not", ready.len(), not_ready.len());
            }
            Ok(told)
        }
        Command::Down(extent) => {
            let planned = teardown::plan(session, *extent, events).await?;
            carry_out(session, &planned, number, record, events, &cancel).await
        }
        Command::Power(what) => {
            let rows = status::status(session, pick.is_multiple_of(2)).await?.value;
            let machines: Vec<String> = rows.into_iter().filter_map(|row| Some(row.machine?.name)).collect();
            if machines.is_empty() {
                return Ok(Outcome::of("no machines".into(), false, true));
            }
            let one = machines[pick % machines.len()].clone();
            record.lock().expect("the record").picked.insert(number, one.clone());
            let failed = power::power(session, std::slice::from_ref(&one), *what, events, &cancel).await?;
            Ok(Outcome::of(format!("{one}: {} failed", failed.len()), true, failed.is_empty()))
        }
        Command::Push => {
            let compared = secrets::compare(session, events).await?;
            let rows = secrets::send(session, compared, events).await?;
            record.lock().expect("the record").pushed.push(number);
            Ok(Outcome::of(format!("{} secrets", rows.len()), !rows.is_empty(), true))
        }
        Command::Idle => {
            let acted = idle::deallocate(session, &[], events, &cancel).await?;
            let text: Vec<String> = acted.iter().map(|a| format!("{}: {}", a.machine, a.verdict.reason)).collect();
            let off = acted.iter().any(|one| one.deallocated);
            let is_known = acted.iter().all(|one| one.verdict.state != IdleState::Unknown);
            Ok(Outcome::of(text.join(", "), off, is_known))
        }
        Command::Config => {
            let plan = config_push::diff(session, None).await?;
            record.lock().expect("the record").said += &serde_json::to_string(&plan).unwrap_or_default();
            let changing = plan.machines.iter().filter(|diff| !diff.changes.is_empty()).count();
            let pushed = config_push::push(session, &plan, events).await?;
            let mut record = record.lock().expect("the record");
            record.configured.extend(pushed.pushed.iter().map(|machine| (number, machine.clone())));
            if pushed.failed.iter().any(|(_, why)| why.contains("config changed since")) {
                record.counts.met(configs::OUTRUN);
            }
            let Pushed { pushed, failed, not_tried } = pushed;
            let text = format!(
                "{changing} to change, {} have it, failed: {failed:?}, not asked: {:?}",
                pushed.len(),
                plan.unreachable
            );
            let is_whole = [&failed, &plan.unreachable].iter().all(|f| f.is_empty()) && not_tried.is_empty();
            Ok(Outcome::of(text, changing > 0, is_whole))
        }
        Command::Exec => hostnames(session, record, &cancel).await,
        Command::Verify => {
            let reports = verify::verify(session, &[]).await?;
            record.lock().expect("the record").said += &serde_json::to_string(&reports).unwrap_or_default();
            let told: Vec<String> = reports.iter().map(|r| format!("{} {:?}", r.machine, r.outcome())).collect();
            Ok(Outcome::of(told.join(", "), !told.is_empty(), true))
        }
        Command::Look => {
            let rows = status::status(session, false).await?.value;
            record.lock().expect("the record").said += &serde_json::to_string(&rows).unwrap_or_default();
            Ok(Outcome::of(format!("{} rows", rows.len()), !rows.is_empty(), true))
        }
    }
}

/// Asks every machine for its name, over SSH. No two may say the same, and none another's.
async fn hostnames(session: &Session, record: &Shared, cancel: &CancellationToken) -> Result<Outcome, OpsError> {
    let chosen = exec_many::choose(session, &[]).await?;
    let called = record.lock().expect("the record").world.as_ref().map(|w| called(&w.state())).unwrap_or_default();
    let (tell, mut told) = exec_many::channel();
    let how = How { via: Via::Ssh, most_failures: None };
    let hear = async {
        let (mut good, mut bad, mut names) = (0, 0, BTreeSet::new());
        while let Some(told) = told.recv().await {
            match told {
                Told::Said { machine, lines, .. } => {
                    let told = lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
                    record.lock().expect("the record").said += &told.join("\n");
                    let is_known = |name: &String| called.get(&machine).is_none_or(|own| own.contains(name));
                    assert!(told.iter().all(is_known), "{machine} is another one's name: {told:?}");
                    assert!(names.insert(told.clone()), "{machine} says what another said: {told:?}");
                }
                Told::Ran(ran) if ran.is_good() => good += 1,
                Told::Ran(_) => bad += 1,
            }
        }
        Outcome::of(format!("{good} answered, {bad} did not"), good > 0, bad == 0)
    };
    let (ran, said) = tokio::join!(exec_many::run(session, &chosen, "hostname", how, cancel, tell), hear);
    ran.map(|_| said)
}

/// Machines by the name that people use.
fn called(state: &State) -> BTreeMap<String, BTreeSet<String>> {
    let mut names = BTreeMap::<_, BTreeSet<_>>::new();
    for machine in state.machines.keys().filter_map(|id| state.resources.get(id)) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        names.entry(text(&machine.body["tags"]["claw-slug"])).or_default().insert(text(&machine.body["name"]));
    }
    names
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
) -> Result<Outcome, OpsError> {
    let is_refused = !planned.plan.refusals.is_empty();
    if !is_refused {
        confirm(planned, number, record);
    }
    let applied = apply::apply(session, planned, events, cancel).await?;
    record.lock().expect("the record").said += &format!("{applied:?}");
    let failed: Vec<String> = applied.failed.iter().map(|(step, error, _)| format!("{step}: {error}")).collect();
    let text = format!("{} of {} steps, failed: {failed:?}", applied.done, planned.plan.steps.len());
    Ok(Outcome::of(text, applied.done > 0, failed.is_empty() && !is_refused))
}
