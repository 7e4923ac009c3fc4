//! `exec --all -- CMD`: one command on many machines at once.

use futures::{StreamExt, stream};
use serde::Serialize;

use super::{
    OpsError, Session,
    session::{pick, short},
};
use crate::fleet::instance::{Instance, PowerState};

/// Machines at once; the pool bounds the connections, this the files that are open while knocking.
const AT_ONCE: usize = 256;

/// How the command went on one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// The name people use for it.
    pub machine: String,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The fingerprint of a host key that was taken without a pin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_host_key: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It ended; 255 when it died of a signal. Of each output at most the first MiB is kept.
    Ended { code: u32, stdout: String, stderr: String, truncated: bool },
    /// It did not run, or nobody knows how it ended.
    Failed { error: OpsError },
}

impl Ran {
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Ended { code: 0, .. })
    }
}

/// Runs the command on the named machines, or on every one that is on, and tells of each as it ends.
/// Returns the machines that were left out because they are off.
pub async fn run(
    session: &Session,
    wanted: &[String],
    command: &str,
    mut each: impl FnMut(Ran),
) -> Result<Vec<String>, OpsError> {
    let (_, _, seen) = session.machines().await?;
    let mut machines: Vec<&Instance> = match wanted {
        [] => seen.value.iter().collect(),
        names => names.iter().map(|name| pick(&seen.value, name)).collect::<Result<_, _>>()?,
    };
    machines.sort_by(|a, b| a.name.cmp(&b.name));
    machines.dedup_by(|a, b| a.name == b.name);
    let mut off = Vec::new();
    if wanted.is_empty() {
        let is_on = |i: &&Instance| matches!(i.power.value, PowerState::Running | PowerState::Unknown);
        let (on, others): (Vec<_>, Vec<_>) = machines.into_iter().partition(is_on);
        off.extend(others.into_iter().map(|i| short(i).to_owned()));
        machines = on;
    }
    let mut running = stream::iter(machines).map(|machine| one(session, machine, command)).buffer_unordered(AT_ONCE);
    while let Some(ran) = running.next().await {
        each(ran);
    }
    Ok(off)
}

async fn one(session: &Session, instance: &Instance, command: &str) -> Ran {
    let machine = short(instance).to_owned();
    let work = async {
        let target = session.target(instance)?;
        let output = session.remote().exec(&target, command, b"").await?;
        Ok::<_, OpsError>((output, session.new_host_key(&target).await))
    };
    match work.await {
        Ok((output, new_host_key)) => {
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let (stdout, stderr) = (text(output.stdout), text(output.stderr));
            let outcome = Outcome::Ended { code: output.code, stdout, stderr, truncated: output.truncated };
            Ran { machine, outcome, new_host_key }
        }
        Err(error) => Ran { machine, outcome: Outcome::Failed { error }, new_host_key: None },
    }
}
