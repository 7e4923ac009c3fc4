//! A machine's disk: a few files that grow. Followers learn of every change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// Bytes a file may have; a machine in a test must not eat its host's memory.
const FILE_LIMIT: usize = 16 * 1024 * 1024;

/// The bootstrap's log.
pub const SETUP_LOG: &str = "/var/log/openclaw-setup.log";
/// The gateway's log.
pub const GATEWAY_LOG: &str = "/home/openclaw/.openclaw/gateway.log";
/// The gateway's token; on tmpfs, so gone after power off.
pub const TOKEN: &str = "/run/openclaw/secrets/gateway-token";
/// The gateway's user.
pub const GATEWAY_USER: &str = "openclaw";

/// Why a file can't be used; `errno`'s own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    #[error("No such file or directory")]
    Missing,
    #[error("Permission denied")]
    Denied,
    #[error("File exists")]
    Exists,
    #[error("No space left on device")]
    Full,
}

#[derive(Clone, Debug)]
pub struct File {
    pub bytes: Vec<u8>,
    pub owner: String,
    /// Permission bits.
    pub mode: u32,
}

#[derive(Default)]
struct Tree {
    files: BTreeMap<String, File>,
    folders: BTreeSet<String>,
}

pub struct Disk {
    tree: Mutex<Tree>,
    changes: watch::Sender<u64>,
}

impl Disk {
    /// With a home for `admin` and the usual folders.
    pub fn new(admin: &str) -> Self {
        let folders = ["/tmp".to_owned(), format!("/home/{admin}")].into();
        Self { tree: Mutex::new(Tree { files: BTreeMap::new(), folders }), changes: watch::Sender::new(0) }
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Ticks at every change of any file.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Replaces a file.
    pub fn put(&self, path: &str, owner: &str, mode: u32, bytes: &[u8]) {
        self.tree().files.insert(path.to_owned(), File { bytes: bytes.to_vec(), owner: owner.to_owned(), mode });
        self.changed();
    }

    /// Takes a file away, if it is there.
    pub fn forget(&self, path: &str) {
        self.tree().files.remove(path);
        self.changed();
    }

    /// Appends a line to a log, which is made when missing.
    pub fn log(&self, path: &str, owner: &str, mode: u32, line: &str) {
        let mut tree = self.tree();
        let new = || File { bytes: Vec::new(), owner: owner.to_owned(), mode };
        let file = tree.files.entry(path.to_owned()).or_insert_with(new);
        if file.bytes.len() + line.len() < FILE_LIMIT {
            file.bytes.extend_from_slice(line.as_bytes());
            file.bytes.push(b'\n');
        }
        drop(tree);
        self.changed();
    }

    /// A file as `user` may read it.
    pub fn read(&self, path: &str, user: &str) -> Result<File, DiskError> {
        self.read_from(path, user, 0)
    }

    /// The same, its bytes only from `offset` on.
    pub fn read_from(&self, path: &str, user: &str, offset: usize) -> Result<File, DiskError> {
        let tree = self.tree();
        let hidden = path.starts_with("/home/openclaw/") || path.starts_with("/run/openclaw/");
        if hidden && user != GATEWAY_USER && user != "root" {
            return Err(DiskError::Denied);
        }
        let file = tree.files.get(path).ok_or(DiskError::Missing)?;
        let readable = user == "root" || file.mode & if file.owner == user { 0o400 } else { 0o004 } != 0;
        if !readable {
            return Err(DiskError::Denied);
        }
        let bytes = file.bytes.get(offset..).unwrap_or_default().to_vec();
        Ok(File { bytes, owner: file.owner.clone(), mode: file.mode })
    }

    /// The first file outside of tmpfs that `is_it` says yes to.
    pub fn lasting_file(&self, mut is_it: impl FnMut(&[u8]) -> bool) -> Option<String> {
        let tree = self.tree();
        let mut lasting = tree.files.iter().filter(|(path, _)| !path.starts_with("/run/"));
        lasting.find(|(_, file)| is_it(&file.bytes)).map(|(path, _)| path.clone())
    }

    pub fn size(&self, path: &str) -> Option<usize> {
        self.tree().files.get(path).map(|file| file.bytes.len())
    }

    pub fn is_folder(&self, path: &str) -> bool {
        self.tree().folders.contains(path)
    }

    pub fn make_folder(&self, path: &str, user: &str) -> Result<(), DiskError> {
        let mut tree = self.tree();
        writable(&tree, path, user)?;
        tree.folders.insert(path.to_owned()).then_some(()).ok_or(DiskError::Exists)
    }

    /// Makes a file, or empties one when `exclusive` does not forbid it.
    pub fn create(&self, path: &str, user: &str, mode: u32, exclusive: bool) -> Result<(), DiskError> {
        let mut tree = self.tree();
        writable(&tree, path, user)?;
        if exclusive && tree.files.contains_key(path) {
            return Err(DiskError::Exists);
        }
        tree.files.insert(path.to_owned(), File { bytes: Vec::new(), owner: user.to_owned(), mode });
        drop(tree);
        self.changed();
        Ok(())
    }

    pub fn write(&self, path: &str, user: &str, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        self.change(path, user, |file| {
            let end = offset.checked_add(bytes.len()).filter(|end| *end <= FILE_LIMIT).ok_or(DiskError::Full)?;
            file.bytes.resize(file.bytes.len().max(end), 0);
            file.bytes[offset..end].copy_from_slice(bytes);
            Ok(())
        })
    }

    pub fn set_mode(&self, path: &str, user: &str, mode: u32) -> Result<(), DiskError> {
        self.change(path, user, |file| {
            file.mode = mode & 0o7777;
            Ok(())
        })
    }

    fn change(
        &self,
        path: &str,
        user: &str,
        change: impl FnOnce(&mut File) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let mut tree = self.tree();
        let file = tree.files.get_mut(path).ok_or(DiskError::Missing)?;
        if file.owner != user {
            return Err(DiskError::Denied);
        }
        change(file)?;
        drop(tree);
        self.changed();
        Ok(())
    }

    pub fn remove(&self, path: &str, user: &str) -> Result<(), DiskError> {
        let mut tree = self.tree();
        writable(&tree, path, user)?;
        tree.files.remove(path).map(|_| ()).ok_or(DiskError::Missing)
    }

    /// Renames; replaces the target only when told to.
    pub fn rename(&self, from: &str, to: &str, user: &str, replace: bool) -> Result<(), DiskError> {
        let mut tree = self.tree();
        writable(&tree, from, user)?;
        writable(&tree, to, user)?;
        if !replace && tree.files.contains_key(to) {
            return Err(DiskError::Exists);
        }
        let file = tree.files.remove(from).ok_or(DiskError::Missing)?;
        tree.files.insert(to.to_owned(), file);
        drop(tree);
        self.changed();
        Ok(())
    }

    /// What power off does to tmpfs.
    pub fn forget_tmpfs(&self) {
        self.tree().files.retain(|path, _| !path.starts_with("/run/"));
        self.changed();
    }
}

/// Whether `user` may make, rename or remove `path`: its folder must exist and not be somebody else's.
fn writable(tree: &Tree, path: &str, user: &str) -> Result<(), DiskError> {
    let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    if !(folder.starts_with("/tmp") || folder.starts_with(&format!("/home/{user}"))) {
        return Err(DiskError::Denied);
    }
    tree.folders.contains(folder).then_some(()).ok_or(DiskError::Missing)
}
