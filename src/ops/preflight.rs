//! `preflight`: what would stop a first `up`, found without changing anything.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::{
    OpsError, Session,
    bootstrap::{NewMachine, deployment, dns_label},
    key,
    sync::{self, Planned},
    template::template,
};
use crate::{
    azure::{AzureError, Deployment, Environment, preflight::VaultName},
    fleet::{
        cost::{BUDGET_REMEDY, Cost},
        names::Names,
        observed::FleetIdentity,
        person::{ObjectId, Resolution},
        plan::PlanOptions,
        preflight::{self, Check, Outcome},
        step::Action,
    },
};

/// Resource providers that `up` needs.
const PROVIDERS: [&str; 6] = [
    "Microsoft.Compute",
    "Microsoft.Network",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Consumption",
    "Microsoft.ResourceGraph",
];
/// The one that a nightly stop needs beside them.
const SCHEDULES: &str = "Microsoft.DevTestLab";
/// Azure's names for its counts.
const CORES: &str = "cores";
const ADDRESSES: [&str; 2] = ["IPv4StandardSkuPublicIpAddresses", "StandardPublicIPAddresses"];
/// A machine's: the member's two roles at it, its identity's at its secret.
const ROLES_EACH: u64 = 3;
/// DNS labels asked about at once.
const AT_ONCE: usize = 8;

/// Every check, the worst last.
pub async fn preflight(session: &Session, from: &[String]) -> Result<Vec<Check>, OpsError> {
    let planned = sync::plan_from(session, &PlanOptions::default(), from).await?;
    let new = New::of(&planned);
    let look = Look { session, planned: &planned, new: &new };
    let (people, providers, rights, room, image, roles, vault, labels, policies) = tokio::join!(
        async { look.people() },
        look.providers(),
        look.permissions(),
        look.room(),
        look.image(),
        look.roles(),
        look.vault(),
        look.labels(),
        look.policies(),
    );
    let budget = look.budget();
    let mut checks: Vec<Check> =
        [budget, people, providers, rights, room, image, roles, vault, labels, policies].concat();
    checks.sort_by_key(|check| check.outcome);
    Ok(checks)
}

/// What is to be made.
struct New {
    machines: Vec<String>,
    /// How many of each size.
    sizes: BTreeMap<String, u64>,
}

impl New {
    fn of(planned: &Planned) -> Self {
        let mut new = Self { machines: Vec::new(), sizes: BTreeMap::new() };
        for step in &planned.plan.steps {
            if let Action::CreateMachine { machine, vm_size, .. } = &step.action {
                new.machines.push(machine.clone());
                *new.sizes.entry(vm_size.clone()).or_default() += 1;
            }
        }
        new
    }
}

struct Look<'a> {
    session: &'a Session,
    planned: &'a Planned,
    new: &'a New,
}

fn unseen(topic: &str, error: &AzureError) -> Vec<Check> {
    vec![Check::unknown(topic, format!("could not be checked: {}", error.message))]
}

