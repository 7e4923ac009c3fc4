//! Who signs SSH certificates in the embedded cloud.

use russh::keys::{
    PublicKey,
    key::safe_rng,
    signature::{self, Signer},
    ssh_key::{HashAlg, Signature, private::RsaKeypair, public::KeyData},
};

/// The certificate authority: RSA 2048, signing with SHA-256, as Entra's is.
pub struct SshAuthority(RsaKeypair);

impl SshAuthority {
    pub fn new() -> Result<Self, String> {
        RsaKeypair::random(&mut safe_rng(), 2048).map(Self).map_err(|e| e.to_string())
    }

    /// For a `TrustedUserCAKeys` file.
    pub fn public_line(&self) -> String {
        PublicKey::from(KeyData::from(self)).to_openssh().unwrap_or_default()
    }
}

impl Signer<Signature> for SshAuthority {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        (&self.0, Some(HashAlg::Sha256)).try_sign(message)
    }
}

impl From<&SshAuthority> for KeyData {
    fn from(authority: &SshAuthority) -> Self {
        Self::Rsa(authority.0.public().clone())
    }
}
