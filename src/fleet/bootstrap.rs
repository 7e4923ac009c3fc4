//! The cloud-init that a new machine gets: rendered from the shipped files, free of secrets.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::names::SHARED_SECRET;

/// What differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapInput<'a> {
    pub vault: &'a str,
    /// What vaults' host names end in in this cloud, e.g. `vault.azure.net` (azure.md §11).
    pub vault_suffix: &'a str,
    /// Client ID of the fleet's identity, which may read the shared secret.
    pub identity_client_id: &'a str,
    /// Key Vault name of the member's own secret.
    pub member_secret: &'a str,
    pub openclaw_version: &'a str,
    /// Login name that may become `openclaw` (the member's UPN, lower case).
    pub member_login: &'a str,
    /// The merged OpenClaw config to start with, as JSON.
    pub config: &'a serde_json::Value,
}

/// Fills `assets/bootstrap/cloud-init.yaml` (passed in as `template`) with the bootstrap script and
/// this machine's settings, base64-encoded so that no value can change the YAML.
pub fn cloud_init(template: &str, script: &str, input: &BootstrapInput<'_>) -> String {
    let config = STANDARD.encode(input.config.to_string());
    let settings: String = [
        ("CLAW_VAULT", input.vault),
        ("CLAW_VAULT_SUFFIX", input.vault_suffix),
        ("CLAW_IDENTITY_CLIENT_ID", input.identity_client_id),
        ("CLAW_MEMBER_SECRET", input.member_secret),
        ("CLAW_SHARED_SECRET", SHARED_SECRET),
        ("CLAW_OPENCLAW_VERSION", input.openclaw_version),
        ("CLAW_MEMBER_LOGIN", input.member_login),
        ("CLAW_CONFIG_BASE64", &config),
    ]
    .map(|(name, value)| format!("{name}={}\n", quoted(value)))
    .concat();
    template
        .replace("@@SCRIPT_BASE64@@", &STANDARD.encode(script))
        .replace("@@SETTINGS_BASE64@@", &STANDARD.encode(settings))
}

/// A word for `sh`: single quotes, inner ones escaped, line ends dropped so that one setting stays one line.
fn quoted(value: &str) -> String {
    let one_line: String = value.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", one_line.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_stay_values() {
        assert_eq!(quoted("a'; rm -rf /\n#"), r"'a'\''; rm -rf /#'");
        let config = serde_json::json!({"x": "@@SCRIPT_BASE64@@ $(reboot)"});
        let input = BootstrapInput {
            vault: "v",
            vault_suffix: "vault.azure.net",
            identity_client_id: "id",
            member_secret: "openclaw-a",
            openclaw_version: "2026.9.6",
            member_login: "o'neil@example.com",
            config: &config,
        };
        let text = cloud_init("a: @@SCRIPT_BASE64@@\nb: @@SETTINGS_BASE64@@\n", "echo", &input);
        let settings = text.lines().nth(1).unwrap().strip_prefix("b: ").unwrap();
        let settings = String::from_utf8(STANDARD.decode(settings).unwrap()).unwrap();
        assert_eq!(settings.lines().count(), 8, "{settings}");
        assert!(settings.contains(r"CLAW_MEMBER_LOGIN='o'\''neil@example.com'"), "{settings}");
        assert_eq!(text.lines().count(), 2);
    }
}
