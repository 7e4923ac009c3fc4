//! Names: the member's slug and every Azure name that follows from it.

use serde::{Deserialize, Serialize};

/// The short, stable name of a member: `[a-z0-9]` and inner `-`, 1 to 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Would be called like the secret that everybody reads, or like the infrastructure's deployment.
pub const RESERVED: [&str; 2] = ["shared", "infra"];

impl Slug {
    /// From an explicit `name` or the local part of an e-mail: lower case, every run of other
    /// characters becomes one `-`, ends trimmed. `None` when nothing usable is left, or only a [`RESERVED`] name.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in text.to_ascii_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() == 40 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        (!slug.is_empty() && !RESERVED.contains(&slug)).then(|| Self(slug.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `claw-<slug>`: the VM, its host name and its deployment.
    pub fn machine(&self) -> String {
        format!("claw-{}", self.0)
    }

    /// The slug in the name of a VM; `None` where claw would not have called it so.
    pub fn of_machine(name: &str) -> Option<Self> {
        let slug = name.strip_prefix("claw-").and_then(Self::from_text)?;
        (slug.machine() == name).then_some(slug)
    }

    /// Name of the Key Vault secret that only this member's machine may read, before there is one.
    pub fn secret(&self) -> String {
        format!("openclaw-{}", self.0)
    }

    /// The same for their machine of this name. It asks for the secret that it was made with, whatever its member is
    /// called since; one that claw has not named asks for its member's.
    pub fn secret_of(&self, machine: &str) -> String {
        Self::of_machine(machine).as_ref().unwrap_or(self).secret()
    }

    /// The slug in the name of a machine's disk.
    pub fn of_disk(name: &str) -> Option<Self> {
        Self::of_machine(name.to_ascii_lowercase().strip_suffix("-disk")?)
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of the Key Vault secret that every machine of the fleet may read.
pub const SHARED_SECRET: &str = "openclaw-shared";

/// Where a fleet lives and what its parts are called. All ids are ARM resource ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    pub subscription: String,
    pub resource_group: String,
    pub location: String,
}

impl Names {
    pub const SCALE_SET: &str = "openclaw";
    pub const IDENTITY: &str = "claw-fleet";
    pub const NSG: &str = "claw-nsg";
    /// The rule of the template; others are nobody's but their maker's.
    pub const SSH_RULE: &str = "claw-ssh";
    pub const VNET: &str = "claw-vnet";
    pub const SUBNET: &str = "machines";
    pub const INFRA_DEPLOYMENT: &str = "claw-infra";
    /// The `CanNotDelete` lock on the scale set.
    pub const LOCK: &str = "claw-keep";
    pub const BUDGET: &str = "claw-monthly";
    /// The VM extension that lets Entra users log in.
    pub const ENTRA_LOGIN: &str = "AADSSHLoginForLinux";

    /// Where a machine lives, by its ARM id. `None` for what is no id of a virtual machine.
    pub fn of_machine(id: &str, location: &str) -> Option<Self> {
        let parts: Vec<&str> = id.split('/').collect();
        match parts[..] {
            ["", s, subscription, g, resource_group, p, provider, kind, _]
                if s.eq_ignore_ascii_case("subscriptions")
                    && g.eq_ignore_ascii_case("resourceGroups")
                    && p.eq_ignore_ascii_case("providers")
                    && provider.eq_ignore_ascii_case("Microsoft.Compute")
                    && kind.eq_ignore_ascii_case("virtualMachines") =>
            {
                let (subscription, resource_group) = (subscription.to_owned(), resource_group.to_owned());
                Some(Self { subscription, resource_group, location: location.to_owned() })
            }
            _ => None,
        }
    }

    pub fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.resource_group)
    }

    /// `{group}/providers/{kind}/{name}`, e.g. kind `Microsoft.Compute/virtualMachines`.
    pub fn resource(&self, kind: &str, name: &str) -> String {
        format!("{}/providers/{kind}/{name}", self.group_id())
    }

    pub fn machine_id(&self, machine: &str) -> String {
        self.resource("Microsoft.Compute/virtualMachines", machine)
    }

    pub fn scale_set_id(&self) -> String {
        self.resource("Microsoft.Compute/virtualMachineScaleSets", Self::SCALE_SET)
    }

    pub fn lock_id(&self) -> String {
        format!("{}/providers/Microsoft.Authorization/locks/{}", self.scale_set_id(), Self::LOCK)
    }

    /// A machine's own resource, which is named after it: `nic`, `ip` or `disk`.
    pub fn part(machine: &str, part: &str) -> String {
        format!("{machine}-{part}")
    }

    /// Azure's own stop of a VM, whose name has to be this one.
    pub fn shutdown(machine: &str) -> String {
        format!("shutdown-computevm-{machine}")
    }

    /// The machine that such a name is for, in lower case.
    pub fn shutdown_of(name: &str) -> Option<String> {
        name.to_ascii_lowercase().strip_prefix("shutdown-computevm-").map(str::to_owned)
    }

    /// Vault names are global and at most 24 characters: `claw-` and 16 hex digits of
    /// SHA-256 over the lower-cased subscription and group.
    pub fn vault(&self) -> String {
        use sha2::{Digest, Sha256};
        let seed = format!("{}/{}", self.subscription, self.resource_group).to_ascii_lowercase();
        let digest: [u8; 32] = Sha256::digest(seed.as_bytes()).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        format!("claw-{:016x}", u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    pub fn vault_id(&self) -> String {
        self.resource("Microsoft.KeyVault/vaults", &self.vault())
    }

    /// The scope of a role assignment on one secret.
    pub fn secret_id(&self, secret: &str) -> String {
        Self::secret_in(&self.vault_id(), secret)
    }

    /// The same for many secrets of one vault, whose id takes a hash to find.
    pub fn secret_in(vault_id: &str, secret: &str) -> String {
        format!("{vault_id}/secrets/{secret}")
    }

    pub fn identity_id(&self) -> String {
        self.resource("Microsoft.ManagedIdentity/userAssignedIdentities", Self::IDENTITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another name would be another vault, without anybody's secrets.
    #[test]
    fn the_vault_of_a_group_keeps_its_name() {
        let names = Names {
            subscription: "00000000-0000-0000-0000-000000000000".into(),
            resource_group: "OpenClaw-RG".into(),
            location: "eastus2".into(),
        };
        assert_eq!(names.vault(), "claw-5c2c0037001cdcd9");
    }
}
