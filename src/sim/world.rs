//! What the embedded cloud is at this moment; shared by its services and its machines.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

pub use super::secret_store::StoredSecret;
use super::{
    account::Account,
    arm::memory::Memory,
    chaos::Chaos,
    clock::Clock,
    entra,
    graph::quota::Quota,
    machine::{Ear, Machine},
    met::{EARLY, Met},
    scenario::Scenario,
    secret_store::SecretStore,
};

/// A resource as ARM keeps it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// As first written.
    pub id: String,
    /// Lower case, e.g. `microsoft.compute/virtualmachines`.
    pub kind: String,
    /// The body ARM would answer with, `id`, `name`, `type`, `properties` included.
    pub body: Value,
}

/// A role assignment.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// ARM id of the assignment.
    pub id: String,
    /// Lower case.
    pub scope: String,
    pub principal: String,
    pub principal_type: String,
    /// GUID of the role definition.
    pub role: String,
    /// Virtual time at which it starts to have effect (propagation delay).
    pub effective_at: OffsetDateTime,
}

/// The state; lock it briefly, never across an await.
#[derive(Default)]
pub struct State {
    /// Tenant, subscription and service principal; never changes.
    pub account: Account,
    /// Keyed by lower-cased id.
    pub resources: BTreeMap<String, Resource>,
    pub assignments: Vec<RoleAssignment>,
    /// vault name → secret name (both lower case) → its current version.
    pub secrets: BTreeMap<String, BTreeMap<String, StoredSecret>>,
    /// vault name → older versions and deleted secrets. Whoever purges a vault removes it here and above.
    pub vaults: BTreeMap<String, SecretStore>,
    /// Keyed by lower-cased VM id.
    pub machines: BTreeMap<String, Arc<Machine>>,
    /// Keyed by public IP address and by DNS name: lower-cased VM id.
    pub addresses: BTreeMap<String, String>,
    /// Cancelled when the cloud stops; tasks that wait on the clock end with it.
    pub stop: CancellationToken,
    /// What ARM knows beside the resources.
    pub arm: Memory,
    /// What Entra remembers of sign-ins.
    pub entra: entra::memory::Memory,
    /// What callers have asked of the directory lately.
    pub graph_quota: Quota,
    /// Requests nobody understood (answered 501), and what was given to impostors.
    pub unknown: Vec<String>,
    /// For tests: hears what machines are told over SSH.
    pub ear: Option<Ear>,
    /// Every request, `METHOD host path`, for tests that count them.
    pub requests: Vec<String>,
    /// For tests that count these.
    pub met: Met,
}

impl State {
    pub fn meet(&mut self, what: &'static str) {
        *self.met.entry(what).or_default() += 1;
    }
}

/// Where the cloud is for those on this machine.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The folder with `ca.pem` in it; absolute.
    pub dir: PathBuf,
    /// The proxy's port on 127.0.0.1.
    pub port: u16,
}

pub struct World {
    pub place: Place,
    pub scenario: Scenario,
    pub clock: Clock,
    pub chaos: Chaos,
    pub state: Mutex<State>,
}

impl World {
    /// A poisoned lock means another task panicked; its half-done change is still the best there is.
    pub fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether `principal` holds `role` at `scope` or above, in effect now. Scopes compare without case.
    pub fn allowed(&self, principal: &str, roles: &[&str], scope: &str) -> bool {
        let now = self.clock.now();
        self.holds(principal, roles, scope, |from| from <= now)
    }

    /// Counts a caller who was refused though they hold the role, which has yet to spread.
    pub fn refused(&self, principal: &str, roles: &[&str], scope: &str) {
        if self.holds(principal, roles, scope, |_| true) {
            self.state().meet(EARLY);
        }
    }

    fn holds(&self, principal: &str, roles: &[&str], scope: &str, since: impl Fn(OffsetDateTime) -> bool) -> bool {
        let scope = scope.to_ascii_lowercase();
        self.state().assignments.iter().any(|a| {
            a.principal.eq_ignore_ascii_case(principal)
                && roles.iter().any(|r| a.role.eq_ignore_ascii_case(r))
                && since(a.effective_at)
                && (scope == a.scope || scope.starts_with(&format!("{}/", a.scope.trim_end_matches('/'))))
        })
    }
}
