//! Role assignments: operators, the fleet's identity, whoever runs claw.

use super::{Plan, infra::Infra, look::Look, role, roles::is_own};
use crate::fleet::{
    names::{Names, SHARED_SECRET},
    observed::Assignment,
    person::{ObjectId, Resolution},
    step::{Action, Principal, PrincipalType, Risk, Step, StepId},
};

/// A grant as a step. `at` names the scope for people and for the step's id.
pub fn grant(at: &str, who: &str, scope: String, principal: Principal, role: &str, after: Vec<StepId>) -> Step {
    let role_name = role::name(role).to_owned();
    let word = role_name.to_ascii_lowercase().replace(' ', "-");
    Step {
        id: StepId(format!("grant/{at}/{word}/{who}")),
        description: format!("give {who} the role {role_name} at {at}"),
        action: Action::Grant { scope, principal, role: role.into(), role_name },
        risk: Risk::Access,
        target: at.into(),
        after,
    }
}

pub fn known(object_id: &ObjectId, principal_type: PrincipalType) -> Principal {
    Principal::Known { object_id: object_id.clone(), principal_type }
}

/// Lets whoever runs claw write secrets: making a vault gives nobody access to what is in it.
pub fn caller(names: &Names, caller: &ObjectId, kind: PrincipalType, after: Vec<StepId>) -> Step {
    grant(&names.vault(), "you", names.vault_id(), known(caller, kind), role::SECRETS_OFFICER, after)
}

/// Access that does not belong to one machine.
pub fn fleet(look: &Look<'_>, infra: &Infra, plan: &mut Plan) {
    let names = &look.desired.names;
    let seen = look.observed.assignments.is_some() || !look.group_exists();
    if !seen {
        plan.hold("access", "role assignments could not be seen, so none is changed", "run the command again");
        return;
    }
    if let Some(caller) = &look.observed.caller {
        let scope = names.vault_id();
        let lacks = look.lacks(&scope, caller, role::SECRETS_OFFICER);
        if lacks && infra.has_vault {
            let kind =
                if look.observed.caller_is_service { PrincipalType::ServicePrincipal } else { PrincipalType::User };
            plan.steps.push(self::caller(names, caller, kind, infra.after.clone()));
        }
    }
    let scope = names.secret_id(SHARED_SECRET);
    let lacks = match &look.observed.fleet_identity {
        Some(identity) => look.lacks(&scope, &identity.principal_id, role::SECRETS_USER),
        // Not there, or not seen: the grant is idempotent and reads the identity when it runs.
        None => true,
    };
    let has_identity = look.observed.fleet_identity.is_some() || !infra.after.is_empty();
    if lacks && has_identity && infra.has_vault {
        let after = infra.after.clone();
        let who = "the fleet's identity";
        let mut step = grant(SHARED_SECRET, who, scope, Principal::FleetIdentity, role::SECRETS_USER, after);
        step.id = StepId(format!("grant/{SHARED_SECRET}/key-vault-secrets-user"));
        plan.steps.push(step);
    }
    operators(look, infra, plan);
    former_operators(look, plan);
}

/// Takes the role from those whom claw once gave it and who are no longer named. Who was given it by somebody else keeps
/// it; and while one operator could not be read or looked up, nobody is taken for a former one.
fn former_operators(look: &Look<'_>, plan: &mut Plan) {
    let desired = look.desired;
    let (scope, role) = (desired.names.group_id(), role::VM_ADMIN_LOGIN);
    let named: Option<Vec<&ObjectId>> = desired.operators.iter().map(|o| named(&o.resolution)).collect();
    let there = look.observed.assignments.iter().flat_map(|seen| &seen.value);
    let there = there.filter(|a| a.role == role && a.scope.eq_ignore_ascii_case(&scope) && is_own(a));
    let Some(named) = named.filter(|_| !desired.alone && !desired.unread_operators) else { return };
    let mut former: Vec<_> = there.filter(|a| !named.contains(&&a.principal)).collect();
    former.sort_by(|a, b| a.id.cmp(&b.id));
    for assignment in former {
        let after: Vec<StepId> = secrets_of(&assignment.principal, look, plan).into_iter().collect();
        let (role_name, at) = (role::name(role).to_owned(), &desired.names.resource_group);
        plan.steps.push(Step {
            id: StepId(format!("revoke/{at}/{}", assignment.principal)),
            risk: Risk::Access,
            target: at.clone(),
            description: format!(
                "take the role {role_name} at {at} from {}, no operator any more",
                assignment.principal
            ),
            action: Action::Revoke { assignment: assignment.id.clone(), role_name },
            after,
        });
    }
}

