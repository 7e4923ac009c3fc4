//! Files that grow, and who waits for them to.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// Not a path anybody can open: the serial port's memory.
pub const CONSOLE: &str = "console";
pub const BOOTSTRAP_LOG: &str = "/var/log/openclaw-setup.log";
pub const GATEWAY_LOG: &str = "/home/openclaw/.openclaw/gateway.log";
pub const TOKEN: &str = "/run/openclaw/secrets/gateway-token";
/// Azure keeps about a megabyte of the console (azure.md §1.12).
const CONSOLE_LIMIT: usize = 1 << 20;
const FILE_LIMIT: usize = 16 << 20;

pub struct Disk {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    changed: watch::Sender<u64>,
}

impl Default for Disk {
    fn default() -> Self {
        Self { files: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Disk {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line; the console forgets its oldest ones, a full file takes no more.
    pub fn append(&self, path: &str, line: &str) {
        {
            let mut files = self.files();
            let file = files.entry(path.to_owned()).or_default();
            if file.len() + line.len() >= FILE_LIMIT {
                return;
            }
            file.extend_from_slice(line.as_bytes());
            file.push(b'\n');
            if path == CONSOLE && file.len() > CONSOLE_LIMIT {
                let cut = file.len() - CONSOLE_LIMIT;
                let cut = file[cut..].iter().position(|b| *b == b'\n').map_or(cut, |at| cut + at + 1);
                file.drain(..cut);
            }
        }
        self.changed.send_modify(|n| *n += 1);
    }

    pub fn write(&self, path: &str, bytes: Vec<u8>) {
        self.files().insert(path.to_owned(), bytes);
        self.changed.send_modify(|n| *n += 1);
    }

    pub fn remove(&self, path: &str) -> Option<Vec<u8>> {
        self.files().remove(path)
    }

    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.files().get(path).cloned()
    }

    /// Bytes from an offset on; `None` when there is no such file.
    pub fn read_from(&self, path: &str, offset: usize) -> Option<Vec<u8>> {
        self.files().get(path).map(|f| f.get(offset..).unwrap_or_default().to_vec())
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.read(path).unwrap_or_default()).into_owned()
    }

    /// Changes whenever any file does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
