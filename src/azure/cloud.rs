//! The façade that `ops` uses; each method is one thing Azure can be asked.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use azure_core::{credentials::TokenCredential, http::Pipeline};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    access, actual,
    arm::Arm,
    budget,
    console::Consoles,
    credential, deleted_vault,
    deployment_board::Board,
    deployments, directory,
    error::{AzureError, AzureErrorKind, Task},
    failure::{from_core, from_setup},
    first_paint, groups, inventory, joined, lasting, locks, machines, me, observe, own_address,
    pipeline::Wire,
    preflight::Preflight,
    prices,
    rest::Rest,
    run_command, schedules, security_rules,
    settings::CloudSettings,
    throttle::Throttle,
    transport::Transport,
    vault::Vaults,
    what_if,
};
pub use super::{
    credential::Caller,
    deployments::{Deployed, Deployment},
    joined::Joined,
    lasting::Lasting,
    machines::PowerAction,
    operation::Progress,
    run_command::ScriptRun,
    throttle::ThrottleGauge,
    vault::SecretInfo,
};
use crate::fleet::{
    allow::SecurityRule,
    cost::Prices,
    group::GroupResolution,
    instance::Instance,
    names::Names,
    observed::{FleetIdentity, Observed, Resource},
    person::{ObjectId, Resolution},
    seen::Seen,
    step::PrincipalType,
    what_if::Change,
};

/// A connection to one cloud and subscription. Cheap to clone.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Inner>,
}

struct Inner {
    throttle: Throttle,
    credential: Arc<dyn TokenCredential>,
    environment: super::endpoints::Environment,
    arm_scope: String,
    arm: Arm,
    graph: Rest,
    consoles: Consoles,
    anonymous: Pipeline,
    caller: OnceCell<Caller>,
    me: OnceCell<me::Me>,
    vaults: Vaults,
    /// By lower-case group id.
    boards: Mutex<HashMap<String, Board>>,
}

impl Cloud {
    /// Sets up the pipeline; sends nothing.
    pub fn new(settings: &CloudSettings) -> Result<Self, AzureError> {
        let task = Task::new("set up", "the connection to Azure");
        let environment = settings.environment;
        let throttle = Throttle::default();
        let transport = Transport::new(settings, throttle.clone()).map_err(|error| from_setup(task, &error))?;
        let wire = Wire::new(transport, throttle.clone(), environment);
        let credential = credential::make(settings, &wire).map_err(|error| from_core(task, &error))?;
        let service = |base: &str| -> Result<Rest, AzureError> {
            let url = Url::parse(base).map_err(|e| task.error(AzureErrorKind::Protocol, e.to_string()))?;
            Ok(Rest::new(wire.authorized(credential.clone(), format!("{base}/.default")), url))
        };
        Ok(Self {
            inner: Arc::new(Inner {
                environment,
                arm_scope: format!("{}/.default", environment.arm()),
                arm: Arm::new(service(environment.arm())?),
                graph: service(environment.graph())?,
                consoles: Consoles::new(wire.anonymous(), environment.blob_suffix()),
                anonymous: wire.anonymous(),
                caller: OnceCell::new(),
                me: OnceCell::new(),
                vaults: Vaults::new(credential.clone(), environment, wire.options()),
                boards: Mutex::default(),
                credential,
                throttle,
            }),
        })
    }

    #[cfg(test)]
    pub(in crate::azure) fn arm(&self) -> &Arm {
        &self.inner.arm
    }

    pub fn throttle(&self) -> ThrottleGauge {
        self.inner.throttle.gauge()
    }

    /// Asked once: with the Azure CLI each token is a process of a second.
    pub async fn caller(&self) -> Result<Caller, AzureError> {
        self.inner.caller.get_or_try_init(|| self.sign_in()).await.cloned()
    }

    /// The same, if it was asked before.
    pub fn known_caller(&self) -> Option<&Caller> {
        self.inner.caller.get()
    }

    async fn sign_in(&self) -> Result<Caller, AzureError> {
        let task = Task::new("sign in", "to Azure");
        let token = self.inner.credential.get_token(&[&self.inner.arm_scope], None).await;
        let token = token.map_err(|error| from_core(task, &error))?;
        credential::caller_of(token.token.secret())
            .ok_or_else(|| task.error(AzureErrorKind::Protocol, "the access token does not say whose it is"))
    }

