//! What a subscription allows, read without changing it.

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api,
    arm::Arm,
    deleted_vault,
    deployments::Deployment,
    error::{AzureError, Task},
};
use crate::fleet::{
    names::Names,
    preflight::{Permission, Quota},
};

/// A VM size as a region offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    pub family: String,
    pub cores: u64,
    /// Why this subscription can't have it here, e.g. `NotAvailableForSubscription`.
    pub restriction: Option<String>,
}

/// Whether the fleet's vault can have its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultName {
    Free,
    /// The day of its deletion; `up` recovers it.
    Deleted(String),
    /// Azure's reason.
    Taken(String),
}

/// Reads about one fleet's subscription and location.
#[derive(Clone, Copy)]
pub struct Preflight<'a> {
    arm: &'a Arm,
    names: &'a Names,
}

impl<'a> Preflight<'a> {
    pub(in crate::azure) fn new(arm: &'a Arm, names: &'a Names) -> Self {
        Self { arm, names }
    }

    /// Those of `namespaces` that are not registered.
    pub async fn unregistered(&self, namespaces: &[&str]) -> Result<Vec<String>, AzureError> {
        let names = self.names;
        let task = Task::new("list resource providers", &names.subscription);
        let url = self.arm.url(&format!("{}/providers", subscription(names)), api::PROVIDERS, &[]);
        let all: Vec<Value> = self.arm.list(task, url).await?;
        let is_registered = |namespace: &str| {
            let own = all.iter().find(|p| p["namespace"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(namespace)));
            own.is_some_and(|p| p["registrationState"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("Registered")))
        };
        Ok(namespaces.iter().filter(|n| !is_registered(n)).map(|n| (*n).to_owned()).collect())
    }

    /// What the caller may do at the group, or at the subscription while there is no group.
    pub async fn permissions(&self, has_group: bool) -> Result<Vec<Permission>, AzureError> {
        let names = self.names;
        let task = Task::new("read your permissions", &names.subscription);
        let scope = if has_group { names.group_id() } else { subscription(names) };
        self.arm
            .list(
                task,
                self.arm.url(
                    &format!("{scope}/providers/Microsoft.Authorization/permissions"),
                    api::AUTHORIZATION,
                    &[],
                ),
            )
            .await
    }

    /// Quotas by Azure's own name, of Compute and Network together.
    pub async fn quotas(&self) -> Result<Vec<(String, Quota)>, AzureError> {
        let names = self.names;
        let task = Task::new("read quotas", &names.location);
        let of =
            |provider: &str, version| self.arm.url(&format!("{}/usages", in_location(names, provider)), version, &[]);
        let (compute, network) = tokio::try_join!(
            self.arm.list::<Usage>(task, of("Microsoft.Compute", api::COMPUTE)),
            self.arm.list::<Usage>(task, of("Microsoft.Network", api::NETWORK)),
        )?;
        let quota = |usage: Usage| {
            let name = usage.name.localized_value.unwrap_or_else(|| usage.name.value.clone());
            let limit = u64::try_from(usage.limit).unwrap_or(u64::MAX);
            (usage.name.value, Quota { name, used: usage.current_value, limit })
        };
        Ok(compute.into_iter().chain(network).map(quota).collect())
    }

    /// A size in the fleet's location; `None` when it is not offered there.
    pub async fn sizes(&self) -> Result<Vec<(String, Size)>, AzureError> {
        let names = self.names;
        let task = Task::new("list VM sizes", &names.location);
        let filter = format!("location eq '{}'", names.location);
        let url = format!("{}/providers/Microsoft.Compute/skus", subscription(names));
        let all: Vec<Value> = self.arm.list(task, self.arm.url(&url, api::SKUS, &[("$filter", &filter)])).await?;
        let machines = all.iter().filter(|sku| sku["resourceType"] == "virtualMachines");
        Ok(machines.filter_map(|sku| Some((sku["name"].as_str()?.to_owned(), size(sku)))).collect())
    }

