//! `start`, `stop` (deallocate), `restart`.

use tokio_util::sync::CancellationToken;

use super::{Events, OpsError, Session};

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    Start,
    Stop,
    Restart,
}

/// Machines by member slug or VM name, all at once. Returns (machine, error) for those that failed.
pub async fn power(
    _session: &Session,
    _machines: &[String],
    _power: Power,
    _events: &Events,
    _cancel: &CancellationToken,
) -> Result<Vec<(String, OpsError)>, OpsError> {
    todo!()
}
