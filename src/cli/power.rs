//! `claw start|stop|restart NAME…`.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Output, confirm, stream};
pub use crate::ops::power::Power;
use crate::ops::{OpsError, Session, power, restart};

pub async fn run(
    session: &Session,
    names: &[String],
    what: Power,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    if what != Power::Start && !output.yes {
        // Nobody is asked about what can't be done, or about a machine that isn't there.
        restart::choose(session, names).await?;
        let question = format!("{} interrupts whoever works on {}.", what.word(), names.join(", "));
        confirm::yes(output, &question)?;
    }
    let failed =
        stream::show(output, |events| async move { power::power(session, names, what, &events, cancel).await }).await?;
    Ok(ended(output, names, &json!(what), &failed))
}

/// `claw restart NAME…`: the gateways only.
pub async fn gateways(session: &Session, names: &[String], output: &Output) -> Result<u8, OpsError> {
    let machines = restart::choose(session, names).await?;
    confirm::yes(output, &format!("restart interrupts whoever works on {}.", names.join(", ")))?;
    let failed =
        stream::show(output, |events| async move { restart::restart(session, machines, &events).await }).await?;
    Ok(ended(output, names, &json!("restart_gateway"), &failed))
}

fn ended(output: &Output, names: &[String], action: &Value, failed: &[(String, OpsError)]) -> u8 {
    let shown: Vec<_> = failed.iter().map(|(machine, error)| json!({"machine": machine, "error": error})).collect();
    output.result("power", &json!({"action": action, "machines": names, "failed": shown}), || {
        let lines: Vec<String> = failed.iter().map(|(m, e)| format!("{m}: {e}")).collect();
        if lines.is_empty() { format!("{}: done", names.join(", ")) } else { lines.join("\n") }
    });
    match failed.len() {
        0 => 0,
        n if n < names.len() => 4,
        _ => 1,
    }
}
