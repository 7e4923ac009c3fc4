//! What a new machine is made from: the member's template and its parameters.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{OpsError, assets};
use crate::{
    azure::Deployment,
    fleet::{
        bootstrap::{BootstrapInput, cloud_init},
        config,
        desired::Desired,
        instance::{Instance, tag},
        names::{Names, Slug},
        observed::FleetIdentity,
        person::{ObjectId, Person},
        plan::role::{self, assignment_name},
    },
};

/// The first label of the DNS name of a person's machine. Azure gives a label once in a region, and this one is theirs by
/// whatever address they are called: of two commands that make them a machine at the same moment, one fails before there
/// is any. `seen`: one of these may have been theirs, and have it still.
pub fn dns_label(names: &Names, person: &Person, seen: &[Instance]) -> String {
    let local = person.user_principal_name.split('@').next().unwrap_or_default();
    let machine = Slug::from_text(local).map_or_else(|| "claw-member".to_owned(), |slug| slug.machine());
    let owner = format!("{}/{}/{}", names.subscription, names.resource_group, person.object_id).to_ascii_lowercase();
    let label = |nth: usize| {
        let digest = Sha256::digest(format!("{owner}/{nth}"));
        let hex: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
        format!("{machine}-{hex}")
    };
    let has = |i: &Instance, label: &str| i.dns_name.as_deref().is_some_and(|dns| dns.split('.').next() == Some(label));
    let is_free = |label: &String| !seen.iter().any(|i| i.member.as_ref() != Some(&person.object_id) && has(i, label));
    (0..).map(label).find(is_free).unwrap_or_default()
}

/// Whose machine to make.
pub struct NewMachine<'a> {
    pub machine: &'a str,
    pub slug: &'a Slug,
    pub email: &'a str,
    pub member: &'a ObjectId,
    pub vm_size: &'a str,
    pub admin: &'a str,
    /// OpenSSH public key of the administrator.
    pub ssh_public_key: &'a str,
    /// The vaults' domain in this cloud.
    pub vault_suffix: &'a str,
    /// The team's OpenClaw config; the member's own goes over it.
    pub config: &'a Value,
    /// ARM id of a kept disk to go on with: accounts, keys and data are on it already.
    pub disk: Option<&'a str>,
    /// The fleet's machines as the plan saw them.
    pub seen: &'a [Instance],
}

/// The deployment `claw-<slug>`, of a member whom the directory knows. Holds no secret.
pub fn deployment(desired: &Desired, identity: &FleetIdentity, new: &NewMachine<'_>) -> Result<Deployment, OpsError> {
    let names = &desired.names;
    let wanted = desired.members.iter().find(|m| &m.member.slug == new.slug);
    let mut config = new.config.clone();
    if let Some(own) = wanted.and_then(|m| m.member.config.as_ref()) {
        config::merge(&mut config, own);
    }
    let person = wanted.and_then(|m| m.resolution.person()).filter(|person| &person.object_id == new.member);
    let person = person.ok_or_else(|| OpsError::failed(format!("{} is nobody of the plan", new.email)))?;
    let login = person.user_principal_name.to_lowercase();
    let input = BootstrapInput {
        vault: &names.vault(),
        vault_suffix: new.vault_suffix,
        identity_client_id: &identity.client_id,
        member_secret: &new.slug.secret_of(new.machine),
        openclaw_version: &desired.fleet.openclaw_version,
        extras: &desired.fleet.extras,
        member_login: &login,
        config: &config,
    };
    let custom_data = STANDARD.encode(cloud_init(assets::CLOUD_INIT, assets::BOOTSTRAP, &input));
    let vm = names.machine_id(new.machine);
    let guid = |role: &str| json!(assignment_name(&vm, new.member, role).to_string());
    let network = |kind: &str, name: &str| names.resource(&format!("Microsoft.Network/{kind}"), name);
    let parameters: [(&str, Value); 17] = [
        ("location", json!(names.location)),
        ("machineName", json!(new.machine)),
        ("vmSize", json!(new.vm_size)),
        ("adminUsername", json!(new.admin)),
        ("sshPublicKey", json!(new.ssh_public_key)),
        ("customData", json!(custom_data)),
        ("subnetId", json!(format!("{}/subnets/{}", network("virtualNetworks", Names::VNET), Names::SUBNET))),
        ("nsgId", json!(network("networkSecurityGroups", Names::NSG))),
        ("scaleSetId", json!(names.scale_set_id())),
        ("identityId", json!(names.identity_id())),
        ("dnsLabel", json!(dns_label(names, person, new.seen))),
        ("tags", tags(desired, new)),
        ("memberObjectId", json!(new.member.as_str())),
        ("loginAssignment", guid(role::VM_USER_LOGIN)),
        ("powerAssignment", guid(role::POWER_ON_OFF)),
        ("loginRole", json!(role::VM_USER_LOGIN)),
        ("powerRole", json!(role::POWER_ON_OFF)),
    ];
    let mut parameters: BTreeMap<String, Value> = parameters.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut template = assets::member_template()?;
    if let Some(disk) = new.disk {
        assets::continue_on_disk(&mut template);
        parameters.retain(|name, _| template["parameters"].get(name).is_some());
        parameters.insert("diskId".into(), json!(disk));
    }
    Ok(Deployment { name: new.machine.to_owned(), template, parameters })
}

