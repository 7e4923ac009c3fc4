//! Private keys that lie in files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::keys::{Error as KeyError, PrivateKey};
use zeroize::Zeroizing;

/// Keys that could be read, with their files; a sentence for each that couldn't.
pub type KeyFiles = (Vec<(PathBuf, Arc<PrivateKey>)>, Vec<String>);

/// Reads key files in OpenSSH, PKCS#8 or PKCS#1 form.
pub fn load(files: &[PathBuf]) -> KeyFiles {
    let (mut keys, mut problems) = KeyFiles::default();
    for file in files {
        match read(file) {
            Ok(key) => keys.push((file.clone(), Arc::new(key))),
            Err(problem) => problems.push(problem),
        }
    }
    if files.is_empty() {
        problems.push("no private key is configured".to_owned());
    }
    (keys, problems)
}

/// One private key without a passphrase. It is small and lies nearby: another thread would take longer.
pub fn read(file: &Path) -> Result<PrivateKey, String> {
    let shown = file.display();
    // A pipe would keep the thread for as long as nobody writes.
    if std::fs::metadata(file).is_ok_and(|there| !there.is_file()) {
        return Err(format!("{shown} is no file"));
    }
    let text = std::fs::read_to_string(file).map_err(|e| format!("{shown} can't be read ({e})"))?;
    russh::keys::decode_secret_key(&Zeroizing::new(text), None).map_err(|e| match e {
        KeyError::KeyIsEncrypted => {
            format!("{shown} is protected by a passphrase, which claw can't ask for: name a key file without one, or add it to an SSH agent")
        }
        KeyError::CouldNotReadKey => format!("{shown} is no private key"),
        e => format!("{shown} is no usable private key ({e})"),
    })
}
