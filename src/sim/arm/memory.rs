//! What ARM and its providers remember beside the resources themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sim::machine::{Machine, MachineSpec};

#[derive(Default)]
pub struct Memory {
    /// Long-running operations by their id.
    pub operations: BTreeMap<String, Operation>,
    /// What operations that only look have found, by their id.
    pub results: BTreeMap<String, Value>,
    /// What is left of request limits, by limit.
    pub buckets: BTreeMap<String, Bucket>,
    /// By lower-cased id.
    pub deployments: BTreeMap<String, Deployment>,
    /// By lower-cased VM id.
    pub vms: BTreeMap<String, Vm>,
    /// Lower-cased ids of the VMs that scale sets have made from their profiles.
    pub instances: BTreeSet<String>,
    /// Scale sets' profiles with what is never shown, by the set's lower-cased id.
    pub profiles: BTreeMap<String, Value>,
    /// What lay on disks whose VM was deleted, by lower-cased disk id.
    pub kept: BTreeMap<String, Arc<Machine>>,
    /// Soft-deleted vaults by lower-cased name: their last body.
    pub deleted_vaults: BTreeMap<String, DeletedVault>,
    /// How many public addresses were ever given out; none is given twice.
    pub addresses_given: u32,
    /// How many private ones were given out that nobody had before.
    pub private_addresses_given: u32,
    /// Those given back, by the subnet's lower-cased id: they are given out again, the lowest first.
    pub private_addresses_freed: BTreeMap<String, BTreeSet<Ipv4Addr>>,
    /// How many network interfaces were ever made; each has its own hardware address.
    pub interfaces_made: u32,
    /// How many requests each fault of the scenario has matched, by its place in the list.
    pub fault_matches: BTreeMap<usize, usize>,
}

/// How a provider says that something goes on (azure.md §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `Azure-AsyncOperation` and `Location`.
    Compute,
    /// `Azure-AsyncOperation` and `Retry-After: 1`.
    Network,
    /// `…/operationStatuses/{id}`.
    Deployment,
    /// `Location` of `…/operationresults/{id}` alone.
    Group,
    /// Nothing in the headers: the resource's `provisioningState` tells.
    Resource,
}

/// A long-running operation.
#[derive(Clone, Debug)]
pub struct Operation {
    pub form: Form,
    pub started: OffsetDateTime,
    pub ended: Option<Ended>,
    /// Cancelled when it has ended, for those inside the cloud who wait.
    pub done: CancellationToken,
}

#[derive(Clone, Debug)]
pub struct Ended {
    pub at: OffsetDateTime,
    /// The error object of a failure.
    pub result: Result<(), Value>,
    /// A deployment that was cancelled has neither succeeded nor failed.
    pub canceled: bool,
}

/// A token bucket in real time.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    pub tokens: f64,
    pub at: Instant,
}

#[derive(Clone, Debug)]
pub struct DeletedVault {
    pub body: Value,
    pub deleted: OffsetDateTime,
}

/// What a VM's body doesn't say.
#[derive(Clone, Debug)]
pub struct Vm {
    /// What its machine is made from.
    pub spec: MachineSpec,
    /// `None` while creating, and after a creation that failed.
    pub power: Option<Power>,
    /// The operation under way, e.g. `start`.
    pub busy: Option<&'static str>,
    /// During creation: the operating system is up.
    pub os_ready: bool,
    /// Error code of the last operation when that failed.
    pub failure: Option<String>,
    /// Of the last change.
    pub at: OffsetDateTime,
}

/// The names of azure.md §1.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Starting,
    Running,
    Stopping,
    Stopped,
    Deallocating,
    Deallocated,
}

impl Power {
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Deallocating => "deallocating",
            Self::Deallocated => "deallocated",
        }
    }
}

/// A template deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// As ARM shows it.
    pub body: Value,
    pub operations: Vec<Value>,
    /// Of its last run.
    pub operation: String,
    pub cancel: CancellationToken,
}

impl Deployment {
    pub fn state(&self) -> &str {
        self.body["properties"]["provisioningState"].as_str().unwrap_or_default()
    }

    pub fn is_active(&self) -> bool {
        matches!(self.state(), "Accepted" | "Running")
    }
}