/// A disabled account is somebody, too.
fn named(resolution: &Resolution) -> Option<&ObjectId> {
    match resolution {
        Resolution::Found { person } | Resolution::Disabled { person } => Some(&person.object_id),
        _ => None,
    }
}

/// Whoever ran claw may write all secrets. This goes before the role that shows that they were an operator: a run that is
/// cut off between the two finds them again.
fn secrets_of(former: &ObjectId, look: &Look<'_>, plan: &mut Plan) -> Option<StepId> {
    let (scope, role, vault) = (look.desired.names.vault_id(), role::SECRETS_OFFICER, look.desired.names.vault());
    let is_it = |a: &&Assignment| a.role == role && a.scope.eq_ignore_ascii_case(&scope) && is_own(a);
    // Whoever runs this would be given it again.
    let found = look.roles_of(former).find(is_it).filter(|_| look.observed.caller.as_ref() != Some(former))?;
    let (id, role_name) = (StepId(format!("revoke/{vault}/{former}")), role::name(role).to_owned());
    plan.steps.push(Step {
        id: id.clone(),
        risk: Risk::Access,
        target: vault.clone(),
        description: format!("take the role {role_name} at {vault} from {former}, no operator any more"),
        action: Action::Revoke { assignment: found.id.clone(), role_name },
        after: Vec::new(),
    });
    Some(id)
}

/// Takes from a machine, or before it is made, what those may do who had it, or one of its name, before.
pub fn strangers(machine: &str, owner: &ObjectId, look: &Look<'_>, plan: &mut Plan) -> Vec<StepId> {
    let mut found = look.strangers(machine, owner);
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let mut ids = Vec::new();
    for a in found {
        let (role_name, who) = (role::name(&a.role).to_owned(), &a.principal);
        let id = StepId(format!("revoke/{machine}/{}/{who}", a.role));
        ids.push(id.clone());
        plan.steps.push(Step {
            id,
            risk: Risk::Access,
            target: machine.into(),
            description: format!("take the role {role_name} at {machine} from {who}, who had a machine of this name"),
            action: Action::Revoke { assignment: a.id.clone(), role_name },
            after: Vec::new(),
        });
    }
    ids
}

fn operators(look: &Look<'_>, infra: &Infra, plan: &mut Plan) {
    let desired = look.desired;
    let scope = desired.names.group_id();
    let mut operators: Vec<_> = desired.operators.iter().collect();
    operators.sort_by_key(|o| o.email.to_lowercase());
    for operator in operators {
        match &operator.resolution {
            Resolution::Found { person } if look.lacks(&scope, &person.object_id, role::VM_ADMIN_LOGIN) => {
                let principal = known(&person.object_id, PrincipalType::User);
                let at = &desired.names.resource_group;
                let after = infra.after.clone();
                plan.steps.push(grant(at, &operator.email, scope.clone(), principal, role::VM_ADMIN_LOGIN, after));
            }
            Resolution::Found { .. } => {}
            other => {
                let (reason, remedy) = super::members::unresolved(other);
                plan.hold(&operator.email, format!("operator: {reason}"), remedy);
            }
        }
    }
}
