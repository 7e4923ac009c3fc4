//! `plan`: team.json and Azure side by side.

use super::{Events, OpsError, Session};
use crate::fleet::{
    desired::Desired,
    observed::Observed,
    plan::{Plan, PlanOptions},
    team::Problem,
};

/// A plan with everything it was made from.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Planned {
    pub desired: Desired,
    pub observed: Observed,
    pub plan: Plan,
    /// What was wrong in team.json, entry by entry.
    pub problems: Vec<Problem>,
}

/// Reads team.json, resolves the members, observes Azure, plans. Changes nothing.
pub async fn plan(_session: &Session, _options: &PlanOptions, _events: &Events) -> Result<Planned, OpsError> {
    todo!()
}
