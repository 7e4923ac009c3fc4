//! Everything a plan needs, read at the same time. What can't be seen is a gap with a sentence, never an absence.

use time::OffsetDateTime;

use super::{
    access, addresses, addresses::Addresses, arm::Arm, budget, credential::Caller, deleted_vault, error::AzureError,
    groups, inventory, locks, schedules,
};
use crate::fleet::{names::Names, observed::Observed, seen::Seen};

pub async fn observe(arm: &Arm, names: &Names, caller: Result<Caller, AzureError>) -> Observed {
    let mut gaps = Vec::new();
    let caller = caller.map_err(|error| gaps.push(sentence("who you are", &error))).ok();
    let mut observed = Observed {
        caller: caller.as_ref().map(|c| c.object_id.clone()),
        caller_is_service: caller.is_some_and(|c| c.is_service),
        ..Observed::default()
    };
    match groups::exists(arm, names).await {
        Ok(true) => {
            observed.group = Some(seen(true));
            look_inside(arm, names, &mut observed, &mut gaps).await;
        }
        // Without the group there is nothing in it; that is known, not missing.
        Ok(false) => {
            observed.group = Some(seen(false));
            observed.resources = Some(seen(Vec::new()));
            observed.instances = Some(seen(Vec::new()));
            observed.assignments = Some(seen(Vec::new()));
            observed.locks = Some(seen(Vec::new()));
            observed.budget = Some(seen(None));
            observed.schedules = Some(seen(Vec::new()));
        }
        Err(error) => gaps.push(sentence("the resource group", &error)),
    }
    let vault = names.vault_id();
    let has_vault = observed.resources.iter().flat_map(|r| &r.value).any(|r| r.id.eq_ignore_ascii_case(&vault));
    if observed.resources.is_some() && !has_vault {
        match deleted_vault::find(arm, names).await {
            Ok(found) => observed.deleted_vault = found,
            Err(error) => gaps.push(sentence("deleted vaults", &error)),
        }
    }
    observed.gaps = gaps;
    observed
}

async fn look_inside(arm: &Arm, names: &Names, observed: &mut Observed, gaps: &mut Vec<String>) {
    let (resources, machines, addresses, assignments, identity, locks, budget) = tokio::join!(
        groups::resources(arm, names),
        inventory::list(arm, names),
        addresses::read(arm, names),
        access::list(arm, names),
        groups::fleet_identity(arm, names),
        locks::list(arm, names),
        budget::read(arm, names),
    );
    let mut gap = |part: &str, error: &AzureError| gaps.push(sentence(part, error));
    observed.resources = resources.map(seen).map_err(|e| gap("the group's resources", &e)).ok();
    let addresses = addresses.unwrap_or_else(|error| {
        gap("the machines' addresses", &error);
        Addresses::default()
    });
    observed.instances = machines.map(|m| inventory::join(m, &addresses)).map_err(|e| gap("the machines", &e)).ok();
    observed.assignments = assignments.map(seen).map_err(|e| gap("the role assignments", &e)).ok();
    observed.locks = locks.map(seen).map_err(|e| gap("the locks", &e)).ok();
    observed.budget = budget.map(seen).map_err(|e| gap("the budget", &e)).ok();
    observed.fleet_identity = identity.unwrap_or_else(|error| {
        gap("the fleet's identity", &error);
        None
    });
    // A request less for the many who have none, and no provider that would have to be registered.
    let kind = schedules::KIND.to_ascii_lowercase();
    let some = observed.resources.as_ref().map(|seen| seen.value.iter().any(|r| r.kind == kind));
    observed.schedules = match some {
        Some(false) => Some(seen(Vec::new())),
        Some(true) => {
            let found = schedules::list(arm, names).await;
            found.map(seen).map_err(|e| gaps.push(sentence("the machines' daily stops", &e))).ok()
        }
        None => None,
    };
}

fn seen<T>(value: T) -> Seen<T> {
    Seen::new(value, OffsetDateTime::now_utc())
}

fn sentence(part: &str, error: &AzureError) -> String {
    let remedy = error.remedy.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    format!("{part} could not be read: {}{remedy}", error.message)
}
