//! `idle`: who uses their machine, and deallocating those nobody uses.

use tokio_util::sync::CancellationToken;

use super::{Events, OpsError, Session};
use crate::fleet::idle::Verdict;

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MachineVerdict {
    pub machine: String,
    pub verdict: Verdict,
}

/// A verdict for every machine; a machine that can't be asked is `Unknown`.
pub async fn verdicts(_session: &Session) -> Result<Vec<MachineVerdict>, OpsError> {
    todo!()
}

/// Deallocates the named machines (all idle ones when empty): re-checks each, asks its gateway to
/// suspend first (busy leaves it alone), then deallocates. Returns what was done and why not.
pub async fn deallocate(
    _session: &Session,
    _machines: &[String],
    _events: &Events,
    _cancel: &CancellationToken,
) -> Result<Vec<MachineVerdict>, OpsError> {
    todo!()
}