fn tags(desired: &Desired, new: &NewMachine<'_>) -> Value {
    json!({
        "app": "claw",
        "project": desired.fleet.project,
        "environment": desired.fleet.environment,
        (tag::MEMBER): new.member.as_str(),
        (tag::SLUG): new.slug.as_str(),
        (tag::EMAIL): new.email,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{desired::DesiredMember, member::Member, person::Resolution};
    use std::collections::BTreeSet;

    fn declared(template: &Value) -> BTreeSet<String> {
        template["parameters"].as_object().unwrap().keys().cloned().collect()
    }

    fn desired() -> Desired {
        let names = Names { subscription: "s".into(), resource_group: "rg".into(), location: "eastus2".into() };
        Desired { shutdowns: Some(Default::default()), infra_fingerprint: "f".into(), ..Desired::nobody(names) }
    }

    fn person(id: &str, upn: &str) -> Person {
        let (object_id, user_principal_name) = (ObjectId::new(id), upn.to_owned());
        Person { object_id, user_principal_name, display_name: String::new() }
    }

    #[test]
    fn every_parameter_sent_is_declared_and_the_reverse() {
        let identity = FleetIdentity { principal_id: ObjectId::new("p"), client_id: "c".into() };
        let slug = Slug::from_text("alice").unwrap();
        let (email, resolution) = ("alice@x.org".to_owned(), Resolution::Found { person: person("o", "alice@x.org") });
        let member =
            Member { email, slug: slug.clone(), vm_size: None, config: None, idle: Default::default(), line: 1 };
        let desired = Desired { members: vec![DesiredMember { member, resolution }], ..desired() };
        let new = NewMachine {
            machine: "claw-alice",
            slug: &slug,
            email: "alice@x.org",
            member: &ObjectId::new("o"),
            vm_size: "Standard_B2s",
            admin: "clawadmin",
            ssh_public_key: "ssh-ed25519 AAAA",
            vault_suffix: "vault.azure.net",
            config: &json!({}),
            disk: None,
            seen: &[],
        };
        let made = deployment(&desired, &identity, &new).unwrap();
        assert_eq!(made.parameters.keys().cloned().collect::<BTreeSet<_>>(), declared(&made.template));
        let kept = deployment(&desired, &identity, &NewMachine { disk: Some("/disks/d"), ..new }).unwrap();
        assert_eq!(kept.parameters.keys().cloned().collect::<BTreeSet<_>>(), declared(&kept.template));
        assert!(!kept.template.to_string().contains("osProfile"), "a disk with a system has its accounts already");
        let custom_data = made.parameters["customData"].as_str().unwrap();
        assert!(custom_data.len() < 64 * 1024, "Azure takes 64 KiB, this is {}", custom_data.len());
        let infra = super::super::sync::deployed_parameters(&desired, "t", Vec::new(), Default::default());
        let template = assets::fleet_template().unwrap();
        assert_eq!(infra.keys().cloned().collect::<BTreeSet<_>>(), declared(&template));
    }

    #[test]
    fn a_dns_label_is_a_persons_own_whatever_their_machine_is_called() {
        let names = desired().names;
        let label = |id: &str, upn: &str, seen: &[Instance]| dns_label(&names, &person(id, upn), seen);
        let first = label("a", "Alice.Liddell@x.org", &[]);
        assert!(first.starts_with("claw-alice-liddell-"), "{first}");
        assert_eq!(first, dns_label(&desired().names, &person("A", "alice.liddell@x.org"), &[]));
        assert_ne!(first, label("b", "alice.liddell@x.org", &[]), "one of the same name in another domain");
        let elsewhere = Names { resource_group: "other".into(), ..desired().names };
        assert_ne!(first, dns_label(&elsewhere, &person("a", "alice.liddell@x.org"), &[]));
        for upn in ["a".repeat(200), "#EXT#@x.org".into(), "@".into(), "Ünal_gmail.com#EXT#@x.org".into()] {
            let label = label("a", &upn, &[]);
            assert!(label.len() <= 63 && label.starts_with("claw-"), "{label}");
        }

        let seen: Instance = serde_json::from_value(json!({
            "name": "claw-alice", "id": "/x", "member": null, "slug": null, "email": null, "vm_size": "s",
            "power": {"value": "running", "at": "2026-01-01T00:00:00Z"}, "provisioning": "Succeeded",
            "principal_id": null, "public_ip": null, "dns_name": null, "host_key": null, "created": null, "tags": {},
        }))
        .unwrap();
        let machine = |member: &str| Instance {
            member: Some(ObjectId::new(member)),
            dns_name: Some(format!("{first}.eastus2.cloudapp.azure.com")),
            ..seen.clone()
        };
        assert_eq!(label("a", "alice.liddell@x.org", &[machine("a")]), first);
        let next = label("a", "alice.liddell@x.org", &[machine("b")]);
        assert!(next != first && next.len() == first.len(), "it was theirs once: {next}");
    }
}
