//! What goes into the vault, and how it differs from what is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;

use super::super::{OpsError, Session};
use crate::{
    azure::Cloud,
    fleet::{
        desired::DesiredMember,
        instance::Instance,
        member::Member,
        names::SHARED_SECRET,
        owners::Owners,
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

/// The members with secrets of their own, in the order of secrets.json. One who is not in team.json is an error: a typing
/// slip would otherwise leave somebody without their key.
pub fn owners(secrets: &Secrets, team: &Team) -> Result<Vec<Member>, OpsError> {
    let owner = |email: &String| {
        let member = team.members.iter().find(|m| m.email.eq_ignore_ascii_case(email));
        member.cloned().ok_or_else(|| {
            OpsError::input(
                format!("secrets.json names {email}, who is not in team.json"),
                "correct the address in one of the two; claw plan shows what is wrong with a group",
            )
        })
    };
    secrets.members.keys().map(owner).collect()
}

/// Names of the [`owners`]' secrets: those that their machines ask for.
pub fn names(owners: Vec<DesiredMember>, machines: &[Instance]) -> Result<Vec<String>, OpsError> {
    let members: Vec<Member> = owners.iter().map(|owner| owner.member.clone()).collect();
    let owners = Owners::new(owners, machines);
    let theirs = |i: &Instance| Some((owners.of(i).ok()??.email.clone(), i.name.clone()));
    let theirs: HashMap<String, String> = machines.iter().filter_map(theirs).collect();
    let name = |member: &Member| match theirs.get(&member.email) {
        Some(machine) => Ok(member.slug.secret_of(machine)),
        None => free(member, machines),
    };
    members.iter().map(name).collect()
}

/// One for all and one for each member with secrets of their own, under these names.
pub fn bundles(secrets: &Secrets, names: Vec<String>) -> Result<Vec<Bundle>, OpsError> {
    let all = std::iter::once((SHARED_SECRET.to_owned(), &secrets.shared));
    all.chain(names.into_iter().zip(secrets.members.values())).map(|(name, values)| bundle(name, values)).collect()
}

/// The secret of a member without a machine, unless a machine of somebody else's reads it.
fn free(member: &Member, machines: &[Instance]) -> Result<String, OpsError> {
    let machine = member.slug.machine();
    match machines.iter().find(|i| i.name.eq_ignore_ascii_case(&machine)) {
        None => Ok(member.slug.secret()),
        Some(_) => Err(OpsError::input(
            format!("{machine} is not the machine of {}, and would read their secrets: none was sent", member.email),
            "give this member a different `name` in team.json",
        )),
    }
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
