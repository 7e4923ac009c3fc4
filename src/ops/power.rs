//! `start`, `stop` (deallocate), `restart`.

use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    session::pick,
};
use crate::{azure::PowerAction, fleet::instance::Instance};

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    Start,
    Stop,
    Restart,
}

impl Power {
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    fn action(self) -> PowerAction {
        match self {
            Self::Start => PowerAction::Start,
            Self::Stop => PowerAction::Deallocate,
            Self::Restart => PowerAction::Restart,
        }
    }
}

/// Machines by member slug, VM name or e-mail, all at once; an unknown name stops before anything starts.
/// Returns (machine, error) for those that failed.
pub async fn power(
    session: &Session,
    machines: &[String],
    power: Power,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Vec<(String, OpsError)>, OpsError> {
    let act = Act::new(power.word()).on(machines).when(power == Power::Restart, "--machine");
    let work = carry_out(session, machines, power, events, cancel);
    activity::kept(session, act, work, |failed| Ending::some_failed(machines.len(), failed)).await
}

async fn carry_out(
    session: &Session,
    machines: &[String],
    power: Power,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Vec<(String, OpsError)>, OpsError> {
    session.may_change()?;
    let (names, _, seen) = session.machines().await?;
    let mut wanted: Vec<Instance> = Vec::new();
    for name in machines {
        let instance = pick(&seen.value, name)?;
        if !wanted.iter().any(|w| w.name == instance.name) {
            wanted.push(instance.clone());
        }
    }
    let names = &names;
    let acted = stream::iter(wanted).map(|instance| async move {
        events.send(Event::Note { text: format!("{}: {}", instance.name, power.word()) });
        // Deallocated, it would pass for one that ran, whose disk is worth keeping.
        let result = match power == Power::Stop && instance.is_unfinished() {
            true => Err(unfinished(&instance.name)),
            false => session.cloud().power(names, &instance.name, power.action(), cancel).await.map_err(OpsError::from),
        };
        (instance.name.clone(), result)
    });
    let results: Vec<_> = acted.buffer_unordered(32).collect().await;
    if let Ok(fresh) = session.inventory(names).await {
        events.send(Event::Machines { machines: fresh, fresh: true });
    }
    Ok(results.into_iter().filter_map(|(name, r)| Some((name, r.err()?))).collect())
}

fn unfinished(machine: &str) -> OpsError {
    OpsError::refused(
        format!("{machine} has never come up: there is nothing to stop"),
        "claw up finishes it; claw up --cancel ends what is still being made",
    )
}