    /// Whether the region has an image of Ubuntu 24.04.
    pub async fn has_image(&self) -> Result<bool, AzureError> {
        let names = self.names;
        let task = Task::new("look for the image", "Ubuntu 24.04");
        let image = "publishers/Canonical/artifacttypes/vmimage/offers/ubuntu-24_04-lts/skus/server/versions";
        let url = format!("{}/{image}", in_location(names, "Microsoft.Compute"));
        let found: Option<Vec<Value>> =
            self.arm.find(task, &self.arm.url(&url, api::COMPUTE, &[("$top", "1")])).await?;
        Ok(found.is_some_and(|versions| !versions.is_empty()))
    }

    /// How many role assignments the subscription holds.
    pub async fn assignments(&self) -> Result<u64, AzureError> {
        let names = self.names;
        let task = Task::new("count role assignments", &names.subscription);
        let url = format!("{}/providers/Microsoft.Authorization/roleAssignments", subscription(names));
        let all: Vec<Value> = self.arm.list(task, self.arm.url(&url, api::AUTHORIZATION, &[])).await?;
        Ok(all.len() as u64)
    }

    pub async fn vault_name(&self) -> Result<VaultName, AzureError> {
        let names = self.names;
        let vault = names.vault();
        let task = Task::new("check the vault's name", &vault);
        let url = self.arm.url(
            &format!("{}/providers/Microsoft.KeyVault/checkNameAvailability", subscription(names)),
            api::VAULTS,
            &[],
        );
        let body = json!({"name": vault, "type": "Microsoft.KeyVault/vaults"});
        let answer: Value = self.arm.send(task, Method::Post, &url, Some(&body)).await?.json(task)?;
        if answer["nameAvailable"] == true {
            return Ok(VaultName::Free);
        }
        match deleted_vault::find(self.arm, names).await? {
            Some(deleted) => Ok(VaultName::Deleted(deleted.deleted)),
            None => Ok(VaultName::Taken(answer["message"].as_str().unwrap_or("the name is taken").to_owned())),
        }
    }

    /// Whether nobody has this DNS label in the region.
    pub async fn is_label_free(&self, label: &str) -> Result<bool, AzureError> {
        let names = self.names;
        let task = Task::new("check the DNS label", label);
        let url = format!("{}/CheckDnsNameAvailability", in_location(names, "Microsoft.Network"));
        let answer: Value =
            self.arm.get(task, &self.arm.url(&url, api::NETWORK, &[("domainNameLabel", label)])).await?;
        Ok(answer["available"] != false)
    }

    /// Lets ARM look at a deployment, policies included, without making anything.
    pub async fn validate(&self, deployment: &Deployment) -> Result<(), AzureError> {
        let names = self.names;
        let task = Task::new("validate deployment", &deployment.name);
        let id = names.resource("Microsoft.Resources/deployments", &deployment.name);
        let url = self.arm.url(&format!("{id}/validate"), api::RESOURCES, &[]);
        let answer = self.arm.send(task, Method::Post, &url, Some(&deployment.body())).await?;
        super::operation::finish(self.arm, task, answer, None).await
    }
}

fn subscription(names: &Names) -> String {
    format!("/subscriptions/{}", names.subscription)
}

fn in_location(names: &Names, provider: &str) -> String {
    format!("{}/providers/{provider}/locations/{}", subscription(names), names.location)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    current_value: u64,
    limit: i64,
    name: UsageName,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageName {
    value: String,
    localized_value: Option<String>,
}

fn size(sku: &Value) -> Size {
    let capabilities = sku["capabilities"].as_array().into_iter().flatten();
    let cores = capabilities.into_iter().find(|c| c["name"] == "vCPUs").and_then(|c| c["value"].as_str()?.parse().ok());
    // A restriction of single zones does not concern machines without zone.
    let restrictions = sku["restrictions"].as_array().into_iter().flatten();
    let restriction = restrictions.into_iter().find(|r| r["type"] == "Location");
    Size {
        family: sku["family"].as_str().unwrap_or_default().to_owned(),
        cores: cores.unwrap_or_default(),
        restriction: restriction.map(|r| r["reasonCode"].as_str().unwrap_or("restricted").to_owned()),
    }
}
