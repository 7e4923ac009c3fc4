//! Parses, dispatches, and says the exit code.

mod demo;

use std::process::ExitCode;

use clap::Parser;
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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return cli::exit(cli::misuse(&error)),
    };
    let output = Output::new(&cli);
    cli::defect::end_on_panic(output.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(run(&cli, &output));
            // A reader of standard input may still wait for a key; nobody waits for it.
            runtime.shutdown_background();
            code
        }
        Err(error) => cli::fail(&output, &OpsError::failed(format!("can't start: {error}")), false),
    };
    cli::exit(code)
}

async fn run(cli: &Cli, output: &Output) -> u8 {
    let result = match &cli.command {
        None => match cli::settle(cli) {
            Ok(settings) => {
                tui::run(settings, WindowOptions { record: cli.record.clone(), ..WindowOptions::default() }).await
            }
            Err(error) => Err(error),
        },
        Some(Command::Replay { file }) => tui::replay(file).await,
        Some(Command::Demo) => demo::run(cli).await,
        Some(Command::Sim { dir, scenario, port }) => {
            cli::logging::start(cli.verbose, None);
            sim(&SimOptions { dir: dir.clone(), scenario: scenario.clone(), port: *port }).await
        }
        Some(command) => return cli::run(cli, command).await,
    };
    match result {
        Ok(()) => 0,
        Err(error) => cli::fail(output, &error, false),
    }
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
