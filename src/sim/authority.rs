//! The certificate authority of one run: made at start, its key never leaves memory.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use super::cloud_name::CloudName;

/// Hosts outside of any one cloud. `*.localhost` would be refused by clients built on webpki.
const COMMON: [&str; 7] =
    ["prices.azure.com", "api.ipify.org", "checkip.amazonaws.com", "ifconfig.me", "localhost", "127.0.0.1", "::1"];

/// Longer than any demo or test run; a forgotten `ca.pem` is worthless after it.
const VALID: Duration = Duration::days(7);

pub struct Authority {
    /// The authority's own certificate, PEM.
    pub ca_pem: String,
    /// Serves the leaf, with ALPN `h2` and `http/1.1`.
    pub server: Arc<rustls::ServerConfig>,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

impl Authority {
    /// Makes the authority and one leaf for all names of the cloud.
    pub fn new(cloud: CloudName) -> Result<Self, AuthorityError> {
        let issuer = CertifiedIssuer::self_signed(ca_params()?, KeyPair::generate()?)?;
        let leaf_key = KeyPair::generate()?;
        let leaf = leaf_params(cloud)?.signed_by(&leaf_key, &issuer)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { ca_pem: issuer.pem(), server: Arc::new(server) })
    }
}

fn ca_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = validity(CertificateParams::new(Vec::new())?);
    params.distinguished_name.push(DnType::CommonName, "claw embedded cloud, one run only");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn leaf_params(cloud: CloudName) -> Result<CertificateParams, rcgen::Error> {
    let hosts = cloud.hosts();
    let mut names: Vec<String> = COMMON.iter().chain(&hosts.entra).map(|name| (*name).to_owned()).collect();
    names.extend([hosts.arm.to_owned(), hosts.graph.to_owned()]);
    names.extend([hosts.vault, hosts.blob].map(|suffix| format!("*.{suffix}")));
    let mut params = validity(CertificateParams::new(names)?);
    params.distinguished_name.push(DnType::CommonName, "claw embedded cloud");
    // Python's strict verification, hence the real `az`, wants the authority's key identifier.
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn validity(mut params: CertificateParams) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::hours(1);
    params.not_after = now + VALID;
    params
}
