//! What the cloud-init brought: the stages of the shipped script, and this machine's settings.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

/// Read from customData, the way cloud-init's `write_files` carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub stages: Vec<String>,
    pub values: BTreeMap<String, String>,
}

impl Settings {
    pub fn read(custom_data: &[u8]) -> Self {
        let mut settings = Self::default();
        for line in String::from_utf8_lossy(custom_data).lines() {
            let Some(content) = line.trim().strip_prefix("content:") else { continue };
            let Ok(bytes) = STANDARD.decode(content.trim()) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            match text.lines().find_map(|l| l.strip_prefix("STAGES=\"")) {
                Some(stages) => {
                    settings.stages = stages.trim_end_matches('"').split_whitespace().map(str::to_owned).collect();
                }
                None => settings.values.extend(text.lines().filter_map(setting)),
            }
        }
        settings
    }

    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }
}

/// `NAME='value'`, with inner quotes as `sh` writes them.
fn setting(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let value = value.strip_prefix('\'')?.strip_suffix('\'')?.replace(r"'\''", "'");
    Some((name.to_owned(), value))
}
