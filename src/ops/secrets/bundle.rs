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
        observed::Resource,
        owners::Owners,
        plan::disk::{Disks, Kept},
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

/// Names of the [`owners`]' secrets: those that their machines ask for, or will on the disks that were kept among
/// `resources`; or why nobody can say which that is.
pub fn names(
    wanted: Vec<DesiredMember>,
    team: &Team,
    machines: &[Instance],
    resources: &[Resource],
) -> Vec<Result<String, String>> {
    let owners = Owners::new(wanted.clone(), &team.members, machines);
    let disks = Disks::among(resources, |name| machines.iter().any(|i| i.name.eq_ignore_ascii_case(name)));
    let theirs = |i: &Instance| Some((owners.of(i).ok()??.email.clone(), i.clone()));
    let theirs: HashMap<String, Instance> = machines.iter().filter_map(theirs).collect();
    let nobodys = machines.iter().find(|i| owners.of(i).is_err());
    let name =
        |wanted: &DesiredMember| match (theirs.get(&wanted.member.email), nobodys.zip(owners.lost(&wanted.member))) {
            (Some(machine), _) => unread_by_others(machine.secret(&wanted.member.slug), &machine.name, machines),
            (None, Some((machine, why))) => Err(format!("nobody can say whose {} is: {why}", machine.name)),
            (None, None) => free(wanted, machines, &disks),
        };
    wanted.iter().map(name).collect()
}

/// One for all and one for each member with secrets of their own, under these names; those without a name are left out.
pub fn bundles(secrets: &Secrets, names: Vec<Option<String>>) -> Result<Vec<Bundle>, OpsError> {
    let all = std::iter::once((SHARED_SECRET.to_owned(), &secrets.shared));
    let own = names.into_iter().zip(secrets.members.values()).filter_map(|(name, values)| Some((name?, values)));
    all.chain(own).map(|(name, values)| bundle(name, values)).collect()
}

/// The secret of a member without a machine, called as a plan would call the machine; unless somebody else's reads it.
fn free(wanted: &DesiredMember, machines: &[Instance], disks: &Disks<'_>) -> Result<String, String> {
    let (slug, own) = (&wanted.member.slug, wanted.member.slug.machine());
    let machine = match wanted.resolution.person().map(|person| disks.kept(&own, person)) {
        Some(Kept::Theirs { machine: Some(machine), .. }) => machine,
        Some(Kept::Held(reason, remedy)) => return Err(format!("{reason}; {remedy}")),
        None if disks.named(&own).is_some() => return Err(format!("nobody can say whose the kept disk of {own} is")),
        Some(Kept::Theirs { machine: None, .. } | Kept::None) | None => own,
    };
    match machines.iter().find(|i| i.name.eq_ignore_ascii_case(&machine)) {
        None => unread_by_others(slug.secret_of(&machine), &machine, machines),
        Some(taken) => Err(would_read(taken)),
    }
}

/// The secret that a machine asks for, unless another one asks for the same.
fn unread_by_others(secret: String, own: &str, machines: &[Instance]) -> Result<String, String> {
    match Instance::other_reader(machines, own, &secret) {
        None => Ok(secret),
        Some(other) => Err(would_read(other)),
    }
}

