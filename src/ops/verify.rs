//! `verify`: is each machine well?

use futures::{StreamExt, stream};
use time::OffsetDateTime;

use super::{OpsError, Session, assets, session};
use crate::fleet::{
    instance::{Instance, PowerState},
    team::Team,
    verify::{Finding, Heard, Outcome, findings},
};

/// As the gateway's user; `-H` for its own home.
pub(super) const AS_GATEWAY: &str = "sudo -n -H -u openclaw bash -s";
/// The script's own limits add up to more, but a machine that is well needs a sixth of this.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);
/// OpenClaw's audits are work for a machine, not for this computer.
const AT_ONCE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MachineReport {
    pub machine: String,
    pub findings: Vec<Finding>,
}

impl MachineReport {
    /// The worst of its findings.
    pub fn outcome(&self) -> Outcome {
        self.findings.iter().map(|f| f.outcome).max().unwrap_or(Outcome::Unknown)
    }
}

/// Checks the named machines, or all of them; each answers for itself, and who does not is unknown.
pub async fn verify(session: &Session, wanted: &[String]) -> Result<Vec<MachineReport>, OpsError> {
    let (_, team, machines) = session.machines().await?;
    let machines = session::chosen(&machines.value, wanted)?;
    let team = &team;
    let checked = stream::iter(machines).map(|instance| async move {
        let findings = check(session, team, &instance).await;
        MachineReport { machine: instance.name, findings }
    });
    let mut reports: Vec<MachineReport> = checked.buffer_unordered(AT_ONCE).collect().await;
    reports.sort_by(|a, b| a.machine.cmp(&b.machine));
    Ok(reports)
}

async fn check(session: &Session, team: &Team, instance: &Instance) -> Vec<Finding> {
    match instance.power.value {
        PowerState::Running | PowerState::Unknown => {}
        off => {
            let sentence = format!("it is {}, so nothing could be checked", off.word());
            return vec![Finding::unknown("machine", sentence)];
        }
    }
    match tokio::time::timeout(PATIENCE, ask(session, team, instance)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => vec![Finding::unknown("machine", format!("it can't be checked: {error}"))],
        Err(_) => vec![Finding::unknown("machine", "it does not answer in time")],
    }
}

async fn ask(session: &Session, team: &Team, instance: &Instance) -> Result<Vec<Finding>, OpsError> {
    let target = session.target(instance)?;
    let sent = OffsetDateTime::now_utc();
    let output = session.remote().exec(&target, AS_GATEWAY, assets::VERIFY.as_bytes()).await?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    if stdout.trim().is_empty() {
        let said = super::text::harmless(String::from_utf8_lossy(&output.stderr).trim());
        return Err(OpsError::failed(format!("the checks ended with {}: {said}", output.code)));
    }
    Ok(findings(&Heard {
        stdout: &stdout,
        sent,
        received: OffsetDateTime::now_utc(),
        name: session::short(instance),
        version: &team.fleet.openclaw_version,
    }))
}
