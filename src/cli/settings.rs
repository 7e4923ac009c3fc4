//! Settings as flags, and `claw status --explain-config`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{
    Output,
    args::{Cli, Command},
    table::table,
};
use crate::ops::{OpsError, Overrides, Session, settings};

/// Flags that win over team.json, `.env` and the environment.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings (they win over the environment, .env and team.json)")]
pub struct SettingArgs {
    /// The subscription's GUID [env: AZURE_SUBSCRIPTION]
    #[arg(long, global = true, value_name = "GUID")]
    pub subscription: Option<String>,
    /// The fleet's resource group [env: RESOURCE_GROUP]
    #[arg(long, global = true, value_name = "NAME")]
    pub group: Option<String>,
    /// Where the fleet stands, e.g. eastus2 [env: LOCATION]
    #[arg(long, global = true, value_name = "NAME")]
    pub location: Option<String>,
    /// A private SSH key [env: SSH_KEY_PATH] [default: one that claw makes]
    #[arg(long, global = true, value_name = "FILE")]
    pub ssh_key: Option<PathBuf>,
    /// The administrator on the machines [env: ADMIN_USERNAME] [default: clawadmin]
    #[arg(long, global = true, value_name = "NAME")]
    pub admin_username: Option<String>,
    /// How to sign in [default: what the cloud file or the environment offers, else cli]
    #[arg(long, global = true, value_name = "KIND",
          value_parser = ["cli", "managed-identity", "workload-identity", "environment"])]
    pub credential: Option<String>,
    /// Certificate authorities to trust beside the platform's, as PEM [env: SSL_CERT_FILE, REQUESTS_CA_BUNDLE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// What the command line says of the settings.
pub fn overrides(cli: &Cli) -> Overrides {
    let SettingArgs { subscription, group, location, ssh_key, admin_username, credential, ca } =
        cli.globals.settings.clone();
    Overrides {
        cloud: cli.globals.cloud.clone(),
        team: cli.globals.team.clone(),
        secrets: cli.globals.secrets.clone(),
        data: cli.globals.data.clone(),
        read_only: cli.globals.read_only,
        subscription,
        group,
        location,
        ssh_key,
        admin_username,
        credential,
        ca,
        accept_new_host_key: cli.command.as_ref().is_some_and(Command::accepts_new_host_key),
    }
}

/// Prints every setting with its origin. Asks nobody.
pub fn explain(session: &Session, output: &Output) -> Result<u8, OpsError> {
    let file = session.team_file()?.unwrap_or_default();
    let rows = settings::explain(session.settings(), &file.team)?;
    output.result("settings", &json!({"settings": rows}), || {
        let rows = rows.iter().map(|r| [r.name.clone(), r.value.clone().unwrap_or_default(), r.origin.to_string()]);
        table(["SETTING", "VALUE", "FROM"], rows)
    });
    Ok(0)
}
