//! `logs`: a machine's log, live.

use tokio_util::sync::CancellationToken;

use super::{Events, OpsError, Session, event::LogSource};

/// Emits `Line` events. With `follow` it goes on until cancelled, across reconnects; without, it ends
/// at the log's present end. The console serves the bootstrap log until SSH is up.
pub async fn logs(
    _session: &Session,
    _machine: &str,
    _source: LogSource,
    _follow: bool,
    _events: &Events,
    _cancel: &CancellationToken,
) -> Result<(), OpsError> {
    todo!()
}
