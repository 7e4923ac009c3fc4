//! One step, carried out.

use tokio_util::sync::CancellationToken;

use super::pin;
use crate::{
    azure::{Deployment, PowerAction},
    fleet::{
        instance::Instance,
        names::Names,
        observed::FleetIdentity,
        person::ObjectId,
        step::{Action, Principal, PrincipalType, Step, StepId},
    },
    ops::{
        Event, Events, OpsError, Session, assets,
        bootstrap::{NewMachine, deployment},
        key,
        sync::{Planned, deployed_parameters},
    },
};

/// What every step of one run shares.
pub struct Worker {
    session: Session,
    planned: Planned,
    events: Events,
    cancel: CancellationToken,
}

impl Worker {
    pub fn new(session: &Session, planned: &Planned, events: &Events, cancel: &CancellationToken) -> Self {
        Self { session: session.clone(), planned: planned.clone(), events: events.clone(), cancel: cancel.clone() }
    }

    fn names(&self) -> &Names {
        &self.planned.desired.names
    }

    pub async fn run(&self, step: &Step) -> Result<(), OpsError> {
        let cloud = self.session.cloud();
        let names = self.names();
        match &step.action {
            Action::EnsureGroup => {
                let fleet = &self.planned.desired.fleet;
                let tags = [("app", "claw"), ("project", &fleet.project), ("environment", &fleet.environment)];
                let tags = tags.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
                cloud.ensure_group(names, &tags).await?;
            }
            Action::EnsureInfra => self.infra(&step.id).await?,
            Action::CreateMachine { .. } => self.create(step).await?,
            Action::Grant { scope, principal, role, .. } => {
                let (id, kind) = self.principal(principal).await?;
                cloud.grant(scope, &id, kind, role).await?;
            }
            Action::Revoke { assignment, .. } => cloud.revoke(assignment).await?,
            Action::PinHostKey { machine } => {
                pin::pin(&self.session, names, machine, self.say(&step.id), &self.cancel).await?;
            }
            Action::Retag { machine, tags } => {
                self.unchanged(machine).await?;
                cloud.merge_tags(&names.machine_id(machine), tags).await?;
            }
            Action::Start { machine } => cloud.power(names, machine, PowerAction::Start, &self.cancel).await?,
            Action::Deallocate { machine, .. } => {
                self.unchanged(machine).await?;
                cloud.power(names, machine, PowerAction::Deallocate, &self.cancel).await?;
            }
            Action::DeleteMachine { machine } => {
                self.unchanged(machine).await?;
                cloud.delete_machine(names, machine, &self.cancel).await?;
            }
            Action::DeleteGroup => cloud.delete_group(names, &self.say(&step.id), &self.cancel).await?,
        }
        Ok(())
    }

    fn say(&self, step: &StepId) -> impl Fn(String) + Send + Sync + use<> {
        let (events, step) = (self.events.clone(), step.clone());
        move |message| events.send(Event::StepProgress { step: step.clone(), message })
    }

    async fn infra(&self, step: &StepId) -> Result<(), OpsError> {
        let cloud = self.session.cloud();
        let tenant = cloud.caller().await?.tenant;
        let deployment = Deployment {
            name: Names::INFRA_DEPLOYMENT.into(),
            template: assets::fleet_template()?,
            parameters: deployed_parameters(&self.planned.desired, &tenant),
        };
        cloud.deploy(self.names(), &deployment, &self.say(step), &self.cancel).await?;
        Ok(())
    }

    async fn create(&self, step: &Step) -> Result<(), OpsError> {
        let Action::CreateMachine { machine, slug, email, member, vm_size } = &step.action else { return Ok(()) };
        let (cloud, settings) = (self.session.cloud(), self.session.settings());
        // Somebody else may have made it since the plan; an existing VM is never deployed over.
        if let Some(there) = cloud.machine(self.names(), machine).await? {
            if there.member.as_ref() == Some(member) && there.provisioning.eq_ignore_ascii_case("succeeded") {
                return Ok(());
            }
            if there.member.as_ref() != Some(member) {
                return Err(changed(machine));
            }
        }
        let identity = self.identity().await?;
        let key = settings.ssh_keys.first().ok_or_else(|| OpsError::failed("there is no SSH key"))?;
        let key = key::public(key)?;
        let new = NewMachine { machine, slug, email, member, vm_size, admin: &settings.admin, ssh_public_key: &key };
        let deployment = deployment(&self.planned.desired, &identity, &new)?;
        cloud.deploy(self.names(), &deployment, &self.say(&step.id), &self.cancel).await?;
        Ok(())
    }

    async fn identity(&self) -> Result<FleetIdentity, OpsError> {
        let identity = self.session.cloud().fleet_identity(self.names()).await?;
        identity.ok_or_else(|| {
            OpsError::failed(format!("the fleet's identity {} is not there", Names::IDENTITY))
                .with_remedy("run claw up again: it deploys the infrastructure first")
        })
    }

    async fn principal(&self, principal: &Principal) -> Result<(ObjectId, PrincipalType), OpsError> {
        match principal {
            Principal::Known { object_id, principal_type } => Ok((object_id.clone(), *principal_type)),
            Principal::FleetIdentity => Ok((self.identity().await?.principal_id, PrincipalType::ServicePrincipal)),
            Principal::IdentityOf { machine } => {
                let instance = self.session.cloud().machine(self.names(), machine).await?;
                let id = instance.and_then(|i| i.principal_id).ok_or_else(|| {
                    OpsError::failed(format!("{machine} has no system-assigned identity"))
                        .with_remedy("run claw up again once the machine is there")
                })?;
                Ok((id, PrincipalType::ServicePrincipal))
            }
        }
    }

    /// Reads the machine anew and checks that it is still the one the plan saw.
    async fn unchanged(&self, machine: &str) -> Result<Instance, OpsError> {
        let now = self.session.cloud().machine(self.names(), machine).await?.ok_or_else(|| changed(machine))?;
        let seen = self.planned.observed.instances.iter().flat_map(|i| &i.value).find(|i| i.name == machine);
        match seen {
            Some(seen) if seen.member == now.member => Ok(now),
            _ => Err(changed(machine)),
        }
    }
}

fn changed(machine: &str) -> OpsError {
    OpsError::refused(format!("{machine} is not the machine the plan saw: it changed hands meanwhile"), "plan again")
}