impl Look<'_> {
    fn names(&self) -> &Names {
        &self.planned.desired.names
    }

    fn has_group(&self) -> bool {
        self.planned.observed.group.as_ref().is_some_and(|group| group.value)
    }

    /// Whether a machine that is always on stays within its budget; nothing where prices are not known.
    fn budget(&self) -> Vec<Check> {
        let Cost::Known(cost) = &self.planned.cost else { return Vec::new() };
        let finding = cost.over_budget.iter();
        finding.map(|finding| Check::warning("budget", finding, BUDGET_REMEDY)).collect()
    }

    /// Who was found, and why a plan would be refused or would leave somebody out.
    fn people(&self) -> Vec<Check> {
        let members = &self.planned.desired.members;
        let unknown = members.iter().filter(|m| matches!(m.resolution, Resolution::Unknown { .. })).count();
        let found = members.iter().filter(|m| m.resolution.person().is_some()).count();
        let mut checks = vec![match unknown {
            0 => Check::ok("people", format!("{found} of {} members found in the directory", members.len())),
            n => Check::unknown("people", format!("{n} members could not be looked up")),
        }];
        let plan = &self.planned.plan;
        checks.extend(
            plan.held.iter().map(|h| Check::warning("people", format!("{}: {}", h.target, h.reason), &h.remedy)),
        );
        checks.extend(plan.refusals.iter().map(|r| Check::stops("plan", &r.reason, &r.remedy)));
        checks
    }

    async fn providers(&self) -> Vec<Check> {
        let mut needed = PROVIDERS.to_vec();
        if self.planned.plan.steps.iter().any(|step| matches!(step.action, Action::SetShutdown { .. })) {
            needed.push(SCHEDULES);
        }
        match self.session.cloud().preflight(self.names()).unregistered(&needed).await {
            Ok(missing) if missing.is_empty() => vec![Check::ok("providers", "all resource providers are registered")],
            Ok(missing) => {
                let check = |n: &String| {
                    Check::stops(
                        "providers",
                        format!("{n} is not registered"),
                        format!("az provider register --wait -n {n}"),
                    )
                };
                missing.iter().map(check).collect()
            }
            Err(error) => unseen("providers", &error),
        }
    }

    async fn permissions(&self) -> Vec<Check> {
        match self.session.cloud().preflight(self.names()).permissions(self.has_group()).await {
            Ok(held) => vec![preflight::permissions(&held)],
            Err(error) => unseen("permissions", &error),
        }
    }

    /// Sizes, cores and addresses.
    async fn room(&self) -> Vec<Check> {
        let cloud = self.session.cloud().preflight(self.names());
        let (sizes, quotas) = match tokio::join!(cloud.sizes(), cloud.quotas()) {
            (Ok(sizes), Ok(quotas)) => (sizes, quotas),
            (Err(error), _) | (_, Err(error)) => return unseen("quota", &error),
        };
        let mut checks = Vec::new();
        let (mut cores, mut families) = (0, BTreeMap::<String, u64>::new());
        for (name, count) in &self.new.sizes {
            let offered = sizes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, size)| size);
            let location = &self.names().location;
            let Some(size) = offered else {
                let remedy = "choose another vmSize or location in team.json";
                checks.push(Check::stops("size", format!("{name} is not offered in {location}"), remedy));
                continue;
            };
            checks.push(match &size.restriction {
                Some(reason) => Check::stops(
                    "size",
                    format!("{name} is not available to you in {location} ({reason})"),
                    "choose another vmSize or location, or ask for access (portal: Quotas)",
                ),
                None => Check::ok("size", format!("{name} is offered in {location}")),
            });
            cores += size.cores * count;
            *families.entry(size.family.clone()).or_default() += size.cores * count;
        }
        let of = |name: &str| quotas.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, quota)| quota);
        checks.extend(of(CORES).map(|quota| preflight::quota(quota, cores)));
        checks.extend(families.iter().filter_map(|(family, cores)| Some(preflight::quota(of(family)?, *cores))));
        let addresses = ADDRESSES.iter().find_map(|name| of(name));
        checks.extend(addresses.map(|quota| preflight::quota(quota, self.new.machines.len() as u64)));
        checks
    }

    async fn image(&self) -> Vec<Check> {
        let location = &self.names().location;
        vec![match self.session.cloud().preflight(self.names()).has_image().await {
            Ok(true) => Check::ok("image", format!("Ubuntu 24.04 is offered in {location}")),
            Ok(false) => {
                Check::stops("image", format!("Ubuntu 24.04 is not offered in {location}"), "choose another location")
            }
            Err(error) => return unseen("image", &error),
        }]
    }

    async fn roles(&self) -> Vec<Check> {
        // azure.md §4.
        let limit = if self.session.cloud().environment() == Environment::Public { 4000 } else { 2000 };
        let more = self.new.machines.len() as u64 * ROLES_EACH + 2;
        match self.session.cloud().preflight(self.names()).assignments().await {
            Ok(used) => vec![preflight::assignments(used, limit, more)],
            Err(error) => unseen("roles", &error),
        }
    }

    async fn vault(&self) -> Vec<Check> {
        let (vault, has) = (self.names().vault(), self.names().vault_id());
        let there = self.planned.observed.resources.iter().flat_map(|seen| &seen.value);
        if there.into_iter().any(|r| r.id.eq_ignore_ascii_case(&has)) {
            return vec![Check::ok("vault", format!("{vault} is there"))];
        }
        vec![match self.session.cloud().preflight(self.names()).vault_name().await {
            Ok(VaultName::Free) => Check::ok("vault", format!("the name {vault} is free")),
            Ok(VaultName::Deleted(day)) => Check::warning(
                "vault",
                format!("{vault} was deleted {} and still holds its name", day.split('T').next().unwrap_or_default()),
                "up recovers it with its secrets; to begin anew: az keyvault purge -n NAME",
            ),
            Ok(VaultName::Taken(reason)) => Check::stops(
                "vault",
                format!("the name {vault} is taken: {reason}"),
                "take another group: its name makes the vault's",
            ),
            Err(error) => return unseen("vault", &error),
        }]
    }

    async fn labels(&self) -> Vec<Check> {
        let ask = |machine: &String| {
            let label = dns_label(self.names(), machine);
            async move { (self.session.cloud().preflight(self.names()).is_label_free(&label).await, label) }
        };
        let asked: Vec<_> = futures::stream::iter(&self.new.machines).map(ask).buffered(AT_ONCE).collect().await;
        let mut taken = Vec::new();
        for (answer, label) in asked {
            match answer {
                Ok(true) => {}
                Ok(false) => taken.push(label),
                Err(error) => return unseen("names", &error),
            }
        }
        vec![match taken.as_slice() {
            [] => Check::ok("names", format!("{} DNS labels are free", self.new.machines.len())),
            labels => Check::stops(
                "names",
                format!("DNS labels that are taken: {}", labels.join(", ")),
                "somebody's address has it: az network public-ip list; give the member another `name`",
            ),
        }]
    }

    /// ARM's own look at both templates, which finds policies.
    async fn policies(&self) -> Vec<Check> {
        if !self.has_group() {
            let group = &self.names().resource_group;
            return vec![Check::unknown(
                "policies",
                format!("policies can be checked once the group {group} is there (az group create)"),
            )];
        }
        let deployments = match self.deployments().await {
            Ok(deployments) => deployments,
            Err(error) => return vec![Check::unknown("policies", error.to_string())],
        };
        let cloud = self.session.cloud().preflight(self.names());
        let mut checks = Vec::new();
        for deployment in &deployments {
            if let Err(error) = cloud.validate(deployment).await {
                let remedy = error.remedy.clone().unwrap_or_else(|| "see what ARM says".into());
                checks.push(Check::stops("policies", format!("{}: {}", deployment.name, error.message), remedy));
            }
        }
        if checks.is_empty() {
            checks.push(Check::ok("policies", "ARM accepts both templates as they would be sent"));
        }
        checks
    }

    async fn deployments(&self) -> Result<Vec<Deployment>, OpsError> {
        let desired = &self.planned.desired;
        let mut all = vec![sync::infra_deployment(self.session, desired).await?];
        let new = self.planned.plan.steps.iter().find_map(|step| match &step.action {
            Action::CreateMachine { machine, slug, email, member, vm_size, disk } => {
                Some((machine, slug, email, member, vm_size, disk))
            }
            _ => None,
        });
        // It refers to the network by name, so it can be looked at once that is there.
        let is_ready = desired.names.scale_set_id();
        let there = self.planned.observed.resources.iter().flat_map(|seen| &seen.value);
        if let Some((machine, slug, email, member, vm_size, disk)) = new
            && there.into_iter().any(|r| r.id.eq_ignore_ascii_case(&is_ready))
        {
            let settings = self.session.settings();
            let path = settings.ssh_keys.first().ok_or_else(|| OpsError::failed("there is no SSH key"))?;
            let key = key::public(path)?;
            let identity = FleetIdentity { principal_id: ObjectId::new(""), client_id: uuid::Uuid::nil().to_string() };
            let (admin, disk) = (&settings.admin, disk.as_deref());
            let vault_suffix = settings.cloud.environment.vault_suffix();
            let config = &template(self.session, None)?;
            let ssh_public_key = &key;
            let new =
                NewMachine { machine, slug, email, member, vm_size, admin, ssh_public_key, vault_suffix, config, disk };
            all.push(deployment(desired, &identity, &new)?);
        }
        Ok(all)
    }
}

/// Whether any check stops `up`.
pub fn stops(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.outcome == Outcome::Stops)
}
