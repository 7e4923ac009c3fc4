//! What the machines were called when claw last saw them: for completions, which ask nobody.

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    OpsError,
    settings::{Overrides, data_folder_of},
};
use crate::fleet::{instance::Instance, seen::Seen};

const FILE: &str = "machines.json";

/// One machine, by the names that commands take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name people use for it.
    pub name: String,
    pub email: Option<String>,
}

/// Keeps the names in claw's own folder. A folder that can't be written costs completions, nothing else.
pub(super) fn keep(data: &Path, machines: &Seen<Vec<Instance>>) {
    let name = |i: &Instance| Name { name: i.short().to_owned(), email: i.email.clone() };
    let names = Seen::new(machines.value.iter().map(name).collect::<Vec<_>>(), machines.at);
    if let Err(error) = write(data, &names) {
        tracing::warn!(%error, "the names of the machines could not be kept");
    }
}

fn write(data: &Path, names: &Seen<Vec<Name>>) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    file.write_all(&serde_json::to_vec(names)?)?;
    file.persist(data.join(FILE)).map_err(|e| e.error)?;
    Ok(())
}

/// The names of the last time; none where there was none. Makes no folder and asks nobody.
pub fn names(overrides: &Overrides) -> Result<Vec<Name>, OpsError> {
    let path = data_folder_of(overrides)?.join(FILE);
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|e| OpsError::failed(format!("{} can't be read: {e}", path.display())))?,
    };
    let seen: Seen<Vec<Name>> = serde_json::from_slice(&text)
        .map_err(|e| OpsError::failed(format!("{} is no list of machines: {e}", path.display())))?;
    Ok(seen.value)
}
