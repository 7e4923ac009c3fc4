//! ARM's own look at what would be sent.

use super::Look;
use crate::{
    azure::Deployment,
    fleet::{observed::FleetIdentity, person::ObjectId, preflight::Check, step::Action},
    ops::{
        OpsError,
        bootstrap::{NewMachine, deployment},
        key, sync,
        template::template,
    },
};

impl Look<'_> {
    /// ARM's own look at both templates, which finds policies.
    pub(super) async fn policies(&self) -> Vec<Check> {
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
            let (admin, disk, seen) = (&settings.admin, disk.as_deref(), self.planned.observed.machines());
            let vault_suffix = settings.cloud.environment.vault_suffix();
            let config = &template(self.session, None)?;
            let ssh_public_key = &key;
            let new = NewMachine {
                machine,
                slug,
                email,
                member,
                vm_size,
                admin,
                ssh_public_key,
                vault_suffix,
                config,
                disk,
                seen,
            };
            all.push(deployment(desired, &identity, &new)?);
        }
        Ok(all)
    }
}
