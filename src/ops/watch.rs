//! Keeps the window's picture current: machines, bootstrap logs, gateways, pairings, throttle.

use tokio_util::sync::CancellationToken;

use super::{Events, Session};

/// Runs until cancelled. First the fast picture, then fresh ones; a keeper per running machine that
/// follows its bootstrap (console until a host key is pinned, SSH after that) and then its gateway.
/// One dead machine delays nobody. Failures are `Problem` events, once per change.
pub async fn watch(_session: Session, _events: Events, _cancel: CancellationToken) {
    todo!()
}
