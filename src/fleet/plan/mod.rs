//! `plan(desired, observed)`: what to do so that the fleet becomes what it should be.

pub mod access;
mod alone;
mod begun;
mod difference;
pub mod disk;
mod infra;
mod leavers;
mod leftovers;
mod look;
mod members;
mod nightly;
pub mod role;
mod roles;
mod teardown;
#[cfg(test)]
pub mod tests;

use serde::{Deserialize, Serialize};

use super::{desired::Desired, observed::Observed, step::Step};
use look::Look;

pub use difference::Difference;
pub use teardown::{Extent, teardown};

/// What the operator asked for beyond team.json.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What differs and no step mends.
    #[serde(default)]
    pub differences: Vec<Difference>,
    pub refusals: Vec<Refusal>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn hold(&mut self, target: &str, reason: impl Into<String>, remedy: impl Into<String>) {
        self.held.push(Held { target: target.into(), reason: reason.into(), remedy: remedy.into() });
    }

    fn refuse(&mut self, reason: impl Into<String>, remedy: impl Into<String>) {
        self.refusals.push(Refusal { reason: reason.into(), remedy: remedy.into() });
    }
}

/// Pure and total. `ARCHITECTURE.md`, "What a plan may do", and the promises say what it never does.
pub fn plan(desired: &Desired, observed: &Observed, options: &PlanOptions) -> Plan {
    let mut plan = Plan::default();
    let Some(look) = Look::at(desired, observed) else {
        plan.refuse(
            format!("the machines could not be seen: {}", observed.gaps.join("; ")),
            "nothing is changed while it is unknown what is there; try again",
        );
        return plan;
    };
    if desired.network.unreadable {
        plan.refuse(
            "`network` in team.json can't be read, so it is not known who may reach the machines",
            "mend that block first; what is open now stays as it is",
        );
        return plan;
    }
    if let Some(refusal) = alone::guard(desired, look.instances.iter().copied()) {
        plan.refusals.push(refusal);
        return plan;
    }
    let infra = infra::steps(&look, &mut plan);
    access::fleet(&look, &infra, &mut plan);
    members::steps(&look, &infra, &mut plan);
    leavers::steps(&look, options, &mut plan);
    nightly::orphans(&look, &mut plan);
    leftovers::tell(&look, &mut plan);
    plan
}
