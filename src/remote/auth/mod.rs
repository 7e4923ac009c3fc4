//! Who we are to a machine: an Entra certificate, else a key of the SSH agent, else a key file.

mod agent;
mod certificate;
mod issue;
mod key_files;
mod signer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::{
    client::{AuthResult, Handle, Handler},
    keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, agent::AgentIdentity},
};

use super::values::{Identity, RemoteSettings};
pub use certificate::principal;
use certificate::{Certificates, Held};
pub use issue::SIGN_IN_SECRET;
use signer::CertificateSigner;

pub struct Auth {
    certificates: Option<Certificates>,
    agent: Option<PathBuf>,
    files: Vec<PathBuf>,
}

/// What one connection tries. A server takes one login name a connection, so each login name is a way of its own.
pub enum Way {
    /// As the certificate's principal.
    Certificate(Arc<Held>),
    /// As the administrator: the agent's keys, then the files.
    Keys { login: String, agent: bool, files: Vec<(PathBuf, Arc<PrivateKey>)> },
}

impl Way {
    /// Who that would be. Nobody where only the agent has keys: which of them is good, a machine has to say.
    pub fn identity(&self) -> Option<Identity> {
        match self {
            Self::Certificate(held) => Some(held.identity()),
            Self::Keys { login, files, .. } => {
                files.first().map(|(key, _)| Identity::File { login: login.clone(), key: key.clone() })
            }
        }
    }
}

/// Why nobody is signed in.
#[derive(Debug)]
pub enum AuthFailure {
    /// The machine said no to all of it: a sentence for each.
    Rejected(Vec<String>),
    /// It hung up before everything was tried.
    HungUp {
        said: Vec<String>,
        files_left: bool,
    },
    Connection(russh::Error),
}

impl Auth {
    pub fn new(settings: &RemoteSettings) -> Self {
        let certificates = settings.certificate.clone().map(Certificates::new);
        Self { certificates, agent: settings.agent.clone(), files: settings.keys.clone() }
    }

    /// The ways in their order, and a sentence for each thing that can't be tried at all.
    pub async fn ways(&self, login: &str) -> (Vec<Way>, Vec<String>) {
        let (mut ways, mut problems) = (Vec::new(), Vec::new());
        if let Some(certificates) = &self.certificates {
            match certificates.get().await {
                Ok(held) => ways.push(Way::Certificate(held)),
                Err(why) => problems.push(format!("no Entra certificate: {why}")),
            }
        }
        let agent = match agent::open(self.agent.as_deref()).await {
            Ok(_) => true,
            Err(why) => {
                problems.push(why);
                false
            }
        };
        let (files, unusable) = key_files::load(&self.files);
        problems.extend(unusable);
        if agent || !files.is_empty() {
            ways.push(Way::Keys { login: login.to_owned(), agent, files });
        }
        (ways, problems)
    }

    /// Tries everything of one way on a fresh connection; says who is signed in with what.
    pub async fn sign_in<H: Handler>(&self, handle: &mut Handle<H>, way: &Way) -> Result<Identity, AuthFailure> {
        match way {
            Way::Certificate(held) => with_certificate(handle, held).await,
            Way::Keys { login, agent, files } => {
                let mut said = Vec::new();
                if *agent && let Some(identity) = with_agent(handle, login, self.agent.as_deref(), &mut said).await {
                    return Ok(identity);
                }
                if handle.is_closed() {
                    return Err(AuthFailure::HungUp { said, files_left: !files.is_empty() });
                }
                with_files(handle, login, files, said).await
            }
        }
    }
}

async fn with_certificate<H: Handler>(handle: &mut Handle<H>, held: &Arc<Held>) -> Result<Identity, AuthFailure> {
    let mut signer = CertificateSigner(Arc::clone(&held.key));
    let (certificate, hash) = (held.certificate.clone(), Some(HashAlg::Sha512));
    match handle.authenticate_certificate_with(held.login.as_str(), certificate, hash, &mut signer).await {
        Ok(AuthResult::Success) => Ok(held.identity()),
        // Entra's module hangs up on who has no role there (azure.md §6.7).
        refused => {
            let how = if refused.is_ok() && !handle.is_closed() { "was not accepted" } else { "was hung up on" };
            Err(AuthFailure::Rejected(vec![format!(
                "the Entra certificate of {} {how} (is a login role for this machine assigned, and in effect yet?)",
                held.login
            )]))
        }
    }
}

async fn with_agent<H: Handler>(
    handle: &mut Handle<H>,
    login: &str,
    socket: Option<&Path>,
    said: &mut Vec<String>,
) -> Option<Identity> {
    let (mut agent, identities) = match agent::open(socket).await {
        Ok(opened) => opened,
        Err(why) => {
            said.push(why);
            return None;
        }
    };
    let mut refused = Vec::new();
    for identity in identities {
        let tried = match identity.clone() {
            AgentIdentity::PublicKey { key, .. } => {
                let hash = key.algorithm().is_rsa().then_some(HashAlg::Sha512);
                handle.authenticate_publickey_with(login, key, hash, &mut agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                let hash = certificate.algorithm().is_rsa().then_some(HashAlg::Sha512);
                handle.authenticate_certificate_with(login, certificate, hash, &mut agent).await
            }
        };
        match tried {
            Ok(AuthResult::Success) => {
                return Some(Identity::Agent { login: login.to_owned(), key: identity.public_key().into_owned() });
            }
            Ok(AuthResult::Failure { .. }) => refused.push(agent::name(&identity)),
            Err(e) => refused.push(format!("{} ({e})", agent::name(&identity))),
        }
        // sshd hangs up after MaxAuthTries.
        if handle.is_closed() {
            break;
        }
    }
    said.push(format!("the SSH agent's keys were not accepted for {login}: {}", refused.join(", ")));
    None
}

/// Offers each key in order. RSA keys sign with SHA-512 (RFC 8332), never SHA-1.
async fn with_files<H: Handler>(
    handle: &mut Handle<H>,
    login: &str,
    files: &[(PathBuf, Arc<PrivateKey>)],
    mut said: Vec<String>,
) -> Result<Identity, AuthFailure> {
    for (tried, (file, key)) in files.iter().enumerate() {
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), Some(HashAlg::Sha512));
        match handle.authenticate_publickey(login, key).await {
            Ok(AuthResult::Success) => return Ok(Identity::File { login: login.to_owned(), key: file.clone() }),
            Ok(AuthResult::Failure { .. }) => {}
            Err(_) if tried > 0 || !said.is_empty() => {}
            Err(error) => return Err(AuthFailure::Connection(error)),
        }
        said.push(format!("{} was not accepted for {login}", file.display()));
        if handle.is_closed() {
            break;
        }
    }
    Err(AuthFailure::Rejected(said))
}
