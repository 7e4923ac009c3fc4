//! `idle`: who uses their machine, and deallocating those nobody uses.

mod connections;
mod policies;

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    alone, gateway,
};
use crate::{
    azure::PowerAction,
    fleet::{
        idle::{Activity, IdleState, Verdict, verdict},
        instance::{Instance, PowerState},
        names::Names,
    },
};
use connections::Known;
use policies::{Policies, Readable};

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MachineVerdict {
    pub machine: String,
    pub verdict: Verdict,
    /// True when this run deallocated it.
    pub deallocated: bool,
}

/// A verdict for every machine; a machine that can't be asked is `Unknown`.
pub async fn verdicts(session: &Session) -> Result<Vec<MachineVerdict>, OpsError> {
    let fleet = Fleet::see(session).await?;
    Ok(judge_all(session, &fleet.policies, fleet.machines).await)
}

/// The same for the machines that may be decided about.
pub async fn candidates(session: &Session) -> Result<Vec<MachineVerdict>, OpsError> {
    let fleet = Fleet::see(session).await?.in_reach(session).await?;
    Ok(judge_all(session, &fleet.policies, fleet.machines).await)
}

/// Refuses a team.json whose `idle` can't be read.
pub fn readable(session: &Session) -> Result<(), OpsError> {
    session.team_file()?.map_or(Ok(()), |file| Readable::of(session, file).map(|_| ()))
}

/// The machines, and what was decided for them.
struct Fleet {
    names: Names,
    policies: Policies,
    machines: Vec<Instance>,
    /// There is no team.json.
    alone: bool,
}

impl Fleet {
    async fn see(session: &Session) -> Result<Self, OpsError> {
        let file = session.team_file()?;
        let alone = file.is_none();
        let file = match file {
            Some(file) => file,
            None => alone::team(session.cloud()).await?,
        };
        let names = session.names(&file.team)?;
        let policies = Readable::of(session, file)?;
        let machines = session.inventory(&names).await?.value;
        let policies = policies.of_machines(session, &machines).await;
        Ok(Self { names, policies, machines, alone })
    }

    /// Without a team.json nobody but the caller is decided about.
    async fn in_reach(mut self, session: &Session) -> Result<Self, OpsError> {
        if self.alone {
            let own = alone::me(session.cloud()).await?.person.object_id;
            self.machines.retain(|instance| instance.member.as_ref() == Some(&own));
        }
        Ok(self)
    }
}

async fn judge_all(session: &Session, policies: &Policies, machines: Vec<Instance>) -> Vec<MachineVerdict> {
    let judged = stream::iter(machines).map(|instance| async move {
        let verdict = judge(session, policies, &instance).await;
        MachineVerdict { machine: instance.name, verdict, deallocated: false }
    });
    let mut verdicts: Vec<MachineVerdict> = judged.buffer_unordered(64).collect().await;
    verdicts.sort_by(|a, b| a.machine.cmp(&b.machine));
    verdicts
}

async fn judge(session: &Session, policies: &Policies, instance: &Instance) -> Verdict {
    match instance.power.value {
        PowerState::Running => {}
        PowerState::Unknown => return Verdict::unknown("its power state is not known"),
        _ => return Verdict::off(),
    }
    let policy = match policies.of_machine(instance) {
        Ok(policy) => policy,
        Err(why) => return Verdict::unknown(why),
    };
    match tokio::time::timeout(gateway::PATIENCE, activity(session, policies.operators(), instance)).await {
        Ok(Ok(activity)) => verdict(&policy, Some(&activity), OffsetDateTime::now_utc()),
        Ok(Err(error)) => Verdict::unknown(&error.to_string()),
        Err(_) => Verdict::unknown("it does not answer in time"),
    }
}

/// What a person did. Anything that can't be learnt fails the whole: half an answer could look idle.
async fn activity(session: &Session, operators: &[String], instance: &Instance) -> Result<Activity, OpsError> {
    let gateway = gateway::connect(session, instance).await?;
    let now = OffsetDateTime::now_utc();
    let sessions = gateway.call("sessions.list", json!({})).await?;
    if sessions.get("hasMore").and_then(Value::as_bool) == Some(true) {
        return Err(OpsError::failed("it has more sessions than it lists at once"));
    }
    // The gateway's own clock; what it says of times is by that.
    let ahead = gateway::time_of(sessions.get("ts")).map_or(Duration::ZERO, |there| there - OffsetDateTime::now_utc());
    let jobs = gateway::jobs(&gateway).await?;
    let last_interaction = last_interaction(&sessions)?;
    let (_, paired) = gateway::devices(&gateway, &instance.name, now).await?;
    let target = session.target(instance)?;
    let run = |command: &'static str| {
        let target = &target;
        async move {
            let output = session.remote().exec(target, command, b"").await?;
            match output.code {
                0 => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
                code => Err(OpsError::failed(format!("`{command}` ended with {code}"))),
            }
        }
    };
    let terminals = run("who").await?.lines().filter(|l| !l.trim().is_empty()).count();
    let processes = run("ps -eo args=").await?;
    let caller = run("whoami").await?;
    let (administrator, owner) = (&*session.settings().admin, instance.email.as_deref());
    let known = Known { administrator, operators, owner, caller: caller.trim() };
    let connections = known.connections(&processes);
    // Only sessions with a terminal are written there, so claw's own leave no trace; without the file, nothing is known.
    let written = session.remote().exec(&target, "stat -c %Y -- /var/log/wtmp", b"").await?;
    let last_login = String::from_utf8_lossy(&written.stdout).trim().parse().ok();
    let uptime = run("cat /proc/uptime").await?;
    let up_for = uptime.split_whitespace().next().and_then(|s| s.parse::<f64>().ok());
    let up_for = up_for.filter(|s| s.is_finite() && (0.0..1e10).contains(s));
    Ok(Activity {
        last_interaction,
        devices_connected: paired.iter().filter(|d| d.connected).count(),
        last_device_seen: paired.iter().filter_map(|d| d.last_seen).max(),
        logins: terminals + connections,
        last_login: last_login.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
        up_since: up_for.map(|s| now.saturating_add(ahead).saturating_sub(Duration::seconds_f64(s))),
        ahead_seconds: ahead.whole_seconds(),
        jobs,
    })
}

