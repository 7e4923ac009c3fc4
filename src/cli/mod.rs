//! The command line: arguments in, an operation run, text or JSON out.

mod activity;
mod allow;
pub mod args;
mod backup;
pub mod completions;
mod config;
mod confirm;
mod cost;
pub mod defect;
mod device_args;
mod devices;
mod down;
mod exec;
mod foreground;
mod idle;
mod invite;
pub mod logging;
mod logs;
pub mod man;
mod open;
mod output;
mod parse;
mod plan;
mod plan_what_if;
mod power;
mod preflight;
mod progress;
pub mod schema;
mod secrets;
mod settings;
mod ssh;
mod ssh_config;
mod status;
mod stderr;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod up;
mod upgrade;
mod verify;

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use crate::ops::{ErrorKind, OpsError, Session, Settings, apply::Applied};
use args::{Cli, Command};
pub use output::Output;
pub use parse::parse;
pub use settings::overrides;

/// Runs one command that is neither the window nor the embedded cloud; returns the exit code.
pub async fn run(cli: &Cli, command: &Command) -> u8 {
    let output = Output::new(cli);
    let result = dispatch(cli, command, &output).await;
    if crate::ops::activity::lost() {
        output.note("! this could not be written into the record of actions (claw activity)");
    }
    let code = match result {
        Ok(0) if Output::lost() => 1,
        Ok(code) => code,
        Err(error) => fail(&output, &error, matches!(command, Command::Ssh(_))),
    };
    tracing::info!(code, "ends");
    code
}

/// Shows an error and says the exit code it stands for. `ssh` keeps 255 for its own failures, as OpenSSH does.
pub fn fail(output: &Output, error: &OpsError, ssh: bool) -> u8 {
    output.error(error);
    match error.kind {
        ErrorKind::Interrupted => 130,
        // A remote command may end with any other code.
        _ if ssh => 255,
        ErrorKind::Refused => 5,
        ErrorKind::Input => 2,
        ErrorKind::Failed => 1,
        ErrorKind::Partial => 4,
    }
}

/// The exit code of steps that came to their end: nothing failed, something did, all that was tried did.
fn outcome(applied: &Applied) -> u8 {
    match (applied.failed.len(), applied.done) {
        (0, _) => 0,
        (_, 0) => 1,
        _ => 4,
    }
}

/// Arguments that could not be read, or help that was asked for; in JSON when that was.
pub fn misuse(error: &clap::Error) -> u8 {
    // What stands behind `--` is another program's.
    let json = std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if !error.use_stderr() || !json {
        let _ = error.print();
        return if error.use_stderr() { 2 } else { 0 };
    }
    let text = error.to_string();
    let (message, rest) = text.trim().split_once("\n").unwrap_or((text.trim(), ""));
    let hint = rest.lines().map(str::trim).find_map(|line| line.strip_prefix("tip: "));
    let remedy = hint.unwrap_or("claw --help lists what there is").to_owned();
    let error = OpsError::input(message.strip_prefix("error: ").unwrap_or(message), remedy);
    Output::json().error(&error);
    2
}

/// Settings from the global flags; what is told goes into claw's log from here on.
pub fn settle(cli: &Cli) -> Result<Settings, OpsError> {
    let mut settings = Settings::load(&overrides(cli))?;
    // A team.json that is gone later, as while it is saved, does not make a watch one of a team without policy.
    let watches = matches!(cli.command, Some(Command::Idle { watch: true, .. }));
    settings.team_named |= watches && settings.team.exists();
    // The window has the whole terminal to itself.
    logging::start(if cli.command.is_some() { cli.globals.verbose } else { 0 }, Some(&settings.data));
    Ok(settings)
}

/// Cancelled by the first Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once.
pub fn interruptible(command: &Command) -> CancellationToken {
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let told = match command {
        // It is OpenSSH's own key there.
        Command::Ssh(_) | Command::Dial { .. } => None,
        Command::Up(_) => Some("running steps are left to Azure (claw up --cancel cancels them); "),
        Command::Down { .. } => Some("running steps are left to Azure; "),
        _ => Some(""),
    };
    let is_ssh = matches!(command, Command::Ssh(_));
    tokio::spawn(async move {
        if asked_to_stop().await {
            if let Some(told) = told {
                stderr::say(&format!("stopping: {told}Ctrl-C again ends at once"));
            }
            token.cancel();
        }
        // While OpenSSH runs, it is told of each, and says when it ends.
        if is_ssh {
            return;
        }
        if asked_to_stop().await {
            #[expect(clippy::disallowed_methods, reason = "asked for twice; no window is open here")]
            std::process::exit(130);
        }
    });
    cancel
}

