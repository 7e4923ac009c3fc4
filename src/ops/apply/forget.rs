//! The own secret of a machine that goes for good: whoever is called so next would read it.

use secrecy::{ExposeSecret, SecretString};

use super::super::{OpsError, Session};
use crate::{
    azure::{AzureError, AzureErrorKind},
    fleet::{
        names::{Names, Slug},
        observed::Observed,
    },
};

/// No names and no values.
const EMPTY: &str = "{}";

/// Empties it, where there is one. A vault that refuses the caller keeps it, and that is said.
pub async fn secret_of(
    session: &Session,
    names: &Names,
    seen: &Observed,
    machine: &str,
    say: impl Fn(String),
) -> Result<(), OpsError> {
    let Some(secret) = Slug::of_machine(machine).map(|slug| slug.secret()) else { return Ok(()) };
    let vault_id = names.vault_id();
    let is_there = seen.resources.iter().flat_map(|seen| &seen.value).any(|r| r.id.eq_ignore_ascii_case(&vault_id));
    if !is_there {
        return Ok(());
    }
    let vault = names.vault();
    match empty(session, &vault, &secret).await {
        Err(error) if error.kind == AzureErrorKind::Forbidden => {
            say(format!("{vault} refuses you, and keeps {secret}: whoever gets a machine of this name will read it"));
            Ok(())
        }
        done => Ok(done?),
    }
}

async fn empty(session: &Session, vault: &str, secret: &str) -> Result<(), AzureError> {
    let cloud = session.cloud();
    match cloud.secret(vault, secret).await? {
        Some(stored) if stored.expose_secret() != EMPTY => {
            cloud.put_secret(vault, secret, &SecretString::from(EMPTY)).await
        }
        _ => Ok(()),
    }
}