/// When a person last talked to the agent, of `sessions.list`.
pub(super) fn last_interaction(sessions: &Value) -> Result<Option<OffsetDateTime>, OpsError> {
    let list = sessions.get("sessions").and_then(Value::as_array);
    let list = list.ok_or_else(|| OpsError::failed("its gateway lists no sessions"))?;
    let by_a_person =
        list.iter().filter(|s| !s.get("key").and_then(Value::as_str).unwrap_or_default().contains(":cron:"));
    let times: Vec<_> =
        by_a_person.map(|s| gateway::read_time(s.get("lastInteractionAt"))).collect::<Result<_, _>>()?;
    Ok(times.into_iter().flatten().max())
}

/// Deallocates the named machines (all idle ones when empty): judges each anew, asks its gateway to
/// suspend first (busy leaves it alone), then deallocates. Machines that are not idle are left alone.
pub async fn deallocate(
    session: &Session,
    machines: &[String],
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Vec<MachineVerdict>, OpsError> {
    let act = Act::new("idle").when(true, "--deallocate").about(machines);
    activity::kept(session, act, carry_out(session, machines, events, cancel), |acted| {
        let off = acted.iter().filter(|one| one.deallocated).map(|one| one.machine.as_str()).collect::<Vec<_>>();
        Ending::done(if off.is_empty() {
            "none deallocated".into()
        } else {
            format!("deallocated: {}", off.join(", "))
        })
    })
    .await
}

async fn carry_out(
    session: &Session,
    machines: &[String],
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Vec<MachineVerdict>, OpsError> {
    session.may_change()?;
    let mut fleet = Fleet::see(session).await?;
    match machines.is_empty() {
        true => fleet = fleet.in_reach(session).await?,
        false => fleet.machines.retain(|instance| machines.contains(&instance.name)),
    }
    let Fleet { names, policies, machines: wanted, .. } = fleet;
    let (names, policies) = (&names, &policies);
    let acted = stream::iter(wanted).map(|instance| async move {
        let verdict = judge(session, policies, &instance).await;
        let mut one = MachineVerdict { machine: instance.name.clone(), verdict, deallocated: false };
        if one.verdict.state == IdleState::Idle {
            match stop(session, names, policies, &instance, cancel).await {
                Ok(None) => one.deallocated = true,
                Ok(Some(meanwhile)) => one.verdict = meanwhile,
                Err(error) => one.verdict.reason = format!("{}; left on: {error}", one.verdict.reason),
            }
        }
        events.send(Event::Idle { machine: one.machine.clone(), verdict: one.verdict.clone() });
        one
    });
    let mut acted: Vec<MachineVerdict> = acted.buffer_unordered(16).collect().await;
    acted.sort_by(|a, b| a.machine.cmp(&b.machine));
    if acted.iter().any(|a| a.deallocated)
        && let Ok(fresh) = session.inventory(names).await
    {
        events.send(Event::Machines { machines: fresh, fresh: true });
    }
    Ok(acted)
}

/// What whoever has a terminal open there reads, e.g. over a session that shows no login.
const WARNING: &str = "wall -- 'claw: nobody uses this machine, so it is switched off now; claw ssh starts it again'";

/// Deallocates, unless somebody came in between: their verdict is the answer then.
async fn stop(
    session: &Session,
    names: &Names,
    policies: &Policies,
    instance: &Instance,
    cancel: &CancellationToken,
) -> Result<Option<Verdict>, OpsError> {
    let gateway = gateway::connect(session, instance).await?;
    let request = uuid::Uuid::new_v4().to_string();
    let answer = gateway.call("gateway.suspend.prepare", json!({"requestId": request})).await?;
    let status = answer.get("status").and_then(Value::as_str).unwrap_or_default();
    if status != "ready" {
        return Err(OpsError::failed(format!(
            "its gateway is {}",
            if status.is_empty() { "not ready" } else { status }
        )));
    }
    // The gateway takes no new work now; who came before that is seen here.
    let last = judge(session, policies, instance).await;
    let stopped = match last.state {
        IdleState::Idle => switch_off(session, names, instance, cancel).await.map(|()| None),
        _ => Ok(Some(last)),
    };
    if !matches!(stopped, Ok(None))
        && let Some(id) = answer.get("suspensionId")
    {
        // The lease runs out by itself in two minutes; giving it back is a courtesy.
        let _ = gateway.call("gateway.suspend.resume", json!({"suspensionId": id})).await;
    }
    stopped
}

async fn switch_off(
    session: &Session,
    names: &Names,
    instance: &Instance,
    cancel: &CancellationToken,
) -> Result<(), OpsError> {
    let target = session.target(instance)?;
    // Who can't be warned is not there.
    let _ = session.remote().exec(&target, WARNING, b"").await;
    session.cloud().power(names, &instance.name, PowerAction::Deallocate, cancel).await?;
    let after = session.cloud().machine(names, &instance.name).await?;
    match after.map(|machine| machine.power.value) {
        Some(PowerState::Deallocated) | None => Ok(()),
        Some(other) => Err(OpsError::failed(format!("Azure says it is {} after that", other.word()))),
    }
}
