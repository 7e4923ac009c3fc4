//! What goes into the vault, and how it differs from what is there.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;

use super::super::{OpsError, Session};
use crate::{
    azure::Cloud,
    fleet::{
        names::SHARED_SECRET,
        secrets::{self, Secrets},
        team::Team,
    },
};

pub fn read(session: &Session) -> Result<Secrets, OpsError> {
    let path = &session.settings().secrets;
    let text = std::fs::read_to_string(path).map_err(|e| {
        OpsError::input(
            format!("{} can't be read: {e}", path.display()),
            r#"write {"shared": {"NAME": "value"}} into it"#,
        )
    })?;
    secrets::parse(&text).map_err(|e| OpsError::input(format!("{}: {e}", path.display()), e.remedy))
}

/// One secret of the vault: an object of names and values.
pub struct Bundle {
    /// Key Vault name, e.g. `openclaw-shared`.
    pub name: String,
    fields: BTreeSet<String>,
    pub value: SecretString,
}

/// A bundle beside what the vault holds.
pub struct Beside {
    pub differs: bool,
    /// Names that would go, each with the secret it is in.
    pub missing: Vec<String>,
}

impl Bundle {
    pub async fn beside(&self, cloud: &Cloud, vault: &str) -> Result<Beside, OpsError> {
        let Some(stored) = cloud.secret(vault, &self.name).await.map_err(super::explain)? else {
            return Ok(Beside { differs: true, missing: Vec::new() });
        };
        let fields: BTreeMap<String, IgnoredAny> = serde_json::from_str(stored.expose_secret()).unwrap_or_default();
        let gone = fields.into_keys().filter(|name| !self.fields.contains(name));
        Ok(Beside {
            differs: stored.expose_secret() != self.value.expose_secret(),
            missing: gone.map(|name| format!("{name} from {}", self.name)).collect(),
        })
    }
}

/// One for all and one for each member with secrets of their own. A member who is not in team.json is an error: a typing slip would
/// otherwise leave somebody without their key.
pub fn bundles(secrets: &Secrets, team: &Team) -> Result<Vec<Bundle>, OpsError> {
    let mut bundles = vec![bundle(SHARED_SECRET.to_owned(), &secrets.shared)?];
    for (email, own) in &secrets.members {
        let member = team.members.iter().find(|m| m.email.eq_ignore_ascii_case(email)).ok_or_else(|| {
            OpsError::input(
                format!("secrets.json names {email}, who is not in team.json"),
                "correct the address in one of the two; claw plan shows what is wrong with a group",
            )
        })?;
        bundles.push(bundle(member.slug.secret(), own)?);
    }
    Ok(bundles)
}

fn bundle(name: String, values: &BTreeMap<String, SecretString>) -> Result<Bundle, OpsError> {
    let plain: BTreeMap<&str, &str> = values.iter().map(|(k, v)| (k.as_str(), v.expose_secret())).collect();
    let text = zeroize::Zeroizing::new(serde_json::to_string(&plain).unwrap_or_default());
    // Key Vault's limit for a value (azure.md §7).
    if text.len() > 25_000 {
        return Err(OpsError::input(
            "the secrets of one bundle are larger than 25 KB together",
            "take something out of secrets.json",
        ));
    }
    let fields = values.keys().cloned().collect();
    Ok(Bundle { name, fields, value: SecretString::from(text.as_str()) })
}