fn would_read(machine: &Instance) -> String {
    format!("{} is somebody else's, and would read them; give this member another `name`", machine.name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{
        person::Resolution,
        plan::tests::model::{desired, found, instance, member, person},
    };

    fn named(owner: DesiredMember, machines: &[Instance]) -> Result<String, String> {
        beside(owner, machines, &[])
    }

    fn beside(owner: DesiredMember, machines: &[Instance], resources: &[Resource]) -> Result<String, String> {
        let team = Team { members: vec![owner.member.clone(), found("b@x.org").member], ..Team::default() };
        names(vec![owner], &team, machines, resources).remove(0)
    }

    #[test]
    fn a_secret_is_called_as_the_machine_that_reads_it_or_nobody_gets_it() {
        let there = desired(Vec::new()).names;
        let machine = |name: &str, id: &str, email: &str| Instance {
            email: Some(email.into()),
            ..instance(&there, name, Some(id))
        };
        let all = [machine("claw-a", "oid-a", "a@x.org"), machine("claw-b", "oid-b", "b@x.org")];
        let known = |email: &str, id: &str| member(email, Resolution::Found { person: person(id) });
        assert_eq!(named(known("z@x.org", "oid-a"), &all).as_deref(), Ok("openclaw-a"), "renamed");
        assert_eq!(named(known("new@x.org", "oid-new"), &all).as_deref(), Ok("openclaw-new"), "without a machine");
        let why = named(known("a@y.org", "oid-new"), &all).unwrap_err();
        assert!(why.starts_with("claw-a is somebody else's"), "{why}");
        // An older claw made it anew on the disk of a machine of another name.
        let disk = Some("/subscriptions/s/disks/Claw-A-disk".to_owned());
        let moved = Instance { attached_disk: disk, ..machine("claw-z", "oid-a", "z@x.org") };
        assert_eq!(named(known("z@x.org", "oid-a"), std::slice::from_ref(&moved)).as_deref(), Ok("openclaw-a"));
        let why = named(known("a@y.org", "oid-new"), &[moved]).unwrap_err();
        assert!(why.starts_with("claw-z is somebody else's"), "{why}");

        // A VM that claw did not name is found by its tag.
        let odd = Instance { slug: crate::fleet::names::Slug::from_text("b"), ..machine("vm1", "oid-old", "b@y.org") };
        let why = named(known("b@x.org", "oid-b"), &[all[1].clone(), odd]).unwrap_err();
        assert!(why.starts_with("vm1 is somebody else's"), "{why}");

        // Without the directory their machine is found by its tags, or may be any that names nobody of the team.
        let unknown = |email: &str| member(email, Resolution::Unknown { reason: "no answer".into() });
        assert_eq!(named(unknown("a@x.org"), &all).as_deref(), Ok("openclaw-a"));
        let why = named(unknown("z@x.org"), &all).unwrap_err();
        assert_eq!(why, "nobody can say whose claw-a is: it may be that of z@x.org: no answer");
        assert_eq!(named(unknown("z@x.org"), &all[1..]).as_deref(), Ok("openclaw-z"), "that is of the team");
    }

    #[test]
    fn the_machine_that_will_stand_on_a_kept_disk_is_the_one_that_reads() {
        let known = |email: &str, id: &str| member(email, Resolution::Found { person: person(id) });
        let disk = |name: &str, of: Option<&str>| Resource {
            id: format!("/subscriptions/s/disks/{name}"),
            kind: "microsoft.compute/disks".into(),
            name: name.into(),
            tags: of.map(|id| (crate::fleet::instance::tag::MEMBER.to_owned(), id.to_owned())).into_iter().collect(),
        };
        let kept = [disk("claw-a-disk", Some("oid-a"))];
        assert_eq!(beside(known("z@x.org", "oid-a"), &[], &kept).as_deref(), Ok("openclaw-a"), "renamed");
        let why = beside(known("a@y.org", "oid-new"), &[], &kept).unwrap_err();
        assert!(why.starts_with("a disk of somebody else is in the way: claw-a-disk; give"), "{why}");
        let unknown = member("a@x.org", Resolution::Unknown { reason: "no answer".into() });
        let why = beside(unknown, &[], &kept).unwrap_err();
        assert_eq!(why, "nobody can say whose the kept disk of claw-a is");
        let why = beside(known("a@x.org", "oid-a"), &[], &[disk("claw-a-disk", None)]).unwrap_err();
        assert!(why.contains("says nobody's name"), "{why}");
        assert_eq!(beside(known("b@x.org", "oid-b"), &[], &kept).as_deref(), Ok("openclaw-b"));
    }
}
