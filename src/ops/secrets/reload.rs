//! `secrets push --reload`: machines that are on take what changed, without a restart.

use std::time::Duration;

use futures::{StreamExt, stream};

use super::super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
};
use crate::fleet::instance::{Instance, PowerState};

/// The contract of `docs/machine.md`; says in one line what happened.
const REFRESH: &str = "sudo -n /opt/claw/secrets.sh refresh";
/// Fetching takes seconds, reloading a gateway a few more.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells every machine that is on to fetch its secrets, and says what each answers (`Note` events). Returns
/// (machine, error) for those that did not take them.
pub async fn reload(session: &Session, events: &Events) -> Result<Vec<(String, OpsError)>, OpsError> {
    let act = Act::new("secrets push").when(true, "--reload");
    activity::kept(session, act, all(session, events), |failed| Ending::of(0, failed.iter().map(|(m, e)| (m, e)))).await
}

async fn all(session: &Session, events: &Events) -> Result<Vec<(String, OpsError)>, OpsError> {
    session.may_change()?;
    let (_, _, seen) = session.machines().await?;
    let (on, off): (Vec<_>, Vec<_>) = seen.value.into_iter().partition(|i| i.power.value == PowerState::Running);
    for instance in off {
        let text = format!("{}: it is not running, and fetches them when it starts", instance.name);
        events.send(Event::Note { text });
    }
    let asked = stream::iter(on).map(|instance| async move {
        let result = refresh(session, &instance).await;
        if let Ok(said) = &result {
            events.send(Event::Note { text: format!("{}: {said}", instance.name) });
        }
        (instance.name, result)
    });
    let asked: Vec<_> = asked.buffer_unordered(64).collect().await;
    Ok(asked.into_iter().filter_map(|(name, result)| Some((name, result.err()?))).collect())
}

async fn refresh(session: &Session, instance: &Instance) -> Result<String, OpsError> {
    let target = session.target(instance)?;
    let remote = session.remote();
    let running = tokio::time::timeout(PATIENCE, remote.exec(&target, REFRESH, b"")).await;
    let output = running.map_err(|_| OpsError::failed("it does not answer in time"))??;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let said = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
    match output.code {
        0 => Ok(said),
        code => Err(OpsError::failed(format!("the refresh ended with {code}: {said}"))),
    }
}
