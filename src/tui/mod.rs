//! The window: event → message → state → view.

mod aside;
mod exec;
mod feeds;
mod field;
mod fleet;
#[doc(hidden)]
pub mod fuzz;
mod health;
mod input;
mod intake;
mod kept;
mod keymap;
mod keys;
pub mod load;
mod logs;
mod machine;
mod message;
mod opening;
mod palette;
mod prompt;
mod runner;
mod screen;
mod screens;
mod setup;
mod state;
mod steps;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod throbber;
mod tree;
mod update;
mod view;

use crate::ops::{OpsError, Session, Settings, snapshot};

/// How the window starts.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Open on the plan (as `claw demo` does).
    pub plan_first: bool,
    /// Shown in the title, e.g. `embedded cloud`.
    pub title: Option<String>,
    /// Config file offered by the push key.
    pub config_file: Option<std::path::PathBuf>,
    /// Every message goes into this new file, redacted.
    pub record: Option<std::path::PathBuf>,
}

pub use runner::replay::replay;

/// Runs until the operator quits; the terminal is left as it was, also after a panic.
pub async fn run(settings: Settings, options: WindowOptions) -> Result<(), OpsError> {
    // Beside what follows: it is most of the way to the first frame.
    let of = settings.clone();
    let last = tokio::task::spawn_blocking(move || snapshot::last(&of));
    let session = Session::open(settings)?;
    // Before the terminal is taken over, so that what is wrong with a file can be read.
    let files = kept::Files::read(&session.settings().data)?;
    let terminal = terminal::Window::open()?;
    runner::run(session, options, files, terminal, async { last.await.ok().flatten() }).await
}
