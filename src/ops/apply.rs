//! `up`: runs the steps of a plan as a graph, bounded by the published limits.

use tokio_util::sync::CancellationToken;

use super::{Events, OpsError, Session, sync::Planned};

/// How the steps ended. `failed` holds (step, message, remedy).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Applied {
    pub done: usize,
    pub failed: Vec<(String, String, Option<String>)>,
    pub skipped: usize,
    pub interrupted: bool,
}

/// Applies every step of `planned.plan`. One failed step stops only those after it. On cancel no new
/// step starts, running ones are left to Azure, and the same command finishes the job later.
/// Refuses (kind `Refused`) when the plan has refusals or the session is read-only.
pub async fn apply(
    _session: &Session,
    _planned: &Planned,
    _events: &Events,
    _cancel: &CancellationToken,
) -> Result<Applied, OpsError> {
    todo!()
}

/// Follows the machines' bootstrap until each is ready or has failed; emits `Stage` events.
/// Returns (ready, failed) machine names.
pub async fn await_ready(
    _session: &Session,
    _machines: &[String],
    _events: &Events,
    _cancel: &CancellationToken,
) -> Result<(Vec<String>, Vec<String>), OpsError> {
    todo!()
}
