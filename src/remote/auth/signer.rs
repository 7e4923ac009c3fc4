//! Signs for a certificate with the private key beside it.

use std::sync::Arc;

use russh::{
    Signer,
    keys::{HashAlg, PrivateKey, agent::AgentIdentity, signature::Signer as _, ssh_encoding::Encode},
};

/// russh's own `authenticate_openssh_cert` names the wrong algorithm for RSA certificates, and sshd refuses them.
pub struct CertificateSigner(pub Arc<PrivateKey>);

#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the connection was lost")]
    Send(#[from] russh::SendError),
    #[error("the certificate's key can't sign: {0}")]
    Key(String),
}

impl Signer for CertificateSigner {
    type Error = SignError;

    /// `to_sign` comes back with the signature behind it, as one SSH string (RFC 4252 §7). RSA keys sign with
    /// SHA-512 (RFC 8332).
    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        mut to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, SignError> {
        let signature = self.0.try_sign(&to_sign).map_err(|e| SignError::Key(e.to_string()))?;
        let mut encoded = Vec::new();
        signature.encode(&mut encoded).map_err(|e| SignError::Key(e.to_string()))?;
        encoded.encode(&mut to_sign).map_err(|e| SignError::Key(e.to_string()))?;
        Ok(to_sign)
    }
}
