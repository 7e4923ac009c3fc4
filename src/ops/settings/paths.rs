//! Files and folders that settings name.

use std::path::{Path, PathBuf};

use super::{
    super::{OpsError, private},
    origin::Sourced,
};

/// `~/x` is in the home folder.
pub fn expand(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

/// The platform's folder for claw's data.
pub fn data_folder() -> Result<PathBuf, OpsError> {
    directories::ProjectDirs::from("", "", "claw").map(|dirs| dirs.data_dir().to_owned()).ok_or_else(|| {
        OpsError::input("there is no home folder to keep claw's data in", "set CLAW_DATA or --data to a folder")
    })
}

/// The private key that a setting names.
pub fn existing_key(named: &Sourced<PathBuf>) -> Result<PathBuf, OpsError> {
    // A public key named by mistake is the private one's neighbour.
    let is_public = named.value.extension().is_some_and(|e| e == "pub");
    let path = if is_public { named.value.with_extension("") } else { named.value.clone() };
    if path.is_file() {
        return Ok(path);
    }
    let message = format!("there is no SSH key at {} ({})", path.display(), named.origin);
    Err(OpsError::input(message, "name a private key, or none: claw then makes one of its own"))
}

/// Makes a folder that only its owner may enter.
pub fn make_private(path: &Path) -> Result<(), OpsError> {
    let fail = |e: std::io::Error| {
        OpsError::input(format!("can't make the folder {}: {e}", path.display()), "choose another with --data DIR")
    };
    private::folder(path).map_err(fail)
}
