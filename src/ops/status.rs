//! `status`: the fleet in one table.

use serde::Serialize;

use super::{OpsError, Session};
use crate::fleet::{instance::Instance, seen::Seen};

/// A row of `claw status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Slug, or the machine's name when it belongs to nobody in the team.
    pub member: String,
    pub email: Option<String>,
    pub machine: Option<Instance>,
}

/// `fresh`: the filtered VM list; otherwise Resource Graph.
pub async fn status(_session: &Session, _fresh: bool) -> Result<Seen<Vec<Row>>, OpsError> {
    todo!()
}
