//! Who may do what: every role assignment of the world is one of these few.

use std::collections::BTreeMap;

use claw::sim::world::{RoleAssignment, State};

use super::{ADMIN_LOGIN, OFFICER, OWNER, POWER, SECRETS_USER, USER_LOGIN, VM, fleet};
use crate::team::{PEOPLE, machines_of, object_id};

#[derive(Default)]
pub struct Doors {
    /// Whose machine an identity is, also when the machine is gone: Azure keeps its assignments.
    identities: BTreeMap<String, String>,
}

impl Doors {
    pub fn look(&mut self, state: &State, foreign: Option<&str>) -> Result<(), String> {
        for vm in state.resources.values().filter(|r| r.kind == VM) {
            if let Some(identity) = vm.body["identity"]["principalId"].as_str() {
                let owner = vm.body["tags"]["claw-member"].as_str().unwrap_or_default();
                self.identities.insert(identity.to_owned(), owner.to_owned());
            }
        }
        let fleet_identity = state
            .resources
            .values()
            .find(|r| r.id.to_ascii_lowercase().ends_with("/userassignedidentities/claw-fleet"))
            .and_then(|r| r.body["properties"]["principalId"].as_str());
        let wrong = state.assignments.iter().filter(|a| foreign != Some(a.id.as_str())).find(|a| {
            let is_right = if (0..PEOPLE).any(|person| object_id(person) == a.principal) {
                a.principal_type == "User" && is_for_person(a, state)
            } else {
                a.principal_type == "ServicePrincipal" && self.is_for_service(a, state, fleet_identity)
            };
            !is_right
        });
        wrong.map_or(Ok(()), |a| {
            Err(format!("{} ({}) holds the role {} at {}", a.principal, a.principal_type, a.role, a.scope))
        })
    }

    /// The caller owns the subscription and writes secrets; an identity reads one secret or two.
    fn is_for_service(&self, a: &RoleAssignment, state: &State, fleet_identity: Option<&str>) -> bool {
        if a.principal == state.account.object_id {
            let is_owner = a.role == OWNER && a.scope == state.account.subscription_scope().to_ascii_lowercase();
            return is_owner || a.role == OFFICER && vault(state).is_some_and(|vault| a.scope == vault);
        }
        let secret = vault(state).and_then(|vault| a.scope.strip_prefix(&format!("{vault}/secrets/openclaw-")));
        let Some(secret) = secret.filter(|_| a.role == SECRETS_USER) else { return false };
        if Some(a.principal.as_str()) == fleet_identity {
            return secret == "shared";
        }
        match self.identities.get(&a.principal) {
            Some(owner) => machines_of(owner).iter().any(|machine| machine.strip_prefix("claw-") == Some(secret)),
            // Of a machine that came and went while nobody looked; nothing can sign in as it any more.
            None => secret != "shared",
        }
    }
}

/// The one vault of the fleet, deleted or not.
fn vault(state: &State) -> Option<String> {
    let group = fleet(state);
    let shown = state.resources.iter().find(|(id, r)| r.kind == "microsoft.keyvault/vaults" && id.starts_with(&group));
    shown.map(|(id, _)| id.clone())
}

/// Who is named as an operator may log in everywhere, and who is not named any more may not.
pub fn operators(state: &State, is_named: bool) -> Result<(), String> {
    let (group, olga) = (fleet(state), object_id(PEOPLE - 1));
    let at_group = |a: &&RoleAssignment| a.scope == group.trim_end_matches('/') && a.principal == olga;
    let holds = state.assignments.iter().filter(at_group).any(|a| a.role == ADMIN_LOGIN);
    match holds == is_named {
        true => Ok(()),
        false => Err(format!("the operator is named: {is_named}, and holds their role: {holds}")),
    }
}

/// At their own machine, and for operators at the group.
fn is_for_person(a: &RoleAssignment, state: &State) -> bool {
    let group = fleet(state);
    if a.scope == group.trim_end_matches('/') {
        return a.role == ADMIN_LOGIN && a.principal == object_id(PEOPLE - 1);
    }
    let machine = a.scope.strip_prefix(&format!("{group}providers/microsoft.compute/virtualmachines/"));
    let Some(machine) = machine.filter(|_| [USER_LOGIN, POWER].contains(&a.role.as_str())) else { return false };
    match state.resources.get(&a.scope) {
        Some(vm) => vm.body["tags"]["claw-member"] == a.principal.as_str(),
        // Azure keeps the assignments at a machine that is gone.
        None => machines_of(&a.principal).iter().any(|own| own == machine),
    }
}
