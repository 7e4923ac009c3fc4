//! The window: event → message → state → view.

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
pub async fn run(_session: Session, _options: WindowOptions) -> Result<(), OpsError> {
    todo!()
}