/// Waits for Ctrl-C or SIGTERM; false where neither can be waited for.
async fn asked_to_stop() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return tokio::signal::ctrl_c().await.is_ok() };
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked.is_ok(),
        _ = terminate.recv() => true,
    }
}

async fn dispatch(cli: &Cli, command: &Command, output: &Output) -> Result<u8, OpsError> {
    match command {
        Command::Completions { shell } => return completions::run(*shell, output),
        Command::Man { command } => return man::run(command, output),
        Command::Schema { name, document } => return schema::run(name, *document, output),
        _ => {}
    }
    let session = Session::open(settle(cli)?)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), command = command.name(), "begins");
    let cancel = interruptible(command);
    let work = async {
        match command {
            Command::Preflight { from } => preflight::run(&session, from, output).await,
            Command::Plan { options, what_if } => plan::run(&session, options, *what_if, output).await,
            Command::Up(options) => up::run(&session, options, output, &cancel).await,
            Command::Status { explain_config: true } => settings::explain(&session, output),
            Command::Status { .. } => status::run(&session, output).await,
            Command::Logs(options) => logs::run(&session, options, output, &cancel).await,
            Command::Exec(options) => exec::run(&session, options, output, &cancel).await,
            Command::Ssh(options) => ssh::run(cli, &session, options, output, &cancel).await,
            Command::Invite { name } => invite::run(&session, name, output).await,
            Command::Dial { host, port } => {
                crate::ops::shell::dial(&session, host, *port).await?;
                Ok(0)
            }
            Command::Devices { action } => devices::run(&session, action.as_ref(), output).await,
            Command::Config { action } => config::run(&session, action, output).await,
            Command::Allow(options) => allow::run(&session, options, output).await,
            Command::Idle { deallocate, watch: true, every } => {
                idle::watch(&session, *deallocate, *every, output, &cancel).await
            }
            Command::Idle { deallocate, .. } => idle::run(&session, *deallocate, output, &cancel).await,
            Command::Cost { refresh } => cost::run(&session, *refresh, output).await,
            Command::Start { names } => power::run(&session, names, power::Power::Start, output, &cancel).await,
            Command::Stop { names } => power::run(&session, names, power::Power::Stop, output, &cancel).await,
            Command::Restart { names, machine: false } => power::gateways(&session, names, output).await,
            Command::Restart { names, .. } => power::run(&session, names, power::Power::Restart, output, &cancel).await,
            Command::Verify { names } => verify::run(&session, names, output).await,
            Command::Backup(options) => backup::backup(&session, options, output).await,
            Command::Restore(options) => backup::restore(&session, options, output).await,
            Command::Upgrade(options) => upgrade::run(&session, options, output, &cancel).await,
            Command::Secrets { action } => secrets::run(&session, action, output).await,
            Command::Open { name, no_browser } => {
                open::run(&session, name.as_deref(), !no_browser, output, &cancel).await
            }
            Command::Activity { since, search } => activity::run(&session, since.as_deref(), search.as_deref(), output),
            Command::Down { keep_data } => down::run(&session, *keep_data, output, &cancel).await,
            // `main` runs these: they need the embedded cloud, or the window.
            Command::Demo | Command::Sim { .. } | Command::Replay { .. } => Ok(2),
            // Above: these need no session.
            Command::Completions { .. } | Command::Man { .. } | Command::Schema { .. } => Ok(2),
        }
    };
    // What has no cancellation of its own simply ends here; nothing it does is half done.
    let own_way = matches!(
        command,
        Command::Up(_) | Command::Down { .. } | Command::Exec(_) | Command::Idle { .. } | Command::Upgrade(_)
    );
    let own_way = own_way || matches!(command, Command::Open { .. } | Command::Ssh(_));
    tokio::select! {
        result = work => result,
        () = cancel.cancelled(), if !own_way => Err(OpsError::interrupted()),
    }
}

/// A `u8` as the process's exit code.
pub fn exit(code: u8) -> ExitCode {
    ExitCode::from(code)
}
