//! Devices of the whole fleet: list, approve, reject.

use super::{OpsError, Session};
use crate::fleet::pairing::{PairedDevice, PairingRequest};

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Inbox {
    pub pending: Vec<PairingRequest>,
    pub paired: Vec<PairedDevice>,
    /// Machines that could not be asked, with the reason.
    pub unreachable: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Reject,
}

/// Asks every running machine at once.
pub async fn devices(_session: &Session) -> Result<Inbox, OpsError> {
    todo!()
}

/// Decides exactly this request and checks that the answer names it. `machine` narrows the search.
pub async fn decide(
    _session: &Session,
    _machine: Option<&str>,
    _request_id: &str,
    _decision: Decision,
) -> Result<PairingRequest, OpsError> {
    todo!()
}
