//! The cloud-init that a new machine gets: rendered from the shipped files, free of secrets.

/// What differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapInput<'a> {
    pub vault: &'a str,
    /// Client ID of the fleet's identity, which may read the shared secret.
    pub identity_client_id: &'a str,
    /// Key Vault name of the member's own secret.
    pub member_secret: &'a str,
    pub openclaw_version: &'a str,
    /// Login names that may become `openclaw` (the member's UPN).
    pub member_login: &'a str,
    /// The merged OpenClaw config to start with, as JSON.
    pub config: &'a serde_json::Value,
}

/// Fills `assets/bootstrap/cloud-init.yaml` (passed in as `template`) with the bootstrap script and
/// this machine's settings, base64-encoded so that no value can change the YAML.
pub fn cloud_init(_template: &str, _script: &str, _input: &BootstrapInput<'_>) -> String {
    todo!()
}
