//! Which cloud, through which proxy, as whom.

use std::path::PathBuf;

use secrecy::SecretString;

/// How claw signs in.
#[derive(Clone, Debug)]
pub enum CredentialSettings {
    /// `az login`'s account.
    AzureCli,
    /// A service principal with a secret.
    ClientSecret { client_id: String, secret: SecretString },
}

/// Everything needed to talk to a cloud.
#[derive(Clone, Debug)]
pub struct CloudSettings {
    /// Entra tenant; `None` lets the credential decide.
    pub tenant: Option<String>,
    /// Subscription GUID; `None` is an error with a remedy once a command needs it.
    pub subscription: Option<String>,
    /// HTTP proxy for HTTPS and for SSH, e.g. `http://127.0.0.1:41000`. `None`: the usual variables for HTTPS, none for SSH.
    pub proxy: Option<url::Url>,
    /// PEM file with the only certificate authority to trust. `None`: the platform's roots.
    pub ca: Option<PathBuf>,
    pub credential: CredentialSettings,
}
