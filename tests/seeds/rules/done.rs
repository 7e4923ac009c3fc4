//! What claw says is done, is done; and whatever costs money is spoken of.

use claw::{
    fleet::{
        names::SHARED_SECRET,
        plan::Plan,
        step::{Action, Principal},
    },
    sim::world::{RoleAssignment, State, StoredSecret},
};

use super::{GROUP, VM, fleet};
use crate::{commands::Shared, rig::Rig};

/// What claw says is done, is done. `secrets` is what the values to be pushed begin with.
pub fn done(rig: &Rig, secrets: &str, command: usize, record: &Shared) -> Result<(), String> {
    let record = record.lock().expect("the record");
    let state = rig.sim.world().state();
    let is_done = |step: &str| record.done.iter().any(|(by, done)| *by == command && done == step);
    for step in record.confirmed.iter().filter(|c| c.command == command && is_done(&c.step)) {
        if !holds(&state, &step.action) {
            return Err(format!("#{command} says that {} is done, and it is not", step.step));
        }
    }
    let wanted = format!("{secrets}-shared");
    let has_secret = |stored: &StoredSecret| stored.value.contains(&wanted);
    if record.pushed.contains(&command) && !state.secrets.values().flat_map(|v| v.get(SHARED_SECRET)).any(has_secret) {
        return Err(format!("#{command} says that the secrets are in the vault, and they are not"));
    }
    Ok(())
}

fn holds(state: &State, action: &Action) -> bool {
    let own = fleet(state);
    let group = state.resources.get(own.trim_end_matches('/')).is_some_and(|r| r.kind == GROUP);
    let machine = |name: &str| {
        let mut vms = state.resources.iter().filter(|(id, r)| r.kind == VM && id.starts_with(&own));
        vms.find(|(_, r)| r.body["name"] == name).map(|(_, r)| r)
    };
    let tag = |name: &str, tag: &str| machine(name).is_some_and(|vm| vm.body["tags"][tag].is_string());
    match action {
        Action::EnsureGroup => group,
        Action::CreateMachine { machine: name, .. } => machine(name).is_some(),
        Action::DeleteMachine { machine: name } => machine(name).is_none(),
        Action::PinHostKey { machine: name } => tag(name, "claw-host-key") && tag(name, "claw-dns"),
        Action::Grant { scope, principal: Principal::Known { object_id, .. }, role, .. } => {
            let is_it = |a: &RoleAssignment| {
                a.scope.eq_ignore_ascii_case(scope) && a.principal == object_id.as_str() && a.role == *role
            };
            state.assignments.iter().any(is_it)
        }
        Action::Revoke { assignment, .. } => state.assignments.iter().all(|a| !a.id.eq_ignore_ascii_case(assignment)),
        Action::Deallocate { machine: name, .. } => {
            let vm = machine(name).and_then(|vm| state.arm.vms.get(&vm.id.to_ascii_lowercase()));
            vm.is_none_or(|vm| vm.power.is_some_and(|power| power.word() == "deallocated"))
        }
        Action::DeleteGroup => !group,
        _ => true,
    }
}

/// Whatever costs money belongs to a machine that is there, or the plan speaks of it.
pub fn money(rig: &Rig, plan: &Plan) -> Result<(), String> {
    let told = serde_json::to_string(plan).unwrap_or_default();
    left_behind(&rig.sim.world().state(), &told)
}

/// In the fleet's own group: others have machines of the same names.
fn left_behind(state: &State, told: &str) -> Result<(), String> {
    let own = fleet(state);
    let all = || state.resources.iter().filter(|(id, _)| id.starts_with(&own)).map(|(_, resource)| resource);
    for (suffix, kind) in [
        ("-nic", "microsoft.network/networkinterfaces"),
        ("-ip", "microsoft.network/publicipaddresses"),
        ("-disk", "microsoft.compute/disks"),
    ] {
        for part in all().filter(|r| r.kind == kind) {
            let name = part.body["name"].as_str().unwrap_or_default();
            let machine = name.strip_suffix(suffix).unwrap_or(name);
            let has_machine = all().any(|r| r.kind == VM && r.body["name"] == machine);
            if !has_machine && !told.contains(name) {
                return Err(format!("{name} belongs to no machine, and no plan mentions it"));
            }
        }
    }
    Ok(())
}

#[test]
fn what_costs_money_is_found_also_where_a_neighbour_has_a_machine_of_that_name() {
    use super::foreign;
    let mut state = State::default();
    foreign::Foreign::new(&mut state, 1);
    let id = format!("{}providers/Microsoft.Network/publicIPAddresses/claw-bob-ip", fleet(&state));
    let kind = "microsoft.network/publicipaddresses";
    let left = foreign::resource(&id, kind, "claw-bob-ip", serde_json::json!({}));
    state.resources.insert(id.to_ascii_lowercase(), left);
    assert!(left_behind(&state, "").unwrap_err().contains("claw-bob-ip"));
    assert!(left_behind(&state, "claw-bob-ip").is_ok());
}
