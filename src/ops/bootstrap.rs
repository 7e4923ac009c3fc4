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
        instance::tag,
        names::{Names, Slug},
        observed::FleetIdentity,
        person::ObjectId,
        plan::role::{self, assignment_name},
    },
};

/// The stable first label of a machine's DNS name; unique per subscription and group.
pub fn dns_label(names: &Names, machine: &str) -> String {
    let digest = Sha256::digest(format!("{}/{}", names.subscription, names.resource_group).to_ascii_lowercase());
    let hex: String = digest[..4].iter().map(|b| format!("{b:02x}")).collect();
    format!("{machine}-{hex}")
}

/// `<label>.<region>.<suffix>`, the suffix being the cloud's (`cloudapp.azure.com`).
pub fn dns_name(names: &Names, suffix: &str, machine: &str) -> String {
    format!("{}.{}.{suffix}", dns_label(names, machine), names.location)
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
}

/// The deployment `claw-<slug>`. Holds no secret.
pub fn deployment(desired: &Desired, identity: &FleetIdentity, new: &NewMachine<'_>) -> Result<Deployment, OpsError> {
    let names = &desired.names;
    let wanted = desired.members.iter().find(|m| &m.member.slug == new.slug);
    let mut config = new.config.clone();
    if let Some(own) = wanted.and_then(|m| m.member.config.as_ref()) {
        config::merge(&mut config, own);
    }
    let person = wanted.and_then(|m| m.resolution.person());
    let login = person.map_or(new.email, |p| p.user_principal_name.as_str()).to_lowercase();
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
        ("dnsLabel", json!(dns_label(names, new.machine))),
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
    use std::collections::BTreeSet;

    fn declared(template: &Value) -> BTreeSet<String> {
        template["parameters"].as_object().unwrap().keys().cloned().collect()
    }

    fn desired() -> Desired {
        let names = Names { subscription: "s".into(), resource_group: "rg".into(), location: "eastus2".into() };
        Desired { shutdowns: Some(Default::default()), infra_fingerprint: "f".into(), ..Desired::nobody(names) }
    }

    #[test]
    fn every_parameter_sent_is_declared_and_the_reverse() {
        let identity = FleetIdentity { principal_id: ObjectId::new("p"), client_id: "c".into() };
        let slug = Slug::from_text("alice").unwrap();
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
        };
        let made = deployment(&desired(), &identity, &new).unwrap();
        assert_eq!(made.parameters.keys().cloned().collect::<BTreeSet<_>>(), declared(&made.template));
        let kept = deployment(&desired(), &identity, &NewMachine { disk: Some("/disks/d"), ..new }).unwrap();
        assert_eq!(kept.parameters.keys().cloned().collect::<BTreeSet<_>>(), declared(&kept.template));
        assert!(!kept.template.to_string().contains("osProfile"), "a disk with a system has its accounts already");
        let custom_data = made.parameters["customData"].as_str().unwrap();
        assert!(custom_data.len() < 64 * 1024, "Azure takes 64 KiB, this is {}", custom_data.len());
        let infra = super::super::sync::deployed_parameters(&desired(), "t", Vec::new(), Default::default());
        let template = assets::fleet_template().unwrap();
        assert_eq!(infra.keys().cloned().collect::<BTreeSet<_>>(), declared(&template));
    }

    #[test]
    fn a_dns_label_is_stable_and_short_enough() {
        let names = desired().names;
        let slug = Slug::from_text(&"a".repeat(200)).unwrap();
        assert!(dns_label(&names, &slug.machine()).len() <= 63);
        assert_eq!(dns_label(&names, "claw-a"), dns_label(&desired().names, "claw-a"));
    }
}
