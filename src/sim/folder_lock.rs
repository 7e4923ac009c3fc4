//! One embedded cloud at a time has a folder: two would overwrite each other's `cloud.json`.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::SimError;

/// Holds the folder until dropped. The system lets go of it when the process ends, however that happens; the file
/// that stays behind locks nothing.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "held, never read")] File);

impl FolderLock {
    /// Takes the folder, or says who has it.
    pub fn take(dir: &Path) -> Result<Self, SimError> {
        let path = dir.join("sim.lock");
        let write = |source| SimError::Write { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(write)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() { "unknown".to_owned() } else { holder };
                return Err(SimError::FolderTaken { dir: dir.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(write(source)),
        }
        // For the sentence that a second one gets.
        let note = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        note.map_err(write)?;
        Ok(Self(file))
    }
}
