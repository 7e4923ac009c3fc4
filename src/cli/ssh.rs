//! `claw ssh NAME [-- CMD]`.

use std::{io::Write, os::unix::process::ExitStatusExt};

use tokio::sync::mpsc;

use super::args::Cli;
use crate::ops::{
    OpsError, Session,
    exec::{self, Output},
    shell::{self, word},
};

/// Through OpenSSH's client where there is one: terminal, standard input, signals and exit code are its own then.
pub async fn run(cli: &Cli, session: &Session, name: &str, command: &[String]) -> Result<u8, OpsError> {
    match openssh(cli, session, name, command).await? {
        Some(code) => Ok(code),
        None if command.is_empty() => Err(OpsError::failed("OpenSSH's client is not installed")
            .with_remedy("install it (Debian: openssh-client), or run one command: claw ssh NAME -- CMD")),
        None => built_in(session, name, command).await,
    }
}

/// One command over claw's own connection, without standard input.
async fn built_in(session: &Session, name: &str, command: &[String]) -> Result<u8, OpsError> {
    let (sender, mut received) = mpsc::channel(64);
    let command = command.join(" ");
    let running = exec::exec(session, name, &command, sender);
    let show = async {
        while let Some(chunk) = received.recv().await {
            // Bytes go through as they are, as OpenSSH does: the caller may want a binary file.
            let written = match chunk {
                Output::Stdout(bytes) => std::io::stdout().write_all(&bytes).and_then(|()| std::io::stdout().flush()),
                Output::Stderr(bytes) => std::io::stderr().write_all(&bytes),
            };
            if written.is_err() {
                break;
            }
        }
    };
    let (code, ()) = tokio::join!(running, show);
    Ok(u8::try_from(code?).unwrap_or(255))
}

/// The exit code of `ssh`; `None` where it is not installed.
async fn openssh(cli: &Cli, session: &Session, name: &str, command: &[String]) -> Result<Option<u8>, OpsError> {
    let exe = std::env::current_exe().map_err(|e| OpsError::failed(format!("can't find claw's own program: {e}")))?;
    let cloud = cli.cloud.clone().or_else(|| std::env::var("CLAW_CLOUD").ok()).unwrap_or_default();
    let words = [&exe.display().to_string(), &cloud, &session.settings().data.display().to_string()].map(|w| word(w));
    let proxy = format!("{} --cloud {} --data {} dial %h %p", words[0], words[1], words[2]);
    let mut ssh = shell::command(session, name, &proxy).await?;
    if !command.is_empty() {
        ssh.arg("--").args(command);
    }
    // Whoever ends claw ends the session: `claw dial` ends with its ssh.
    match tokio::process::Command::from(ssh).kill_on_drop(true).status().await {
        Ok(status) => {
            // 128 and the signal, as a shell says it: Ctrl-C is 130.
            let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
            Ok(Some(code.and_then(|c| u8::try_from(c).ok()).unwrap_or(255)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OpsError::failed(format!("OpenSSH's client can't be started: {error}"))),
    }
}
