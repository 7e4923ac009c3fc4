//! `ssh NAME -- CMD`: one command on one machine.

use tokio::sync::mpsc;

use super::{
    OpsError, Session,
    activity::{self, Act, Ending, UNTOLD},
    session::short,
};
use crate::{fleet::instance::Instance, remote::Chunk};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// Runs the command as the operator's user with this input and returns its exit code.
pub async fn exec(
    session: &Session,
    instance: &Instance,
    command: &str,
    input: mpsc::Receiver<Vec<u8>>,
    out: mpsc::Sender<Output>,
) -> Result<u32, OpsError> {
    let act = Act::new("ssh").on([short(instance)]).when(true, "--").when(true, UNTOLD);
    let ending = |code: &u32| Ending::done(format!("ended with {code}"));
    activity::kept(session, act, run(session, instance, command, input, out), ending).await
}

async fn run(
    session: &Session,
    instance: &Instance,
    command: &str,
    input: mpsc::Receiver<Vec<u8>>,
    out: mpsc::Sender<Output>,
) -> Result<u32, OpsError> {
    session.may_change()?;
    let target = session.target(instance)?;
    let (sender, mut chunks) = mpsc::channel(64);
    let running = session.remote().pipe(&target, command, input, sender);
    tokio::pin!(running);
    // Moved in, so that the command ends when nobody reads any more.
    let passed_on = async move {
        while let Some(chunk) = chunks.recv().await {
            let chunk = match chunk {
                Chunk::Stdout(bytes) => Output::Stdout(bytes),
                Chunk::Stderr(bytes) => Output::Stderr(bytes),
            };
            if out.send(chunk).await.is_err() {
                break;
            }
        }
    };
    let (code, ()) = tokio::join!(running, passed_on);
    Ok(code?)
}
