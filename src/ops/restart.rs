//! `restart`: the gateway's service of a machine; the machine itself goes on.

use futures::{StreamExt, stream};

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    assets, session,
    text::harmless,
    verify::AS_GATEWAY,
};
use crate::fleet::instance::Instance;

/// Its unit gives the gateway 330 s for the work it has; then it takes two minutes at most to be well.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(480);
const AT_ONCE: usize = 16;

/// The named machines, before anybody is asked.
pub async fn choose(session: &Session, wanted: &[String]) -> Result<Vec<Instance>, OpsError> {
    session.may_change()?;
    let (_, _, machines) = session.machines().await?;
    session::chosen(&machines.value, wanted)
}

/// Restarts the machines' gateways and waits until each is well. Returns (machine, error) for those that failed.
pub async fn restart(
    session: &Session,
    machines: Vec<Instance>,
    events: &Events,
) -> Result<Vec<(String, OpsError)>, OpsError> {
    let (act, all) = (Act::new("restart").on(machines.iter().map(session::short)), machines.len());
    let work = async { Ok(each(session, machines, events).await) };
    activity::kept(session, act, work, |failed| Ending::some_failed(all, failed)).await
}

async fn each(session: &Session, machines: Vec<Instance>, events: &Events) -> Vec<(String, OpsError)> {
    let restarted = stream::iter(machines).map(|instance| async move {
        let result = one(session, &instance).await;
        let ended = if result.is_ok() { "its gateway is well again" } else { "its gateway was not restarted" };
        events.send(Event::Note { text: format!("{}: {ended}", instance.name) });
        (instance.name, result)
    });
    let mut restarted: Vec<_> = restarted.buffer_unordered(AT_ONCE).collect().await;
    restarted.sort_by(|a, b| a.0.cmp(&b.0));
    restarted.into_iter().filter_map(|(machine, result)| Some((machine, result.err()?))).collect()
}

async fn one(session: &Session, instance: &Instance) -> Result<(), OpsError> {
    let target = session.target(instance)?;
    let running = session.remote().exec(&target, AS_GATEWAY, assets::RESTART.as_bytes());
    let late = || OpsError::failed(format!("the gateway of {} does not come back in time", instance.name));
    let output = tokio::time::timeout(PATIENCE, running).await.map_err(|_| late())??;
    match output.code {
        0 => Ok(()),
        code => {
            let said = harmless(String::from_utf8_lossy(&output.stderr).trim());
            let message = format!("the gateway of {} was not restarted (exit {code}): {said}", instance.name);
            let remedy = format!("claw logs {} --source gateway", session::short(instance));
            Err(OpsError::failed(message).with_remedy(remedy))
        }
    }
}
