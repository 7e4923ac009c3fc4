//! Holding an apply up, and letting it go on.

use tokio::sync::watch;

/// While it is paused no new step starts; those that run go on to their end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pace(watch::Sender<bool>);

impl Default for Pace {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Pace {
    pub fn pause(&self, paused: bool) {
        self.0.send_replace(paused);
    }

    pub fn is_paused(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves as soon as it is not paused.
    pub(super) async fn goes_on(&self) {
        // The sender is this very value: it can't be gone.
        let _ = self.0.subscribe().wait_for(|paused| !paused).await;
    }
}
