//! `down`: shows what goes, then removes it.

use super::{
    Events, OpsError, Session,
    sync::{Goal, Planned, reach},
};
pub use crate::fleet::plan::Extent;

/// The steps of removing everything, or the machines alone; apply them with [`super::apply::apply`].
pub async fn plan(session: &Session, extent: Extent, _events: &Events) -> Result<Planned, OpsError> {
    reach(session, Goal::Down { extent }).await
}
