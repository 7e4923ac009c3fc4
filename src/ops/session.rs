//! One operator at work: the cloud, the machines, the settings. Cheap to clone.

use std::sync::Arc;

use super::{OpsError, Settings};
use crate::{azure::Cloud, remote::Remote};

#[derive(Clone)]
pub struct Session {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub settings: Settings,
    pub cloud: Cloud,
    pub remote: Remote,
}

impl Session {
    /// Sets everything up; sends nothing.
    pub fn open(_settings: Settings) -> Result<Self, OpsError> {
        todo!()
    }

    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The throttle's gauge, for the status bar.
    pub fn throttle(&self) -> super::event::Gauge {
        todo!()
    }
}
