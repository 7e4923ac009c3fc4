//! Parses, dispatches, and says the exit code.

mod demo;

use std::process::ExitCode;

use claw::{
    cli::{
        self, Output,
        args::{Cli, Command},
    },
    ops::OpsError,
    sim::{Sim, SimOptions},
    tui::{self, WindowOptions},
};

fn main() -> ExitCode {
    if cli::completions::answer() {
        return ExitCode::SUCCESS;
    }
    let cli = match cli::parse(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(cli) => cli,
        Err(error) => return cli::exit(cli::misuse(&error)),
    };
    let output = Output::new(&cli);
    cli::defect::end_on_panic(output.clone());
    cli::exit(start(&cli).unwrap_or_else(|error| cli::fail(&output, &error, false)))
}

fn start(cli: &Cli) -> Result<u8, OpsError> {
    let Some(command) = &cli.command else {
        // The first frame needs no runtime, whose threads would hold it up.
        let options = WindowOptions { record: cli.globals.record.clone(), ..WindowOptions::default() };
        let opened = tui::open(cli::settle(cli)?, options)?;
        return in_runtime(opened.run()).map(|()| 0);
    };
    in_runtime(run(cli, command))
}

fn in_runtime<T>(work: impl Future<Output = Result<T, OpsError>>) -> Result<T, OpsError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| OpsError::failed(format!("can't start: {e}")))?;
    let result = runtime.block_on(work);
    // A reader of standard input may still wait for a key; nobody waits for it.
    runtime.shutdown_background();
    result
}

async fn run(cli: &Cli, command: &Command) -> Result<u8, OpsError> {
    match command {
        Command::Replay { file } => tui::replay(file).await?,
        Command::Demo => demo::run(cli).await?,
        Command::Sim { dir, scenario, port } => {
            cli::logging::start(cli.globals.verbose, None);
            sim(&SimOptions { dir: dir.clone(), scenario: scenario.clone(), port: *port }).await?;
        }
        command => return Ok(cli::run(cli, command).await),
    }
    Ok(0)
}

/// The embedded cloud alone, until SIGINT or SIGTERM.
async fn sim(options: &SimOptions) -> Result<(), OpsError> {
    let sim = Sim::start(options).await.map_err(demo::explain)?;
    let ready = serde_json::json!({"schema": "claw/sim/v1", "cloud": sim.cloud_file, "pid": std::process::id()});
    println!("{ready}");
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|e| OpsError::failed(format!("can't wait for signals: {e}")))?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
