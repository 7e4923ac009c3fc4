//! `preflight`: what would stop a first `up`, found without changing anything.

mod policies;
mod room;
mod taken;

use std::collections::{BTreeMap, HashSet};

use super::{
    OpsError, Session,
    sync::{self, Planned},
};
use crate::{
    azure::AzureError,
    fleet::{
        cost::{BUDGET_REMEDY, Cost},
        names::Names,
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
    /// Who gets a machine.
    people: HashSet<ObjectId>,
    /// How many of each size.
    sizes: BTreeMap<String, u64>,
}

impl New {
    fn of(planned: &Planned) -> Self {
        let mut new = Self { people: HashSet::new(), sizes: BTreeMap::new() };
        for step in &planned.plan.steps {
            if let Action::CreateMachine { member, vm_size, .. } = &step.action {
                new.people.insert(member.clone());
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
}

/// Whether any check stops `up`.
pub fn stops(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.outcome == Outcome::Stops)
}
