//! The cloud-init that a new machine gets: rendered from the shipped files, free of secrets.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{names::SHARED_SECRET, team::Extra};

/// What differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapInput<'a> {
    pub vault: &'a str,
    /// The vaults' domain in this cloud, e.g. `vault.azure.net`.
    pub vault_suffix: &'a str,
    /// Client ID of the fleet's identity, which may read the shared secret.
    pub identity_client_id: &'a str,
    /// Key Vault name of the member's own secret.
    pub member_secret: &'a str,
    pub openclaw_version: &'a str,
    /// What to install beside OpenClaw, e.g. `docker`.
    pub extras: &'a [Extra],
    /// Login name that may become `openclaw` (the member's UPN, lower case).
    pub member_login: &'a str,
    /// The merged OpenClaw config to start with, as JSON.
    pub config: &'a serde_json::Value,
}

/// A file that cloud-init writes: path, mode, content.
pub type File<'a> = (&'a str, &'a str, &'a str);

/// Fills `assets/bootstrap/cloud-init.yaml` (passed in as `template`) with the bootstrap's files and
/// this machine's settings, base64-encoded so that no value can change the YAML.
pub fn cloud_init(template: &str, files: &[File<'_>], input: &BootstrapInput<'_>) -> String {
    let config = STANDARD.encode(input.config.to_string());
    let settings: String = [
        ("CLAW_VAULT", input.vault),
        ("CLAW_VAULT_SUFFIX", input.vault_suffix),
        ("CLAW_IDENTITY_CLIENT_ID", input.identity_client_id),
        ("CLAW_MEMBER_SECRET", input.member_secret),
        ("CLAW_SHARED_SECRET", SHARED_SECRET),
        ("CLAW_OPENCLAW_VERSION", input.openclaw_version),
        ("CLAW_EXTRAS", &input.extras.iter().map(|e| e.word()).collect::<Vec<_>>().join(" ")),
        ("CLAW_MEMBER_LOGIN", input.member_login),
        ("CLAW_CONFIG_BASE64", &config),
    ]
    .map(|(name, value)| format!("{name}={}\n", quoted(value)))
    .concat();
    let settings: File<'_> = ("/etc/claw/settings", "0644", &settings);
    let files = files.iter().chain([&settings]).map(|(path, mode, content)| {
        let content = STANDARD.encode(content);
        format!("  - path: {path}\n    permissions: '{mode}'\n    encoding: b64\n    content: {content}")
    });
    template.replace("@@FILES@@", &files.collect::<Vec<_>>().join("\n"))
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
        let config = serde_json::json!({"x": "@@FILES@@ $(reboot)"});
        let input = BootstrapInput {
            vault: "v",
            vault_suffix: "vault.azure.net",
            identity_client_id: "id",
            member_secret: "openclaw-a",
            openclaw_version: "2026.9.6",
            extras: &[Extra::Pnpm, Extra::Docker],
            member_login: "o'neil@example.com",
            config: &config,
        };
        let text = cloud_init("a:\n@@FILES@@\nb:\n", &[("/opt/x", "0755", "echo")], &input);
        let contents: Vec<&str> = text.lines().filter_map(|l| l.trim().strip_prefix("content: ")).collect();
        let [_, settings] = contents[..] else { panic!("{text}") };
        let settings = String::from_utf8(STANDARD.decode(settings).unwrap()).unwrap();
        assert_eq!(settings.lines().count(), 9, "{settings}");
        assert!(settings.contains("CLAW_EXTRAS='pnpm docker'"), "{settings}");
        assert!(settings.contains(r"CLAW_MEMBER_LOGIN='o'\''neil@example.com'"), "{settings}");
        assert_eq!(text.lines().count(), 10);
    }
}
