//! `down`: shows what goes, then removes the group.

use super::{
    Events, OpsError, Session,
    sync::{Planned, both_sides},
};
use crate::fleet::plan;

/// The steps of removing everything; apply them with [`super::apply::apply`].
pub async fn plan(session: &Session, _events: &Events) -> Result<Planned, OpsError> {
    let (desired, observed, problems) = both_sides(session).await?;
    let plan = plan::teardown(&desired, &observed);
    Ok(Planned { desired, observed, plan, problems })
}
