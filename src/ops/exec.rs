//! `ssh NAME -- CMD`: one command on one machine.

use tokio::sync::mpsc;

use super::{OpsError, Session};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// Runs the command as the operator's user and returns its exit code.
pub async fn exec(
    _session: &Session,
    _machine: &str,
    _command: &str,
    _out: mpsc::Sender<Output>,
) -> Result<u32, OpsError> {
    todo!()
}
