//! The window: event → message → state → view.

mod feeds;
mod fleet;
mod intake;
mod kept;
mod keymap;
mod keys;
mod logs;
mod machine;
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
    // Before the terminal is taken over, so that what is wrong with a file can be read.
    let named = std::env::var_os("CLAW_KEYS").filter(|v| !v.is_empty()).map(std::path::PathBuf::from);
    let keys = kept::keys(&session.settings().data, named.as_deref())?;
    let terminal = terminal::Window::open()?;
    runner::run(session, options, keys, terminal).await
}
