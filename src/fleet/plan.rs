//! `plan(desired, observed)`: what to do so that the fleet becomes what it should be.

use serde::{Deserialize, Serialize};

use super::{desired::Desired, observed::Observed, step::Step};

/// Built-in Azure roles claw gives (role definition GUIDs; azure-docs built-in-roles).
pub mod role {
    pub const VM_USER_LOGIN: &str = "fb879df8-f326-4884-b1cf-06f3ad86be52";
    pub const VM_ADMIN_LOGIN: &str = "1c0163c0-47e6-4577-8991-ea5c82e286e4";
    pub const POWER_ON_OFF: &str = "40c5ff49-9181-41f8-ae61-143b0e78555e";
    pub const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
    pub const SECRETS_OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";

    /// The role's name as Azure shows it.
    pub fn name(role: &str) -> &'static str {
        match role {
            VM_USER_LOGIN => "Virtual Machine User Login",
            VM_ADMIN_LOGIN => "Virtual Machine Administrator Login",
            POWER_ON_OFF => "Desktop Virtualization Power On Off Contributor",
            SECRETS_USER => "Key Vault Secrets User",
            SECRETS_OFFICER => "Key Vault Secrets Officer",
            _ => "another role",
        }
    }
}

/// What the operator asked for beyond team.json.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// `--leavers N`: how many leavers the operator expects.
    pub leavers: Option<usize>,
    /// `--delete NAME…`: machines whose deletion was asked for by name.
    pub delete: Vec<String>,
}

/// Something the plan leaves alone, with the reason. Stops nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Member e-mail or machine name.
    pub target: String,
    pub reason: String,
    pub remedy: String,
}

/// Why the whole plan must not be applied (exit 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub reason: String,
    pub remedy: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// In an order in which they could run one by one.
    pub steps: Vec<Step>,
    pub held: Vec<Held>,
    pub refusals: Vec<Refusal>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Pure and total. See ARCHITECTURE.md "What a plan may do" and promise 1.
pub fn plan(_desired: &Desired, _observed: &Observed, _options: &PlanOptions) -> Plan {
    todo!()
}

/// Everything that `claw down` removes, as steps.
pub fn teardown(_desired: &Desired, _observed: &Observed) -> Plan {
    todo!()
}
