//! Who we are to a machine: private key files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::{
    client::{AuthResult, Handle, Handler},
    keys::{Error as KeyError, HashAlg, PrivateKey, PrivateKeyWithHashAlg},
};
use zeroize::Zeroizing;

/// Private keys that could be read, and a sentence for each that couldn't.
#[derive(Default)]
pub struct Keys {
    usable: Vec<(PathBuf, Arc<PrivateKey>)>,
    problems: Vec<String>,
}

/// Why nobody is signed in.
#[derive(Debug)]
pub enum AuthFailure {
    /// Everything there is was tried; the words say what.
    Rejected(String),
    Connection(russh::Error),
}

/// Reads key files in OpenSSH, PKCS#8 or PKCS#1 form.
pub async fn load(files: &[PathBuf]) -> Keys {
    let mut keys = Keys::default();
    for file in files {
        match read(file).await {
            Ok(key) => keys.usable.push((file.clone(), Arc::new(key))),
            Err(problem) => keys.problems.push(problem),
        }
    }
    if files.is_empty() {
        keys.problems.push("no private key is configured".to_owned());
    }
    keys
}

async fn read(file: &Path) -> Result<PrivateKey, String> {
    let shown = file.display();
    let text = tokio::fs::read_to_string(file).await.map_err(|e| format!("{shown} can't be read ({e})"))?;
    russh::keys::decode_secret_key(&Zeroizing::new(text), None).map_err(|e| match e {
        KeyError::KeyIsEncrypted => {
            format!("{shown} is protected by a passphrase, which claw can't ask for: name a key file without one")
        }
        KeyError::CouldNotReadKey => format!("{shown} is no private key"),
        e => format!("{shown} is no usable private key ({e})"),
    })
}

impl Keys {
    /// Words about what there is to try, when there is nothing.
    pub fn nothing(&self) -> Option<String> {
        self.usable.is_empty().then(|| self.problems.join("; "))
    }

    /// Offers each key in order. RSA keys sign with SHA-512 (RFC 8332), never SHA-1.
    pub async fn sign_in<H: Handler>(&self, handle: &mut Handle<H>, user: &str) -> Result<(), AuthFailure> {
        for (tried, (_, key)) in self.usable.iter().enumerate() {
            let key = PrivateKeyWithHashAlg::new(Arc::clone(key), Some(HashAlg::Sha512));
            match handle.authenticate_publickey(user, key).await {
                Ok(AuthResult::Success) => return Ok(()),
                // sshd hangs up after MaxAuthTries.
                Ok(AuthResult::Failure { .. }) if handle.is_closed() => break,
                Ok(AuthResult::Failure { .. }) => {}
                Err(_) if tried > 0 => break,
                Err(error) => return Err(AuthFailure::Connection(error)),
            }
        }
        let mut words: Vec<String> =
            self.usable.iter().map(|(file, _)| format!("{} was not accepted", file.display())).collect();
        words.extend(self.problems.iter().cloned());
        Err(AuthFailure::Rejected(words.join("; ")))
    }
}
