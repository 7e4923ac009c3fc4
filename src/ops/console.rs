//! A machine's serial console. Azure keeps it and can't be asked to follow it: it is read again and again.

use std::{convert::Infallible, time::Duration};

use super::{Events, OpsError, Session, event::LogSource, seam::Follower, tail::emit};
use crate::{
    azure::AzureError,
    fleet::{instance::Instance, names::Names},
};

/// A VM may be read 12 times a minute (azure.md §2.3).
const AGAIN: Duration = Duration::from_secs(5);

/// Whose console is read, and as what its lines are passed on.
pub(super) struct Console<'a> {
    pub session: &'a Session,
    pub names: &'a Names,
    pub instance: &'a Instance,
    pub source: LogSource,
    pub events: &'a Events,
}

impl Console<'_> {
    /// All that it holds now.
    pub async fn whole(&self) -> Result<(), OpsError> {
        let text = self.session.cloud().console(self.names, &self.instance.name).await?;
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        emit(&self.instance.name, self.source, lines, self.events).await;
        Ok(())
    }

    /// What is new on it, and the pause that a next look needs. With `only`, the lines with this text, whatever its
    /// case.
    pub async fn look(&self, only: Option<&str>, follower: &mut Follower) -> Result<(), AzureError> {
        let text = self.session.cloud().console(self.names, &self.instance.name).await;
        if let Ok(text) = &text {
            let only = only.map(str::to_lowercase);
            let mut lines = follower.console_lines(text);
            lines.retain(|line| only.as_ref().is_none_or(|only| line.to_lowercase().contains(only)));
            emit(&self.instance.name, self.source, lines, self.events).await;
        }
        tokio::time::sleep(AGAIN).await;
        text.map(drop)
    }

    /// Follows it until dropped, or until it can't be read.
    pub async fn follow(&self, only: Option<&str>, follower: &mut Follower) -> Result<Infallible, OpsError> {
        loop {
            self.look(only, follower).await?;
        }
    }
}
