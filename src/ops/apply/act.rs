//! One step, carried out.

use tokio_util::sync::CancellationToken;

use super::{forget, pin};
use crate::{
    azure::{AzureErrorKind, Deployed, PowerAction},
    fleet::{
        instance::{Instance, PowerState, tag},
        names::Names,
        observed::FleetIdentity,
        person::ObjectId,
        step::{Action, Principal, PrincipalType, Step, StepId},
    },
    ops::{
        Event, Events, OpsError, Session,
        bootstrap::{NewMachine, deployment},
        key,
        sync::{Goal, Planned, infra_deployment},
        template::template,
    },
};

/// Deployments of the infrastructure by somebody else that are waited for in one run.
const MOST_JOINED: usize = 3;

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
            Action::RecoverVault { .. } => {
                let tenant = cloud.caller().await?.tenant;
                cloud.recover_vault(names, &tenant).await?;
            }
            Action::EnsureInfra => self.infra(&step.id).await?,
            Action::EnsureBudget { amount } => {
                let contacts: Vec<String> = self.planned.desired.operators.iter().map(|o| o.email.clone()).collect();
                cloud.set_budget(names, *amount, &contacts).await?;
            }
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
            Action::SetShutdown { machine, time, zone } => cloud.set_shutdown(names, machine, time, zone).await?,
            Action::RemoveShutdown { machine } => cloud.remove_shutdown(names, machine).await?,
            Action::Start { machine } => cloud.power(names, machine, PowerAction::Start, &self.cancel).await?,
            Action::Deallocate { machine, .. } => {
                self.unchanged(machine).await?;
                cloud.power(names, machine, PowerAction::Deallocate, &self.cancel).await?;
            }
            Action::InstallEntraLogin { machine } => cloud.install_entra_login(names, machine, &self.cancel).await?,
            Action::KeepDisk { machine } => self.keep_disk(machine).await?,
            Action::DeleteMachine { machine } => {
                self.unchanged(machine).await?;
                self.still_planned(step).await?;
                // Where machines come back on their disks, they go on reading what is theirs.
                if matches!(self.planned.goal, Goal::Up { .. }) {
                    let seen = &self.planned.observed;
                    forget::secret_of(&self.session, names, seen, machine).await?;
                }
                let deletion = cloud.delete_machine(names, machine, &self.cancel);
                crate::ops::allow::with_ways_in(&self.session, names, machine, deletion).await?;
                // Azure leaves it behind.
                let schedules = self.planned.observed.schedules.iter().flat_map(|s| &s.value);
                if schedules.into_iter().any(|s| s.is_own && s.is_of(machine)) {
                    cloud.remove_shutdown(names, machine).await?;
                }
            }
            Action::RemoveLock { lock } => {
                self.still_planned(step).await?;
                cloud.remove_lock(lock).await?;
            }
            Action::DeleteGroup => {
                self.still_planned(step).await?;
                cloud.delete_group(names, &self.say(&step.id), &self.cancel).await?;
            }
        }
        Ok(())
    }

    fn say(&self, step: &StepId) -> impl Fn(String) + Send + Sync + use<> {
        let (events, step) = (self.events.clone(), step.clone());
        move |message| events.send(Event::StepProgress { step: step.clone(), message })
    }

    async fn infra(&self, step: &StepId) -> Result<(), OpsError> {
        let cloud = self.session.cloud();
        for _ in 0..MOST_JOINED {
            let deployment = infra_deployment(&self.session, &self.planned.desired).await?;
            // Somebody else's, or that of a command before this one, may have had other settings: who may come in by SSH.
            // However it went, one's own is sent after it.
            match cloud.deploy(self.names(), &deployment, &self.say(step), &self.cancel).await? {
                Deployed::AsSent => return Ok(()),
                Deployed::Joined(_) => {}
            }
        }
        Err(OpsError::failed("somebody else goes on deploying the infrastructure")
            .with_remedy("ask who, and run this again"))
    }

    async fn create(&self, step: &Step) -> Result<(), OpsError> {
        let Action::CreateMachine { machine, slug, email, member, vm_size, disk } = &step.action else {
            return Ok(());
        };
        let (cloud, settings) = (self.session.cloud(), self.session.settings());
        // Somebody else may have made it since the plan; an existing VM is never deployed over.
        if self.is_made(machine, member).await? {
            return Ok(());
        }
        let identity = self.identity().await?;
        let key = settings.ssh_keys.first().ok_or_else(|| OpsError::failed("there is no SSH key"))?;
        let key = key::public(key)?;
        let (disk, seen) = (disk.as_deref(), self.planned.observed.machines());
        let admin = &settings.admin;
        let vault_suffix = settings.cloud.environment.vault_suffix();
        let config = &template(&self.session, None)?;
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
        let deployment = deployment(&self.planned.desired, &identity, &new)?;
        let deployed = cloud.deploy(self.names(), &deployment, &self.say(&step.id), &self.cancel).await;
        match deployed.and_then(Deployed::went) {
            // Another operator's deployment ended between the look and this one; theirs is as good.
            Err(error) if error.kind == AzureErrorKind::Conflict && self.is_made(machine, member).await? => Ok(()),
            done => Ok(done?),
        }
    }

    /// Whether the VM is there and has come up once: from then on it is never deployed over.
    async fn is_made(&self, machine: &str, member: &ObjectId) -> Result<bool, OpsError> {
        match self.session.cloud().machine(self.names(), machine).await? {
            None => Ok(false),
            Some(there) if there.member.as_ref() != Some(member) => Err(changed(machine)),
            Some(there) => {
                let is_done = there.provisioning.eq_ignore_ascii_case("succeeded");
                Ok(is_done || there.power.value != PowerState::Unknown)
            }
        }
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

    /// What was written on the machine is written on its disk too, so that it is found by its owner.
    async fn keep_disk(&self, machine: &str) -> Result<(), OpsError> {
        let there = self.unchanged(machine).await?;
        let disk = self.session.cloud().keep_disk(self.names(), machine, &self.cancel).await?;
        let owner = [tag::MEMBER, tag::SLUG, tag::EMAIL];
        let tags = there.tags.into_iter().filter(|(name, _)| owner.contains(&name.as_str())).collect();
        self.session.cloud().merge_tags(&disk, &tags).await?;
        Ok(())
    }

    /// Observes and plans again, right before something is destroyed: another operator may have been at it.
    async fn still_planned(&self, step: &Step) -> Result<(), OpsError> {
        let observed = self.session.cloud().observe(self.names()).await;
        let again = self.planned.goal.plan(&self.planned.desired, &observed);
        if let Some(refusal) = again.refusals.first() {
            return Err(OpsError::refused(refusal.reason.clone(), refusal.remedy.clone()));
        }
        // The description too: it names the machines that go with a group.
        let is_same = |s: &Step| s.id == step.id && s.action == step.action && s.description == step.description;
        match again.steps.iter().any(is_same) {
            true => Ok(()),
            false => Err(OpsError::refused(
                format!("{} is no longer planned: something changed since the plan was shown", step.id),
                "plan again, and look at what is different",
            )),
        }
    }

    /// Reads the machine anew and checks that it is still the one the plan saw.
    async fn unchanged(&self, machine: &str) -> Result<Instance, OpsError> {
        let now = self.session.cloud().machine(self.names(), machine).await?.ok_or_else(|| changed(machine))?;
        let seen = self.planned.observed.machines().iter().find(|i| i.name == machine);
        match seen {
            Some(seen) if seen.member == now.member => Ok(now),
            _ => Err(changed(machine)),
        }
    }
}

fn changed(machine: &str) -> OpsError {
    OpsError::refused(format!("{machine} is not the machine the plan saw: it changed hands meanwhile"), "plan again")
}