    /// The signed-in user; asked once. An error for a service principal.
    pub async fn me(&self) -> Result<me::Me, AzureError> {
        self.inner.me.get_or_try_init(|| me::read(&self.inner.graph)).await.cloned()
    }

    /// One answer per e-mail, in the same order. A failed look-up is `Resolution::Unknown`, not an error.
    pub async fn resolve(&self, emails: &[String]) -> Vec<Resolution> {
        directory::resolve(&self.inner.graph, &self.inner.throttle, emails).await
    }

    /// The people of each group, by its display name or object ID, in the same order. A failed look-up is
    /// `GroupResolution::Unknown`, not an error.
    pub async fn expand(&self, groups: &[String]) -> Vec<GroupResolution> {
        directory::expand(&self.inner.graph, groups).await
    }

    /// Everything `plan` needs. Never fails: what can't be seen is a gap.
    pub async fn observe(&self, names: &Names) -> Observed {
        observe::observe(&self.inner.arm, names, self.caller().await).await
    }

    /// Everything in the group; none where there is no group.
    pub async fn resources(&self, names: &Names) -> Result<Vec<Resource>, AzureError> {
        groups::resources(&self.inner.arm, names).await
    }

    /// First paint: machines, addresses and power in one Resource Graph query (`assets/queries/machines.kql`). May be stale.
    pub async fn inventory_fast(&self, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
        first_paint::machines(&self.inner.arm, names).await
    }

    /// Machines of any fleet that carry `who` in their tags or name, over every subscription that the caller can
    /// read (`assets/queries/mine.kql`). Without addresses, and may be stale.
    pub async fn whose(&self, who: &str) -> Result<Seen<Vec<Instance>>, AzureError> {
        first_paint::whose(&self.inner.arm, who).await
    }

    /// One machine, read now, without its address: all that its member may read. `None` when it does not exist.
    pub async fn machine_alone(&self, names: &Names, machine: &str) -> Result<Option<Instance>, AzureError> {
        inventory::alone(&self.inner.arm, names, machine).await
    }

    /// Whether the caller holds a role there that lets them log in, in effect or not yet.
    pub async fn may_log_in(&self, machine_id: &str) -> Result<bool, AzureError> {
        access::may_log_in(&self.inner.arm, machine_id, &self.caller().await?.object_id).await
    }

    /// The fresh list: VM list with `$expand=instanceView`, joined with NICs and addresses.
    pub async fn inventory(&self, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
        inventory::fresh(&self.inner.arm, names).await
    }

    /// The same in fewer requests where Azure's index has all addresses already, or they are `known`.
    pub async fn inventory_joined(
        &self,
        names: &Names,
        known: Option<Seen<Vec<Instance>>>,
    ) -> Result<Joined, AzureError> {
        joined::read(&self.inner.arm, names, known).await
    }

    /// One machine, read now. `None` when it does not exist.
    pub async fn machine(&self, names: &Names, machine: &str) -> Result<Option<Instance>, AzureError> {
        inventory::one(&self.inner.arm, names, machine).await
    }

    pub async fn ensure_group(&self, names: &Names, tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
        groups::ensure(&self.inner.arm, names, tags).await
    }

    /// The fleet's user-assigned identity; `None` when it does not exist yet.
    pub async fn fleet_identity(&self, names: &Names) -> Result<Option<FleetIdentity>, AzureError> {
        groups::fleet_identity(&self.inner.arm, names).await
    }

    /// Sets the group's monthly budget, in whole units of the billing currency.
    pub async fn set_budget(&self, names: &Names, amount: u32, contacts: &[String]) -> Result<(), AzureError> {
        budget::put(&self.inner.arm, names, amount, contacts).await
    }

    /// Brings the fleet's deleted vault back, with its secrets.
    pub async fn recover_vault(&self, names: &Names, tenant: &str) -> Result<(), AzureError> {
        deleted_vault::recover(&self.inner.arm, names, tenant).await
    }

