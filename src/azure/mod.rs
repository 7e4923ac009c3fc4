//! The cloud over HTTPS: one pipeline, one visible throttle, tolerant models.
//!
//! Downward: `cloud` (façade) → the verbs (`inventory`, `deployments`, `access`, …) → `arm` and `rest` → `pipeline`
//! → `throttle` and `transport`.

#![allow(clippy::result_large_err, reason = "an AzureError carries its remedy and causes, and ends what met it")]

pub mod cloud;
pub mod error;
#[doc(hidden)]
pub mod fuzz;
pub mod settings;

mod aadsts;
mod access;
mod actual;
mod addresses;
mod api;
mod arm;
mod bearer;
mod bucket;
mod budget;
mod cause;
mod challenge;
mod console;
mod credential;
mod deleted_vault;
mod deployment_board;
mod deployments;
mod direct;
mod directory;
mod endpoints;
mod error_body;
mod failure;
mod first_paint;
mod groups;
mod inventory;
mod joined;
mod json_path;
mod lasting;
mod lazy_client;
mod limits;
mod locks;
mod machines;
mod me;
mod models;
mod observe;
mod operation;
mod own_address;
mod own_host;
mod pipeline;
pub mod preflight;
mod prices;
mod refused;
mod remedy;
mod resource_graph;
mod rest;
mod retry_after;
mod run_command;
mod schedules;
mod security_rules;
mod throttle;
mod transport;
mod transport_failure;
mod turn;
mod under_way;
mod vault;
mod what_if;

#[cfg(test)]
mod tests;

pub use actual::Billed;
pub use cloud::{
    Caller, Cloud, Deployed, Deployment, Joined, Lasting, PowerAction, ScriptRun, SecretInfo, ThrottleGauge,
};
pub use direct::{Direct, Reply};
pub use endpoints::Environment;
pub use error::{AzureError, AzureErrorKind};
pub use me::Me;
pub use settings::{CloudSettings, CredentialSettings, SettingsError};
