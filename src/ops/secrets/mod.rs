//! `secrets push` and `secrets list`: names and ages, never values.

use std::{collections::BTreeMap, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{Event, Events, OpsError, Session, roster};
use crate::{
    azure::{AzureError, AzureErrorKind, SecretInfo},
    fleet::{
        names::{Names, SHARED_SECRET},
        plan::{access, role},
        secrets::{self, Secrets},
        step::PrincipalType,
        team::Team,
    },
};

/// A fresh grant takes effect within ten minutes (azure.md §4).
const PROPAGATION: Duration = Duration::from_secs(600);
/// Between looks whether it has.
const PROBE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SecretRow {
    /// Key Vault name, e.g. `openclaw-shared`.
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub updated: time::OffsetDateTime,
}

impl From<SecretInfo> for SecretRow {
    fn from(info: SecretInfo) -> Self {
        Self { name: info.name, updated: info.updated }
    }
}

/// Whether there is a secrets.json to push.
pub fn present(session: &Session) -> bool {
    session.settings().secrets.is_file()
}

/// Whether secrets.json can be sent as it is; asked before anything is changed.
pub async fn check(session: &Session) -> Result<(), OpsError> {
    let secrets = read(session)?;
    let team = roster::whole(session, session.team().await?.team).await;
    bundles(&secrets, &team).map(|_| ())
}

/// Sends secrets.json to the vault: one secret for all, one per member with overrides. Waits, visibly
/// (`Note` events), while a fresh grant takes effect. Returns what was sent.
pub async fn push(session: &Session, events: &Events) -> Result<Vec<SecretRow>, OpsError> {
    session.may_change()?;
    let team = session.team().await?.team;
    let names = session.names(&team)?;
    let (cloud, vault) = (session.cloud(), names.vault());
    let bundles = bundles(&read(session)?, &roster::whole(session, team).await)?;
    await_access(session, &names, events).await?;
    let mut sent = Vec::new();
    for (name, value) in bundles {
        cloud.put_secret(&vault, &name, &value).await.map_err(explain)?;
        events.send(Event::Note { text: format!("secret {name} pushed") });
        sent.push(name);
    }
    let stored = cloud.secrets(&vault).await.map_err(explain)?;
    Ok(stored.into_iter().filter(|s| sent.contains(&s.name)).map(SecretRow::from).collect())
}

/// Probes the vault until it lets the caller in. A missing role is given by a step that is shown like a plan's.
async fn await_access(session: &Session, names: &Names, events: &Events) -> Result<(), OpsError> {
    let (cloud, vault) = (session.cloud(), names.vault());
    let begun = tokio::time::Instant::now();
    let mut step = None;
    loop {
        let error = match cloud.secrets(&vault).await {
            Ok(_) => break,
            Err(error) if error.kind == AzureErrorKind::Forbidden && begun.elapsed() < PROPAGATION => error,
            Err(error) => return Err(explain(error)),
        };
        if step.is_none() {
            let caller = cloud.caller().await?;
            let kind = if caller.is_service { PrincipalType::ServicePrincipal } else { PrincipalType::User };
            let grant = access::caller(names, &caller.object_id, kind, Vec::new());
            events.send(Event::StepStarted { step: grant.id.clone() });
            events.send(Event::StepProgress { step: grant.id.clone(), message: grant.description });
            if let Err(refused) = cloud.grant(&names.vault_id(), &caller.object_id, kind, role::SECRETS_OFFICER).await {
                // Why the vault is closed says more than that the role can't be given.
                return Err(OpsError::from(refused).caused_by(error.message));
            }
            step = Some(grant.id);
        }
        let waited = begun.elapsed().as_secs();
        if let Some(step) = &step {
            let message = format!("granted, taking effect: {vault} still refuses you ({waited} s, up to 10 min)");
            events.send(Event::StepProgress { step: step.clone(), message });
        }
        tokio::time::sleep(PROBE).await;
    }
    if let Some(step) = step {
        events.send(Event::StepDone { step, seconds: begun.elapsed().as_secs_f64() });
    }
    Ok(())
}

/// What the vault holds.
pub async fn list(session: &Session) -> Result<Vec<SecretRow>, OpsError> {
    let team = session.team().await?.team;
    let vault = session.names(&team)?.vault();
    let stored = session.cloud().secrets(&vault).await.map_err(explain)?;
    Ok(stored.into_iter().map(SecretRow::from).collect())
}

fn explain(error: AzureError) -> OpsError {
    let remedy = match error.kind {
        AzureErrorKind::Forbidden => "claw up grants you access to the vault",
        AzureErrorKind::Network | AzureErrorKind::NotFound => "is the vault there? claw up makes it",
        _ => return error.into(),
    };
    OpsError::from(error).with_remedy(remedy)
}

fn read(session: &Session) -> Result<Secrets, OpsError> {
    let path = &session.settings().secrets;
    let text = std::fs::read_to_string(path).map_err(|e| {
        OpsError::input(
            format!("{} can't be read: {e}", path.display()),
            r#"write {"shared": {"NAME": "value"}} into it"#,
        )
    })?;
    secrets::parse(&text).map_err(|e| OpsError::input(format!("{}: {e}", path.display()), e.remedy))
}

/// Key Vault name → one JSON object. A member who is not in team.json is an error: a typing slip would
/// otherwise leave somebody without their key.
fn bundles(secrets: &Secrets, team: &Team) -> Result<BTreeMap<String, SecretString>, OpsError> {
    let mut bundles = BTreeMap::from([(SHARED_SECRET.to_owned(), bundle(&secrets.shared)?)]);
    for (email, own) in &secrets.members {
        let member = team.members.iter().find(|m| m.email.eq_ignore_ascii_case(email)).ok_or_else(|| {
            OpsError::input(
                format!("secrets.json names {email}, who is not in team.json"),
                "correct the address in one of the two; claw plan shows what is wrong with a group",
            )
        })?;
        bundles.insert(member.slug.secret(), bundle(own)?);
    }
    Ok(bundles)
}

fn bundle(values: &BTreeMap<String, SecretString>) -> Result<SecretString, OpsError> {
    let plain: BTreeMap<&str, &str> = values.iter().map(|(k, v)| (k.as_str(), v.expose_secret())).collect();
    let text = zeroize::Zeroizing::new(serde_json::to_string(&plain).unwrap_or_default());
    // Key Vault's limit for a value (azure.md §7).
    if text.len() > 25_000 {
        return Err(OpsError::input(
            "the secrets of one bundle are larger than 25 KB together",
            "take something out of secrets.json",
        ));
    }
    Ok(SecretString::from(text.as_str()))
}
