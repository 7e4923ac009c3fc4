//! Sealing: what comes piece by piece goes encrypted into a file.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use age::{Encryptor, ssh, x25519};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{Mark, Measure};
use crate::ops::{OpsError, key};

/// Who can open an archive. Public keys only.
pub struct Recipients(Vec<Box<dyn age::Recipient + Send + Sync>>);

impl Recipients {
    /// The given ones (`age1…` or a public SSH key), or else the operator's SSH keys.
    pub fn new(given: &[String], keys: &[PathBuf]) -> Result<Self, OpsError> {
        let lines: Vec<String> = match given {
            [] => keys.iter().filter_map(|path| key::public(path).ok()).collect(),
            some => some.to_vec(),
        };
        let all = lines.iter().map(|line| recipient(line)).collect::<Result<Vec<_>, _>>();
        match all {
            Ok(all) if all.is_empty() => {
                Err(OpsError::input("there is no key to encrypt the archive to", "give one with --recipient age1…"))
            }
            Ok(all) => Ok(Self(all)),
            Err(error) => Err(error),
        }
    }
}

fn recipient(line: &str) -> Result<Box<dyn age::Recipient + Send + Sync>, OpsError> {
    if let Ok(recipient) = x25519::Recipient::from_str(line) {
        return Ok(Box::new(recipient));
    }
    match ssh::Recipient::from_str(line) {
        Ok(recipient) => Ok(Box::new(recipient)),
        Err(_) => {
            let shown: String = line.chars().take(40).collect();
            Err(OpsError::input(
                format!("`{shown}` is no key that age can encrypt to"),
                "give --recipient age1…, or a public SSH key of the kind ssh-ed25519 or ssh-rsa",
            ))
        }
    }
}

/// Encrypts whose it is and everything that comes into `file`, until the sender is dropped; measures what came. Blocks.
pub fn seal(
    file: &File,
    shown: &Path,
    to: &Recipients,
    mark: &Mark,
    mut from: mpsc::Receiver<Vec<u8>>,
) -> Result<Measure, OpsError> {
    let fail = |why: String| OpsError::failed(format!("{} can't be written: {why}", shown.display()));
    let recipients = to.0.iter().map(|r| &**r as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|e| fail(e.to_string()))?;
    let mut sealed = encryptor.wrap_output(BufWriter::new(file)).map_err(|e| fail(e.to_string()))?;
    sealed.write_all(&mark.bytes()).map_err(|e| fail(e.to_string()))?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    while let Some(piece) = from.blocking_recv() {
        digest.update(&piece);
        bytes += piece.len() as u64;
        sealed.write_all(&piece).map_err(|e| fail(e.to_string()))?;
    }
    let finished = sealed.finish().and_then(|mut out| out.flush()).and_then(|()| file.sync_all());
    finished.map_err(|e| fail(e.to_string()))?;
    let sha256 = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Measure { bytes, sha256 })
}
