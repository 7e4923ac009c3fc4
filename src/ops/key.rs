//! claw's own SSH key, made once.

use std::path::{Path, PathBuf};

use russh::keys::{PrivateKey, PublicKey, ssh_key::LineEnding};

use super::{OpsError, settings::make_private};

/// The private key `ssh/id_ed25519` in claw's data folder; made with mode 0600 when absent.
pub fn own(data: &Path) -> Result<PathBuf, OpsError> {
    let folder = data.join("ssh");
    make_private(&folder)?;
    let path = folder.join("id_ed25519");
    if path.exists() {
        return Ok(path);
    }
    let fail = |why: String| OpsError::failed(format!("can't make an SSH key at {}: {why}", path.display()));
    let mut seed = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut seed);
    let pair = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&seed);
    zeroize::Zeroize::zeroize(&mut seed);
    let mut key = PrivateKey::from(pair);
    key.set_comment("claw");
    // Written under another name first, so that a crash leaves no half key behind.
    let fresh = tempfile::NamedTempFile::new_in(&folder).map_err(|e| fail(e.to_string()))?;
    let text = key.to_openssh(LineEnding::LF).map_err(|e| fail(e.to_string()))?;
    std::fs::write(fresh.path(), text.as_bytes()).map_err(|e| fail(e.to_string()))?;
    match fresh.persist_noclobber(&path) {
        Ok(_) => Ok(path),
        // Another claw was quicker: its key is as good.
        Err(_) if path.exists() => Ok(path),
        Err(e) => Err(fail(e.to_string())),
    }
}

/// The public half as `ssh-ed25519 AAAA… comment`: the key's own, or what the `.pub` beside it says where the key does
/// not tell. Another one's `.pub` would let another one in.
pub fn public(path: &Path) -> Result<String, OpsError> {
    let key = russh::keys::ssh_key::PrivateKey::read_openssh_file(path);
    if let Ok(line) = key.as_ref().map_err(drop).and_then(|key| key.public_key().to_openssh().map_err(drop)) {
        return Ok(line);
    }
    let beside = path.with_extension("pub");
    if let Ok(text) = std::fs::read_to_string(&beside)
        && let Ok(key) = PublicKey::from_openssh(text.trim())
        && let Ok(line) = key.to_openssh()
    {
        return Ok(line);
    }
    let why = key.err().map_or_else(|| "it has no public half".to_owned(), |e| e.to_string());
    let message = format!("the SSH key {} can't be used: {why}", path.display());
    Err(OpsError::input(message, "name another with SSH_KEY_PATH"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_private_and_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = own(folder.path()).unwrap();
        let line = public(&path).unwrap();
        assert!(line.starts_with("ssh-ed25519 AAAA"), "{line}");
        assert_eq!(public(&own(folder.path()).unwrap()).unwrap(), line);
        // Somebody else's public half beside it says nothing; beside what is no OpenSSH key it is all there is.
        let other = tempfile::tempdir().unwrap();
        let theirs = public(&own(other.path()).unwrap()).unwrap();
        std::fs::write(path.with_extension("pub"), &theirs).unwrap();
        assert_eq!(public(&path).unwrap(), line);
        let pem = other.path().join("old");
        std::fs::write(&pem, "-----BEGIN RSA PRIVATE KEY-----\n").unwrap();
        assert!(public(&pem).is_err());
        std::fs::write(pem.with_extension("pub"), &theirs).unwrap();
        assert_eq!(public(&pem).unwrap(), theirs);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
