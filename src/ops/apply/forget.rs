//! The own secret of a machine that goes for good: whoever is called so next would read it.

use secrecy::{ExposeSecret, SecretString};

use super::super::{OpsError, Session};
use crate::{
    azure::AzureError,
    fleet::{
        instance::Instance,
        names::{Names, Slug},
        observed::{Observed, Resource},
    },
};

/// No names and no values.
const EMPTY: &str = "{}";

/// Empties it, where there is one.
pub async fn secret_of(session: &Session, names: &Names, seen: &Observed, machine: &str) -> Result<(), OpsError> {
    let all = seen.machines();
    let secret = match all.iter().find(|i| i.name == machine) {
        Some(instance) => instance.reads(),
        None => Slug::of_machine(machine).map(|slug| slug.secret()),
    };
    let Some(secret) = secret else { return Ok(()) };
    // Of two machines that read it, one is the newcomer's, who was given the name since.
    if Instance::other_reader(all, machine, &secret).is_some() {
        return Ok(());
    }
    let vault_id = names.vault_id();
    let is_it = |r: &Resource| r.id.eq_ignore_ascii_case(&vault_id);
    if seen.resources.as_ref().is_some_and(|seen| !seen.value.iter().any(is_it)) {
        return Ok(());
    }
    empty(session, &names.vault(), &secret).await.map_err(|error| {
        let wants_a_role = error.wants_a_role();
        let error = OpsError::from(error).caused_by(format!("{secret} has to be emptied before its machine goes"));
        match wants_a_role {
            true => error
                .with_remedy("the plan gives you the role: it takes effect within ten minutes, then run this again"),
            false => error,
        }
    })
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
