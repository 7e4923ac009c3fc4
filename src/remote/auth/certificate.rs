//! Entra's SSH certificates: issued by a command for a key of claw's own, kept until shortly before their end.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use russh::keys::{Certificate, PrivateKey, ssh_key::certificate::CertType};
use tokio::{sync::Mutex, time::Instant};

use super::{
    super::values::{CertificateSettings, Identity},
    issue, key_files,
};

/// A certificate this close to its end is renewed (azure.md §6.3), in seconds.
const MARGIN: u64 = 10 * 60;
/// How long a command that failed answers for other machines.
const REMEMBERED: Duration = Duration::from_secs(30);

/// A certificate with its key, good for signing in now.
#[derive(Debug)]
pub struct Held {
    pub key: Arc<PrivateKey>,
    pub certificate: Certificate,
    /// The first principal, in lower case, as `az ssh` signs in.
    pub login: String,
    /// Where key and certificate lie, for OpenSSH's client.
    pub key_file: PathBuf,
    pub certificate_file: PathBuf,
}

impl Held {
    pub fn identity(&self) -> Identity {
        Identity::Certificate {
            login: self.login.clone(),
            key: self.key_file.clone(),
            certificate: self.certificate_file.clone(),
        }
    }
}

pub struct Certificates {
    settings: CertificateSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Arc<Held>>,
    failed: Option<(Instant, String)>,
}

impl Certificates {
    pub fn new(settings: CertificateSettings) -> Self {
        Self { settings, state: Mutex::default() }
    }

    /// The certificate at hand, the one in the cache, or a new one; a sentence when there is none to be had.
    pub async fn get(&self) -> Result<Arc<Held>, String> {
        // All machines wait for one command.
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_ref().filter(|held| ends_in(&held.certificate) > MARGIN) {
            return Ok(Arc::clone(held));
        }
        if let Some((_, why)) = state.failed.as_ref().filter(|(at, _)| at.elapsed() < REMEMBERED) {
            return Err(why.clone());
        }
        match self.cached_or_new().await {
            Ok(held) => {
                let held = Arc::new(held);
                *state = State { held: Some(Arc::clone(&held)), failed: None };
                Ok(held)
            }
            Err(why) => {
                *state = State { held: None, failed: Some((Instant::now(), why.clone())) };
                Err(why)
            }
        }
    }

    async fn cached_or_new(&self) -> Result<Held, String> {
        let folder = &self.settings.folder;
        let (key_file, certificate_file) = (folder.join("id_rsa"), folder.join("id_rsa-cert.pub"));
        issue::private_folder(folder)?;
        issue::key(&key_file).await?;
        let key = Arc::new(key_files::read(&key_file)?);
        let held = |certificate: Certificate| {
            let login = login(&certificate, &key)?;
            let (key, key_file, certificate_file) = (Arc::clone(&key), key_file.clone(), certificate_file.clone());
            Ok(Held { key, certificate, login, key_file, certificate_file })
        };
        if let Ok(text) = std::fs::read_to_string(&certificate_file)
            && let Ok(certificate) = Certificate::from_openssh(text.trim())
            && ends_in(&certificate) > MARGIN
            && let Ok(held) = held(certificate)
        {
            return Ok(held);
        }
        let command = self.settings.command.join(" ");
        let text = issue::run(&self.settings.command, &key_file, folder).await?;
        let certificate = Certificate::from_openssh(text.trim())
            .map_err(|e| format!("`{command}` wrote no SSH certificate ({e})"))
            .and_then(held)
            .map_err(|why| format!("`{command}`: {why}"))?;
        issue::keep(&certificate_file, &text)?;
        Ok(certificate)
    }
}

/// Checks what a machine would refuse anyway, and gives the login name.
fn login(certificate: &Certificate, key: &PrivateKey) -> Result<String, String> {
    if certificate.public_key() != key.public_key().key_data() {
        return Err("the certificate is for another key".to_owned());
    }
    if certificate.cert_type() != CertType::User {
        return Err("it is no certificate for a user".to_owned());
    }
    if ends_in(certificate) == 0 {
        return Err("the certificate has ended already; is this computer's clock right?".to_owned());
    }
    principal(certificate)
}

/// Whom it names, in lower case.
pub fn principal(certificate: &Certificate) -> Result<String, String> {
    let principal = certificate.valid_principals().first().ok_or("the certificate names nobody")?;
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    if principal.is_empty() || principal.starts_with('-') || !principal.chars().all(plain) {
        return Err("the certificate names nobody that could sign in".to_owned());
    }
    Ok(principal.to_lowercase())
}

/// Seconds until the certificate's end; 0 when it is over.
fn ends_in(certificate: &Certificate) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    certificate.valid_before().saturating_sub(now)
}
