//! `claw schema NAME`: the JSON Schema of a file that claw reads, or of what it prints.

use super::Output;
use crate::ops::OpsError;

/// A schema and what it is called.
macro_rules! schemas {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../assets/schema/", $name, ".v1.json")))),*]
    };
}

/// All of `assets/schema`: the files that people write first, then documents and events.
pub const SCHEMAS: [(&str, &str); 37] = schemas!(
    "team",
    "secrets-file",
    "openclaw-config",
    "event",
    "error",
    "activity",
    "allow",
    "backup",
    "completions",
    "config-diff",
    "config-push",
    "config-rollback",
    "cost",
    "device",
    "device-change",
    "device-channel",
    "device-channels",
    "devices",
    "down",
    "exec",
    "idle",
    "invite",
    "logs",
    "man",
    "open",
    "plan",
    "power",
    "preflight",
    "restore",
    "secrets",
    "settings",
    "sim",
    "ssh-config",
    "status",
    "up",
    "upgrade",
    "verify",
);

/// What people call them on the command line.
const CALLED: [(&str, &str); 3] = [("secrets", "secrets-file"), ("config", "openclaw-config"), ("events", "event")];

/// Prints one; `--document` takes the printed document where a file has the same name.
pub fn run(name: &str, document: bool, output: &Output) -> Result<u8, OpsError> {
    let called = CALLED.iter().find(|(called, _)| *called == name && !document).map_or(name, |(_, file)| file);
    let Some((_, text)) = SCHEMAS.iter().find(|(known, _)| *known == called) else {
        let known: Vec<_> = SCHEMAS.iter().map(|(known, _)| *known).collect();
        let remedy = format!("team, secrets, config and events, or a document: {}", known.join(", "));
        return Err(OpsError::input(format!("there is no schema `{name}`"), remedy));
    };
    // A schema is JSON in either mode.
    output.document(text);
    Ok(0)
}
