//! What ends the window from outside.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ops::OpsError;

/// Signals that come while there is nobody yet to wait for them: by default they would end claw at once, and leave the
/// terminal as it was taken over.
pub struct Early(Arc<AtomicBool>);

impl Early {
    /// To be called before the terminal is taken over.
    pub fn watch() -> Result<Self, OpsError> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGHUP, SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&came)).map_err(failed)?;
        }
        Ok(Self(came))
    }

    pub fn came(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// To wait for.
pub struct Signals {
    terminate: Signal,
    hang_up: Signal,
    /// Comes from outside only: the window's own terminal sends a key instead.
    interrupt: Signal,
}

impl Signals {
    pub fn new() -> Result<Self, OpsError> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            hang_up: signal(SignalKind::hangup()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn failed(error: std::io::Error) -> OpsError {
    OpsError::failed(format!("can't wait for signals: {error}"))
}
