//! Opening: a sealed file comes out piece by piece, for memory only.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use age::{DecryptError, Decryptor, IdentityFile, ssh};
use tokio::sync::mpsc;

use super::{Mark, PIECE};
use crate::ops::OpsError;

/// Private keys that may open an archive.
pub struct Identities(Vec<Box<dyn age::Identity>>);

impl Identities {
    /// Private SSH keys, or files with `AGE-SECRET-KEY-1…`. A key that can't be used is an error when it was named,
    /// and left out otherwise.
    pub fn read(named: &[PathBuf], keys: &[PathBuf]) -> Result<Self, OpsError> {
        let mut all = Vec::new();
        for path in named {
            all.extend(identities(path)?);
        }
        if named.is_empty() {
            all.extend(keys.iter().filter_map(|path| identities(path).ok()).flatten());
        }
        if all.is_empty() {
            return Err(OpsError::input("there is no key to open the archive with", "give one with --identity FILE"));
        }
        Ok(Self(all))
    }
}

fn identities(path: &Path) -> Result<Vec<Box<dyn age::Identity>>, OpsError> {
    let shown = path.display();
    let fail = |why: String| {
        let remedy = "name a private SSH key without passphrase, or a file with an age key, with --identity FILE";
        OpsError::input(format!("the key {shown} can't be used: {why}"), remedy)
    };
    let text = zeroize::Zeroizing::new(std::fs::read(path).map_err(|e| fail(e.to_string()))?);
    if text.windows(15).any(|w| w == b"AGE-SECRET-KEY-") {
        let file = IdentityFile::from_buffer(&text[..]).map_err(|e| fail(e.to_string()))?;
        return file.into_identities().map_err(|e| fail(e.to_string()));
    }
    match ssh::Identity::from_buffer(&text[..], Some(shown.to_string())) {
        Ok(identity @ ssh::Identity::Unencrypted(_)) => Ok(vec![Box::new(identity)]),
        Ok(ssh::Identity::Encrypted(_)) => Err(fail("it is locked with a passphrase".into())),
        Ok(ssh::Identity::Unsupported(_)) => Err(fail("age knows ssh-ed25519 and ssh-rsa only".into())),
        Err(e) => Err(fail(e.to_string())),
    }
}

/// Sends the archive that `file` holds, and says whose it is, if it does. Blocks; ends early when nobody listens. The
/// end is only right when it returns `Ok`.
pub fn open(file: &Path, with: &Identities, to: &mpsc::Sender<Vec<u8>>) -> Result<Option<Mark>, OpsError> {
    let fail = |why: String, remedy: &str| OpsError::input(format!("{}: {why}", file.display()), remedy);
    let sealed = File::open(file).map_err(|e| fail(e.to_string(), "name an archive that claw backup made"))?;
    let made_by_claw = "name an archive that claw backup made; this one is damaged or something else";
    let decryptor = Decryptor::new_buffered(BufReader::new(sealed)).map_err(|e| fail(e.to_string(), made_by_claw))?;
    let mut opened = decryptor.decrypt(with.0.iter().map(|i| &**i)).map_err(|e| match e {
        DecryptError::NoMatchingKeys => fail("none of your keys opens it".into(), "give the key with --identity FILE"),
        e => fail(e.to_string(), made_by_claw),
    })?;
    let (mut mark, mut is_first) = (None, true);
    loop {
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        while filled < PIECE {
            match opened.read(&mut piece[filled..]).map_err(|e| fail(e.to_string(), made_by_claw))? {
                0 => break,
                n => filled += n,
            }
        }
        piece.truncate(filled);
        if std::mem::take(&mut is_first) {
            mark = Mark::take(&mut piece);
        }
        if filled == 0 || to.blocking_send(piece).is_err() {
            return Ok(mark);
        }
    }
}
