//! What a machine is told at birth: the bootstrap's stages and settings, out of its cloud-init.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

/// Stages in their order and settings by name; empty when the machine was given no bootstrap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomData {
    pub stages: Vec<String>,
    pub settings: BTreeMap<String, String>,
}

impl CustomData {
    /// Looks into each file of `write_files`: for the script's `STAGES="…"` line, and for settings `NAME='value'`.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut found = Self::default();
        for line in text.lines() {
            let Some(content) = line.trim().strip_prefix("content:") else { continue };
            let Ok(file) = STANDARD.decode(content.trim().trim_matches(['"', '\''])) else { continue };
            let file = String::from_utf8_lossy(&file);
            let stages = file.lines().find_map(|l| l.strip_prefix("STAGES=\"")?.strip_suffix('"'));
            match stages {
                Some(stages) => found.stages = stages.split_whitespace().map(str::to_owned).collect(),
                None => found.settings.extend(file.lines().filter_map(setting)),
            }
        }
        found
    }

    /// A setting's value; empty when it is missing.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }
}

fn setting(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(plain).then(|| (name.to_owned(), value.replace(r"'\''", "'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_and_settings_of_the_shipped_bootstrap_are_found() {
        let settings = "CLAW_VAULT='kv'\nCLAW_MEMBER_LOGIN='o'\\''neil@example.com'\n";
        let file = |text: &str| format!("  - path: /x\n    encoding: b64\n    content: {}\n", STANDARD.encode(text));
        let files = file(include_str!("../../../assets/bootstrap/bootstrap.sh")) + &file(settings);
        let yaml = include_str!("../../../assets/bootstrap/cloud-init.yaml").replace("@@FILES@@\n", &files);
        let found = CustomData::parse(yaml.as_bytes());
        assert_eq!(found.stages.join(" "), "packages node identity vault openclaw config service ready");
        assert_eq!((found.setting("CLAW_VAULT"), found.setting("CLAW_MEMBER_LOGIN")), ("kv", "o'neil@example.com"));
        assert_eq!(CustomData::parse(b"\xff content: !!"), CustomData::default());
    }
}