    /// Removes a management lock; absent is success.
    pub async fn remove_lock(&self, id: &str) -> Result<(), AzureError> {
        locks::remove(&self.inner.arm, id).await
    }

    /// The security rules that are not the template's, ready to be sent again.
    pub async fn other_security_rules(&self, names: &Names) -> Result<Vec<serde_json::Value>, AzureError> {
        security_rules::others(&self.inner.arm, names).await
    }

    /// Whether the network stands, and the vault.
    pub async fn lasting(&self, names: &Names) -> Result<Lasting, AzureError> {
        lasting::read(&self.inner.arm, names).await
    }

    /// Every security rule of the fleet; `None` before the infrastructure stands.
    pub async fn security_rules(&self, names: &Names) -> Result<Option<Vec<SecurityRule>>, AzureError> {
        security_rules::list(&self.inner.arm, names).await
    }

    /// Adds an inbound rule for SSH from and to address ranges; no other rule is touched.
    pub async fn allow_ssh(
        &self,
        names: &Names,
        rule: &str,
        priority: u32,
        from: &str,
        to: &str,
    ) -> Result<(), AzureError> {
        security_rules::allow_ssh(&self.inner.arm, names, rule, priority, from, to).await
    }

    /// Removes one security rule; absent is success.
    pub async fn remove_security_rule(&self, names: &Names, rule: &str) -> Result<(), AzureError> {
        security_rules::remove(&self.inner.arm, names, rule).await
    }

    /// The caller's address as the internet sees it; otherwise why each of the services gave none.
    pub async fn public_address(&self, services: &[String]) -> Result<std::net::Ipv4Addr, Vec<String>> {
        own_address::find(&self.inner.anonymous, services).await
    }

    /// ARM's forecast of a deployment; nothing is changed.
    pub async fn what_if(&self, names: &Names, deployment: &Deployment) -> Result<Vec<Change>, AzureError> {
        what_if::of(&self.inner.arm, names, deployment).await
    }

    /// Retail prices of these VM sizes, of a machine's disk and of its address.
    pub async fn prices(&self, location: &str, sizes: &[String]) -> Result<Prices, AzureError> {
        prices::read(&self.inner.anonymous, location, sizes).await
    }

    /// The machine's daily stop: `time` as `1900`, `zone` by its Windows name.
    pub async fn set_shutdown(&self, names: &Names, machine: &str, time: &str, zone: &str) -> Result<(), AzureError> {
        schedules::put(&self.inner.arm, names, machine, time, zone).await
    }

    pub async fn remove_shutdown(&self, names: &Names, machine: &str) -> Result<(), AzureError> {
        schedules::remove(&self.inner.arm, names, machine).await
    }

    /// What the fleet's budget allows a month; `None` without one.
    pub async fn budget(&self, names: &Names) -> Result<Option<u32>, AzureError> {
        budget::read(&self.inner.arm, names).await
    }

    /// What the group was billed this month, hours late.
    pub async fn actual_cost(&self, names: &Names) -> Result<actual::Billed, AzureError> {
        actual::read(&self.inner.arm, names).await
    }

    /// What the subscription allows; reads only.
    pub fn preflight<'a>(&'a self, names: &'a Names) -> Preflight<'a> {
        Preflight::new(&self.inner.arm, names)
    }

    /// Sovereign clouds have their own limits.
    pub fn environment(&self) -> super::endpoints::Environment {
        self.inner.environment
    }

    /// A machine's address in the fleet's network.
    pub async fn private_address(&self, names: &Names, machine: &str) -> Result<Option<String>, AzureError> {
        inventory::private_address(&self.inner.arm, names, machine).await
    }

    /// The DNS name of a machine's public address, or else an address that it has; for its tag.
    pub async fn reached_at(&self, names: &Names, machine: &str) -> Result<Option<String>, AzureError> {
        inventory::reached_at(&self.inner.arm, names, machine).await
    }

    /// Puts a deployment (Incremental) and waits for its end; a running one of the same name is joined.
    /// On cancel the deployment goes on in Azure.
    pub async fn deploy(
        &self,
        names: &Names,
        deployment: &Deployment,
        progress: Progress<'_>,
        cancel: &CancellationToken,
    ) -> Result<Deployed, AzureError> {
        let board = self.board(names);
        deployments::deploy(&self.inner.arm, &board, names, deployment, progress, cancel).await
    }

