//! The OpenClaw config that every machine of a team starts with and is held to.

use std::path::Path;

use serde_json::Value;

use super::{OpsError, Session, assets};
use crate::fleet::config;

/// The team's own, beside team.json.
const FILE: &str = "openclaw.template.json";

/// The named file, else `openclaw.template.json` beside team.json, else the shipped one.
pub fn template(session: &Session, file: Option<&Path>) -> Result<Value, OpsError> {
    let beside = session.settings().team.with_file_name(FILE);
    match file {
        Some(file) => read(file),
        None if beside.exists() => read(&beside),
        None => assets::openclaw_config(),
    }
}

fn read(file: &Path) -> Result<Value, OpsError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| {
        OpsError::input(format!("{shown} can't be read: {e}"), "name a file with an OpenClaw config in JSON")
    })?;
    let patch: Value = serde_json::from_str(&text).map_err(|e| {
        OpsError::input(format!("{shown}, line {}, column {}: not valid JSON", e.line(), e.column()), "mend the JSON")
            .caused_by(e)
    })?;
    config::check(&patch).map_err(|e| OpsError::input(format!("{shown}: {e}"), "take it out of the file"))?;
    Ok(patch)
}
