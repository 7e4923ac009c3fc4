//! The window: event → message → state → view.

mod columns;
mod feeds;
mod intake;
mod keymap;
mod keys;
mod logs;
mod message;
mod runner;
mod screens;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod update;
mod view;

use crate::ops::{OpsError, Session};

/// How the window starts.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Open on the plan (as `claw demo` does).
    pub plan_first: bool,
    /// Shown in the title, e.g. `embedded cloud`.
    pub title: Option<String>,
    /// Config file offered by the push key.
    pub config_file: Option<std::path::PathBuf>,
}

/// Runs until the operator quits; the terminal is left as it was, also after a panic.
pub async fn run(session: Session, options: WindowOptions) -> Result<(), OpsError> {
    let terminal = terminal::Window::open()?;
    runner::run(session, options, terminal).await
}
