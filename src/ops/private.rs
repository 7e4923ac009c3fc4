//! Files and folders that only their owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Opens it as `options` say; one that this makes has mode 0600.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// A new file to write to; one that is there is left alone ([`io::ErrorKind::AlreadyExists`]).
pub fn create_new(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).create_new(true), path)
}

/// Makes a folder and those above it with mode 0700; one that is there gets this mode.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        // Never open to others, not even for the moment before the mode of one that was there is set.
        folder.mode(0o700).create(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    folder.create(path)
}
