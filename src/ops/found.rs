//! The first team.json and secrets.json.

use std::{io::Write, path::Path};

use super::{OpsError, Session, private};

/// Writes both as new files; one that is there is left alone, and then neither is written.
pub fn found(session: &Session, team: &str, secrets: Option<&str>) -> Result<(), OpsError> {
    session.may_change()?;
    let settings = session.settings();
    let taken = [Some(&settings.team), secrets.map(|_| &settings.secrets)];
    if let Some(path) = taken.into_iter().flatten().find(|path| path.exists()) {
        let message = format!("{} is there already; nothing was written", path.display());
        return Err(OpsError::input(message, "move it away, or leave the first run with esc"));
    }
    if let Some(secrets) = secrets {
        write(&settings.secrets, secrets)?;
    }
    write(&settings.team, team)
}

fn write(path: &Path, text: &str) -> Result<(), OpsError> {
    let written = private::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| OpsError::failed(format!("{} can't be written: {e}", path.display())))
}
