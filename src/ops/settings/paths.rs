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

/// The folder for claw's data. One that is there keeps its mode, as somebody may have named a folder that others read;
/// what claw makes in it is its owner's alone. Where everybody may write, others could make those files first.
pub fn data_at(path: &Path) -> Result<(), OpsError> {
    if !path.is_dir() {
        return make_private(path);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o002 != 0) {
            let message = format!("everybody may write in {}, which is to hold claw's data", path.display());
            return Err(OpsError::input(message, "name a folder of your own with --data DIR, or chmod o-w this one"));
        }
    }
    Ok(())
}

/// Makes a folder that only its owner may enter.
pub fn make_private(path: &Path) -> Result<(), OpsError> {
    let fail = |e: std::io::Error| {
        OpsError::input(format!("can't make the folder {}: {e}", path.display()), "choose another with --data DIR")
    };
    private::folder(path).map_err(fail)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_was_there_keeps_its_mode_or_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let named = root.path().join("named");
        std::fs::create_dir(&named).unwrap();
        for (before, refused) in [(0o755, false), (0o770, false), (0o1777, true)] {
            std::fs::set_permissions(&named, std::fs::Permissions::from_mode(before)).unwrap();
            assert_eq!((data_at(&named).is_err(), mode(&named)), (refused, before));
        }
        let new = root.path().join("new/data");
        data_at(&new).unwrap();
        assert_eq!((mode(&new), mode(new.parent().unwrap())), (0o700, 0o700));
    }
}
