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

pub use runner::{
    opened::{Opened, open},
    replay::replay,
};
