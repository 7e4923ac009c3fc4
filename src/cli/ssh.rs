//! `claw ssh NAME [-- CMD]`.

use std::{
    io::{ErrorKind, IsTerminal, Read, Write},
    path::Path,
    process::Command,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    args::{Cli, SshArgs},
    foreground,
    output::Output as Face,
    stream,
};
use crate::{
    fleet::instance::Instance,
    ops::{
        OpsError, Session,
        exec::{self, Output},
        find::{self, Found},
        ready, shell, ssh_config,
    },
};

/// What `claw ssh` came to before it is OpenSSH's turn.
enum Ready {
    Done(u8),
    Machine(Box<(Instance, Command)>),
}

/// Through OpenSSH's client where there is one: terminal, standard input, signals and exit code are its own then.
pub async fn run(
    cli: &Cli,
    session: &Session,
    options: &SshArgs,
    face: &Face,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    let ready = tokio::select! {
        ready = prepare(cli, session, options, face) => ready?,
        () = cancel.cancelled() => return Err(OpsError::interrupted()),
    };
    let (instance, ssh) = match ready {
        Ready::Done(code) => return Ok(code),
        Ready::Machine(machine) => *machine,
    };
    match foreground::run(ssh).await {
        Ok(code) => Ok(code),
        Err(error) if error.kind() == ErrorKind::NotFound && options.command.is_empty() => {
            Err(OpsError::failed("OpenSSH's client is not installed")
                .with_remedy("install it (Debian: openssh-client), or run one command: claw ssh NAME -- CMD"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            tokio::select! {
                done = built_in(session, &instance, &options.command) => done,
                () = cancel.cancelled() => Err(OpsError::interrupted()),
            }
        }
        Err(error) => Err(OpsError::failed(format!("OpenSSH's client can't be started: {error}"))),
    }
}

async fn prepare(cli: &Cli, session: &Session, options: &SshArgs, face: &Face) -> Result<Ready, OpsError> {
    if options.renew {
        return ssh_config::renew(session).await.map(|()| Ready::Done(0));
    }
    if options.config {
        return super::ssh_config::run(session, options.name.as_deref(), &claw(cli, session)?, face)
            .await
            .map(Ready::Done);
    }
    let name = options.name.as_deref();
    // An entry is used from any folder, and a team.json that lies there is another one.
    let found = match options.stdio {
        true => find::anywhere(session, name).await?,
        false => find::find(session, name).await?,
    };
    let names = found.names.clone();
    // Standard output is the remote command's.
    let notes = face.without_json();
    let instance =
        stream::show(&notes, |events| async move { ready::ready(session, found, !options.no_start, &events).await })
            .await?;
    if options.stdio {
        return ssh_config::carry(session, Found { names, instance }).await.map(|()| Ready::Done(0));
    }
    let ssh = openssh(cli, session, &instance, &options.command).await?;
    Ok(Ready::Machine(Box::new((instance, ssh))))
}

/// One command over claw's own connection.
async fn built_in(session: &Session, instance: &Instance, command: &[String]) -> Result<u8, OpsError> {
    let (sender, mut received) = mpsc::channel(64);
    let command = command.join(" ");
    let running = exec::exec(session, instance, &command, input(), sender);
    let show = async move {
        while let Some(chunk) = received.recv().await {
            // Bytes go through as they are, as OpenSSH does: the caller may want a binary file.
            let written = match chunk {
                Output::Stdout(bytes) => std::io::stdout().write_all(&bytes).and_then(|()| std::io::stdout().flush()),
                Output::Stderr(bytes) => std::io::stderr().write_all(&bytes),
            };
            written?;
        }
        Ok::<_, std::io::Error>(())
    };
    match tokio::join!(running, show) {
        (code, Ok(())) => Ok(u8::try_from(code?).unwrap_or(255)),
        // Whoever closed the pipe has read enough.
        (_, Err(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
        (_, Err(error)) => Err(OpsError::failed(format!("the command's output can't be written: {error}"))),
    }
}

/// Standard input as it comes; a terminal has none for a single command.
fn input() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(8);
    let mut stdin = std::io::stdin();
    if !stdin.is_terminal() {
        // A thread of its own, which ends with the process: a read of standard input can't be cancelled.
        std::thread::spawn(move || {
            let mut bytes = vec![0; 32 * 1024];
            while let Ok(count @ 1..) = stdin.read(&mut bytes) {
                if sender.blocking_send(bytes.get(..count).unwrap_or_default().to_vec()).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

/// OpenSSH's client as it is to be started.
async fn openssh(cli: &Cli, session: &Session, instance: &Instance, command: &[String]) -> Result<Command, OpsError> {
    let words: Vec<_> = words(cli, session)?.iter().map(|word| shell::word(word)).collect();
    let proxy = format!("{} dial %h %p", words.join(" "));
    let mut ssh = shell::command(session, instance, &proxy).await?;
    if !command.is_empty() {
        ssh.arg("--").args(command);
    }
    Ok(ssh)
}

/// The command line of this claw on this cloud as this somebody.
fn words(cli: &Cli, session: &Session) -> Result<Vec<String>, OpsError> {
    let exe = std::env::current_exe().map_err(|e| OpsError::failed(format!("can't find claw's own program: {e}")))?;
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let cloud = cli.globals.cloud.clone().or_else(|| std::env::var("CLAW_CLOUD").ok());
    let mut words = vec![absolute(&exe), "--data".to_owned(), absolute(&session.settings().data)];
    if let Some(cloud) = cloud.filter(|cloud| !cloud.is_empty()) {
        let file = Path::new(&cloud);
        words.extend(["--cloud".to_owned(), if file.is_file() { absolute(file) } else { cloud }]);
    }
    if let Some(credential) = &cli.globals.settings.credential {
        words.extend(["--credential".to_owned(), credential.clone()]);
    }
    Ok(words)
}

/// The same, quoted for a shell and for OpenSSH's config alike.
fn claw(cli: &Cli, session: &Session) -> Result<String, OpsError> {
    let words = words(cli, session)?;
    if let Some(odd) = words.iter().find(|word| word.contains(['\'', '"', '\n'])) {
        let message = format!("OpenSSH can't be told of a path with such signs in it: {odd}");
        return Err(OpsError::input(message, "move it, or choose another folder with --data DIR"));
    }
    Ok(words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "))
}