    /// Cancels claw's deployments that run in the group; says which. What they made until then stays.
    pub async fn cancel_deployments(&self, names: &Names) -> Result<Vec<String>, AzureError> {
        deployments::cancel(&self.inner.arm, names).await
    }

    fn board(&self, names: &Names) -> Board {
        let mut boards = self.inner.boards.lock().unwrap_or_else(PoisonError::into_inner);
        let group = names.group_id().to_ascii_lowercase();
        boards.entry(group).or_insert_with(|| Board::new(&self.inner.arm, names)).clone()
    }

    /// Puts a role assignment under a GUID computed from scope, principal and role; `RoleAssignmentExists` is success.
    pub async fn grant(
        &self,
        scope: &str,
        principal: &ObjectId,
        principal_type: PrincipalType,
        role: &str,
    ) -> Result<(), AzureError> {
        access::grant(&self.inner.arm, scope, principal, principal_type, role).await
    }

    /// Deletes a role assignment by id; absent is success.
    pub async fn revoke(&self, assignment_id: &str) -> Result<(), AzureError> {
        access::revoke(&self.inner.arm, assignment_id).await
    }

    pub async fn power(
        &self,
        names: &Names,
        machine: &str,
        action: PowerAction,
        cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        machines::power(&self.inner.arm, names, machine, action, cancel).await
    }

    /// Merges tags into a resource's map (`Microsoft.Resources/tags`, operation Merge).
    pub async fn merge_tags(&self, resource_id: &str, tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
        groups::merge_tags(&self.inner.arm, resource_id, tags).await
    }

    /// The serial console's text so far; empty before the first boot.
    pub async fn console(&self, names: &Names, machine: &str) -> Result<String, AzureError> {
        self.inner.consoles.read(&self.inner.arm, names, machine).await
    }

    /// Runs a script on a machine through Azure's agent, as root; at most the last 4 KiB of each output come back.
    pub async fn run_command(
        &self,
        names: &Names,
        machine: &str,
        script: &str,
        cancel: &CancellationToken,
    ) -> Result<ScriptRun, AzureError> {
        run_command::run(&self.inner.arm, names, machine, script, cancel).await
    }

    /// Puts the Entra login extension onto a VM that lacks it.
    pub async fn install_entra_login(
        &self,
        names: &Names,
        machine: &str,
        cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        machines::install_entra_login(&self.inner.arm, names, machine, cancel).await
    }

    /// Lets the OS disk outlive its VM; says the disk's id.
    pub async fn keep_disk(
        &self,
        names: &Names,
        machine: &str,
        cancel: &CancellationToken,
    ) -> Result<String, AzureError> {
        machines::keep_disk(&self.inner.arm, names, machine, cancel).await
    }

    /// Deletes the VM; disk, NIC and address go with it (`deleteOption: Delete`). Refused when the VM, read just
    /// before, is not in the fleet's scale set; absent is success.
    pub async fn delete_machine(
        &self,
        names: &Names,
        machine: &str,
        cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        self.inner.consoles.forget(names, machine);
        machines::delete(&self.inner.arm, names, machine, cancel).await
    }

    pub async fn delete_group(
        &self,
        names: &Names,
        progress: Progress<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), AzureError> {
        groups::delete(&self.inner.arm, names, progress, cancel).await
    }

    /// A secret's current value; `None` where there is none.
    pub async fn secret(&self, vault: &str, name: &str) -> Result<Option<SecretString>, AzureError> {
        self.inner.vaults.get(vault, name).await
    }

    /// Writes a secret to Key Vault's data plane.
    pub async fn put_secret(&self, vault: &str, name: &str, value: &SecretString) -> Result<(), AzureError> {
        self.inner.vaults.put(vault, name, value).await
    }

    /// Names and ages. `Forbidden` while a fresh grant has not taken effect.
    pub async fn secrets(&self, vault: &str) -> Result<Vec<SecretInfo>, AzureError> {
        self.inner.vaults.list(vault).await
    }
}
