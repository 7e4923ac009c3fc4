//! The window steps aside for a shell on a machine, and comes back where it was.

use std::io::Write as _;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{message::Message, state::State, terminal::Window, update::update};
use crate::ops::{Event, OpsError, Session, shell};

/// Runs OpenSSH's client in this terminal until it ends. Returns what to say then. Meanwhile events are taken in, so
/// that nothing piles up and the picture is current when the window is back.
pub async fn shell(
    window: &mut Window,
    session: &Session,
    machine: &str,
    state: &mut State,
    received: &mut UnboundedReceiver<Event>,
) -> Result<(String, bool), OpsError> {
    window.step_aside();
    // A terminal that is gone shows nothing, and ends the window by itself.
    let _ = writeln!(std::io::stderr(), "signing in to {machine} …");
    let work = run(session, machine);
    tokio::pin!(work);
    let said = loop {
        tokio::select! {
            biased;
            said = &mut work => break said,
            Some(event) = received.recv() => {
                // What an event asks for waits for nobody: events ask for nothing.
                update(state, Message::Event(event));
            }
        }
    };
    window.come_back()?;
    Ok(match said {
        Ok(code) => (format!("the shell on {machine} ended with {code}"), false),
        Err(error) => {
            let remedy = error.remedy.map(|r| format!(" · {r}")).unwrap_or_default();
            (format!("ssh: {}{remedy}", error.message), true)
        }
    })
}

async fn run(session: &Session, machine: &str) -> Result<i32, OpsError> {
    // Ctrl-C belongs to the shell; before there is one, it gives up.
    let command = tokio::select! {
        command = shell::own_command(session, machine) => command?,
        _ = tokio::signal::ctrl_c() => return Err(OpsError::interrupted()),
    };
    let mut command = tokio::process::Command::from(command);
    let status = command.status().await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            OpsError::failed("OpenSSH's client is not installed").with_remedy("install it (Debian: openssh-client)")
        }
        _ => OpsError::failed(format!("OpenSSH's client can't be started: {error}")),
    })?;
    Ok(status.code().unwrap_or(255))
}
