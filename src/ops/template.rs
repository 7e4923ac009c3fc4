//! The OpenClaw config that every machine of a team starts with and is held to.

use std::{io::Read, path::Path};

use serde_json::Value;

use super::{OpsError, Session, assets};
use crate::fleet::config;

/// The team's own, beside team.json.
const FILE: &str = "openclaw.template.json";

/// Bytes of a config: one that a gateway can't take in one message must not be begun.
const LARGEST: u64 = 1024 * 1024;

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
    let mut text = String::new();
    let opened = std::fs::File::open(file).map(|file| file.take(LARGEST + 1));
    let read = opened.and_then(|mut file| file.read_to_string(&mut text));
    read.map_err(|e| {
        OpsError::input(format!("{shown} can't be read: {e}"), "name a file with an OpenClaw config in JSON")
    })?;
    if text.len() as u64 > LARGEST {
        let message = format!("{shown} is larger than 1 MiB, which no gateway takes");
        return Err(OpsError::input(message, "name a file with an OpenClaw config in JSON"));
    }
    let patch: Value = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|e| {
        OpsError::input(format!("{shown}, line {}, column {}: not valid JSON", e.line(), e.column()), "mend the JSON")
            .caused_by(e)
    })?;
    config::check(&patch).map_err(|e| OpsError::input(format!("{shown}: {e}"), e.remedy()))?;
    Ok(patch)
}
