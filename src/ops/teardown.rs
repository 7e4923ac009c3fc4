//! `down`: shows what goes, then removes the group.

use super::{Events, OpsError, Session, sync::Planned};

/// The steps of removing everything; apply them with [`super::apply::apply`].
pub async fn plan(_session: &Session, _events: &Events) -> Result<Planned, OpsError> {
    todo!()
}
