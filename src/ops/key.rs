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

/// The public half as `ssh-ed25519 AAAA… comment`, from the `.pub` beside the key or from the key itself.
pub fn public(path: &Path) -> Result<String, OpsError> {
    let beside = path.with_extension("pub");
    if let Ok(text) = std::fs::read_to_string(&beside)
        && let Ok(key) = PublicKey::from_openssh(text.trim())
        && let Ok(line) = key.to_openssh()
    {
        return Ok(line);
    }
    let fail = |why: String| {
        OpsError::input(
            format!("the SSH key {} can't be used: {why}", path.display()),
            "name another with SSH_KEY_PATH",
        )
    };
    let key = russh::keys::ssh_key::PrivateKey::read_openssh_file(path).map_err(|e| fail(e.to_string()))?;
    key.public_key().to_openssh().map_err(|e| fail(e.to_string()))
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
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
