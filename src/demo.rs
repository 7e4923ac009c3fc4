//! `claw demo`: the window on an embedded cloud of its own, with the example team.

use std::{os::unix::fs::PermissionsExt, path::Path};

use claw::{
    cli::{self, args::Cli},
    ops::{OpsError, Overrides, Settings},
    sim::{Sim, SimError, SimOptions},
    tui::{self, WindowOptions},
};

const TEAM: &str = include_str!("../team.example.json");
const SECRETS: &str = include_str!("../secrets.example.json");
/// Offered by the window's push key: a shorter heartbeat than the machines start with.
const CONFIG: &str = r#"{ "agents": { "defaults": { "heartbeat": { "every": "15m" } } } }
"#;

pub async fn run(cli: &Cli) -> Result<(), OpsError> {
    let folder = tempfile::Builder::new()
        .prefix("claw-demo-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir()
        .map_err(|e| OpsError::failed(format!("can't make a temporary folder: {e}")))?;
    let put = |name: &str, text: &str| write(&folder.path().join(name), text);
    let config = folder.path().join("openclaw.json");
    put("secrets.json", SECRETS)?;
    put("openclaw.json", CONFIG)?;
    let team = match &cli.globals.team {
        Some(team) => team.clone(),
        None => {
            put("team.json", TEAM)?;
            folder.path().join("team.json")
        }
    };
    let options = SimOptions { dir: folder.path().join("cloud"), scenario: None, port: 0 };
    let sim = Sim::start(&options).await.map_err(explain)?;
    let overrides = Overrides {
        cloud: Some(sim.cloud_file.display().to_string()),
        team: Some(team),
        secrets: Some(folder.path().join("secrets.json")),
        data: Some(folder.path().join("data")),
        ..cli::overrides(cli)
    };
    let title = Some("embedded cloud".to_owned());
    let options =
        WindowOptions { plan_first: true, title, config_file: Some(config), record: cli.globals.record.clone() };
    tui::open(Settings::load(&overrides)?, options)?.run().await
}

fn write(path: &Path, text: &str) -> Result<(), OpsError> {
    std::fs::write(path, text).map_err(|e| OpsError::failed(format!("can't write {}: {e}", path.display())))
}

/// What went wrong with the embedded cloud, and what to do.
pub fn explain(error: SimError) -> OpsError {
    let remedy = match &error {
        SimError::Listen { .. } => "another program uses that port: leave --port away, and a free one is taken",
        SimError::Scenario { .. } => "mend the scenario, or leave --scenario away",
        SimError::FolderTaken { .. } => "use that one, end it, or choose another folder with --dir",
        _ => "choose a folder that you may write with --dir",
    };
    OpsError::input(error.to_string(), remedy)
}
