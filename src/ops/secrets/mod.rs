//! `secrets push` and `secrets list`: names and ages, never values.

mod access;
mod bundle;
mod reload;

use self::bundle::{Bundle, bundles, owners, read};
pub use self::reload::reload;
use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    roster,
};
use crate::azure::{AzureError, AzureErrorKind, SecretInfo};

/// secrets.json beside the vault, read once: what is shown, confirmed and sent is the same.
#[derive(Default)]
pub struct Comparison {
    vault: String,
    bundles: Vec<Bundle>,
    /// Which of the bundles differ from what the vault has.
    differs: Vec<bool>,
    /// What sending would take away: `OLD_KEY from openclaw-shared`.
    pub missing: Vec<String>,
    /// Addresses of members whose own secrets are not sent, and why.
    pub left_out: Vec<(String, String)>,
}

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

/// Whether there is a secrets.json to push. One that was named counts as there, so that its absence is told.
pub fn present(session: &Session) -> bool {
    session.settings().secrets_named || session.settings().secrets.is_file()
}

/// Whether secrets.json can be sent as it is; asked before anything is changed.
pub async fn check(session: &Session) -> Result<(), OpsError> {
    let secrets = read(session)?;
    let team = roster::whole(session, session.team().await?.team).await;
    let names = owners(&secrets, &team)?.iter().map(|member| Some(member.slug.secret())).collect();
    bundles(&secrets, names).map(|_| ())
}

/// Reads secrets.json and the vault. Waits, visibly (`Note` events), while a fresh grant takes effect.
pub async fn compare(session: &Session, events: &Events) -> Result<Comparison, OpsError> {
    session.may_change()?;
    let (mut all, bundles) = opened(session, events).await?;
    for bundle in bundles {
        let beside = bundle.beside(session.cloud(), &all.vault).await?;
        all.missing.extend(beside.missing);
        all.differs.push(beside.differs);
        all.bundles.push(bundle);
    }
    Ok(all)
}

/// Sends what was compared to the vault: one secret for all, one per member with overrides. What is there already is
/// not written again. Returns what is there now.
pub async fn send(session: &Session, compared: Comparison, events: &Events) -> Result<Vec<SecretRow>, OpsError> {
    let names = |rows: &Vec<SecretRow>| rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
    let ending = |rows: &Vec<SecretRow>| Ending::done(format!("in the vault: {}", names(rows)));
    activity::kept(session, Act::new("secrets push"), write(session, compared, events), ending).await
}

async fn write(session: &Session, compared: Comparison, events: &Events) -> Result<Vec<SecretRow>, OpsError> {
    session.may_change()?;
    let (cloud, Comparison { vault, bundles, differs, left_out, .. }) = (session.cloud(), compared);
    for (bundle, differs) in bundles.iter().zip(differs) {
        let became = if differs { "pushed" } else { "is as it was" };
        if differs {
            cloud.put_secret(&vault, &bundle.name, &bundle.value).await.map_err(explain)?;
        }
        events.send(Event::Note { text: format!("secret {} {became}", bundle.name) });
    }
    for (email, why) in left_out {
        let (operation, remedy) = ("secrets push".to_owned(), None);
        events.send(Event::Problem { operation, message: format!("{email}'s own are not sent: {why}"), remedy });
    }
    let stored = cloud.secrets(&vault).await.map_err(explain)?;
    Ok(stored.into_iter().filter(|s| bundles.iter().any(|b| b.name == s.name)).map(SecretRow::from).collect())
}

/// Compares and sends without anybody to ask: refused when it would take something from the machines.
pub async fn push(session: &Session, events: &Events) -> Result<Vec<SecretRow>, OpsError> {
    let compared = compare(session, events).await?;
    if !compared.missing.is_empty() {
        let gone = compared.missing.join(", ");
        return Err(OpsError::refused(
            format!("secrets.json no longer has what the vault has, so nothing was pushed: {gone}"),
            "put it back, or take it from the machines with claw secrets push",
        ));
    }
    send(session, compared, events).await
}

/// The vault, open to the caller, and what is to be in it.
async fn opened(session: &Session, events: &Events) -> Result<(Comparison, Vec<Bundle>), OpsError> {
    let team = session.team().await?.team;
    let place = session.names(&team)?;
    let secrets = read(session)?;
    let team = roster::whole(session, team).await;
    let owners = owners(&secrets, &team)?;
    let emails: Vec<String> = owners.iter().map(|member| member.email.clone()).collect();
    // Who writes what all share needs no right to see machines.
    let names = match owners.is_empty() {
        true => Vec::new(),
        false => {
            let cloud = session.cloud();
            let (owners, machines, resources) =
                tokio::join!(roster::resolve(session, owners), session.inventory(&place), cloud.resources(&place));
            bundle::names(owners, &team, &machines?.value, &resources?)
        }
    };
    let left_out = emails.into_iter().zip(&names).filter_map(|(email, name)| Some((email, name.clone().err()?)));
    let left_out = left_out.collect();
    let bundles = bundles(&secrets, names.into_iter().map(Result::ok).collect())?;
    access::wait(session, &place, events).await?;
    let compared = Comparison { vault: place.vault(), left_out, ..Comparison::default() };
    Ok((compared, bundles))
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
        _ if error.wants_a_role() => "claw up grants you access to the vault",
        AzureErrorKind::Network | AzureErrorKind::NotFound => "is the vault there? claw up makes it",
        _ => return error.into(),
    };
    OpsError::from(error).with_remedy(remedy)
}
