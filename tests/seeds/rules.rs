//! What must hold after every command, whatever went wrong.

use std::{collections::BTreeMap, path::Path};

use claw::{
    fleet::{
        plan::Plan,
        step::{Action, Principal},
    },
    sim::world::State,
};
use serde_json::Value;

use crate::{
    commands::{Log, Record, Shared},
    day::marker,
    rig::{Asked, Rig},
    team::{PEOPLE, Team, object_id},
};

const VM: &str = "microsoft.compute/virtualmachines";
const USER_LOGIN: &str = "fb879df8-f326-4884-b1cf-06f3ad86be52";
const ADMIN_LOGIN: &str = "1c0163c0-47e6-4577-8991-ea5c82e286e4";
const POWER: &str = "40c5ff49-9181-41f8-ae61-143b0e78555e";
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";

/// A machine that was seen alive.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    owner: String,
}

#[derive(Default)]
pub struct Watch {
    /// By the VM's own id, which a VM made anew under the same name does not have.
    known: BTreeMap<String, Known>,
    /// Requests looked at so far.
    read: usize,
    /// Text looked at so far.
    heard: usize,
    /// Lines of claw's log looked at so far.
    lines: usize,
}

impl Watch {
    pub fn look(&mut self, rig: &Rig, record: &Shared) -> Result<(), String> {
        let record = record.lock().expect("the record");
        {
            let state = rig.sim.world().state();
            self.machines(&state, &record)?;
            doors(&state)?;
        }
        let log = rig.log.lock().expect("the log");
        for asked in &log[self.read..] {
            deletion(asked, &record)?;
            destruction(asked)?;
            silence(asked, rig)?;
        }
        self.read = log.len();
        let secret = rig.sim.world().state().account.client_secret.clone();
        let logged = record.logged.as_ref().map(Log::take).unwrap_or_default();
        self.lines += logged.lines().count();
        if record.logged.is_some() && self.read > 0 && self.lines == 0 {
            return Err("claw's log has nothing of its requests: no secret could be found there".into());
        }
        for word in [marker_of(rig), secret] {
            if let Some(line) = logged.lines().find(|line| line.contains(&word)) {
                return Err(format!("a secret stands in the log: {line}"));
            }
            if record.said[self.heard..].contains(&word) {
                return Err(format!("a secret stands in an event, a plan or an error: {word}"));
            }
            if let Some(file) = holder(&rig.folder.join("data"), &word) {
                return Err(format!("a secret stands in {file}"));
            }
        }
        self.heard = record.said.len();
        unknown(rig)
    }

    /// Nobody loses a machine without a confirmed step that names it; nobody has two.
    fn machines(&mut self, state: &State, record: &Record) -> Result<(), String> {
        let mut now = BTreeMap::new();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for vm in state.resources.values().filter(|r| r.kind == VM) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (id, name) = (text(&vm.body["properties"]["vmId"]), text(&vm.body["name"]));
            let owner = text(&vm.body["tags"]["claw-member"]);
            if owner.is_empty() {
                return Err(format!("{name} says nobody's name"));
            }
            if let Some(other) = owners.insert(owner.clone(), name.clone()) {
                return Err(format!("{owner} has two machines: {other} and {name}"));
            }
            now.insert(id, Known { name, owner });
        }
        for (id, known) in &self.known {
            match now.get(id) {
                Some(there) if there.owner != known.owner => {
                    return Err(format!("{} went from {} to {}", known.name, known.owner, there.owner));
                }
                Some(_) => {}
                None if was_confirmed(&known.name, record) => {}
                None => {
                    return Err(format!("{} of {} is gone, and no confirmed step names it", known.name, known.owner));
                }
            }
        }
        self.known = now;
        Ok(())
    }

    /// At the end everybody in the team has a machine, with the roles that open it.
    pub fn complete(&self, rig: &Rig, team: &Team) -> Result<(), String> {
        let state = rig.sim.world().state();
        for person in (0..PEOPLE).map(object_id).filter(|p| team.has(p)) {
            let Some(machine) = self.known.values().find(|known| known.owner == person) else {
                return Err(format!("{person} has no machine in the end"));
            };
            let at = format!("/virtualmachines/{}", machine.name);
            for role in [USER_LOGIN, POWER] {
                let holds = |a: &claw::sim::world::RoleAssignment| {
                    a.scope.ends_with(&at) && a.principal == person && a.role == role
                };
                if !state.assignments.iter().any(holds) {
                    return Err(format!("{person} lacks {role} at {}", machine.name));
                }
            }
        }
        // Who left has no way in.
        let stranger = self.known.values().find(|known| {
            let at = format!("/virtualmachines/{}", known.name);
            let holds = |a: &claw::sim::world::RoleAssignment| a.scope.ends_with(&at) && a.principal == known.owner;
            !team.has(&known.owner) && state.assignments.iter().any(holds)
        });
        stranger.map_or(Ok(()), |known| Err(format!("{} left and still has a role at {}", known.owner, known.name)))
    }
}

fn marker_of(rig: &Rig) -> String {
    marker(rig.sim.world().scenario.chaos.seed)
}

/// The step names it, or deletes the group and says that this machine goes with it.
fn was_confirmed(machine: &str, record: &Record) -> bool {
    record.confirmed.iter().any(|step| match &step.action {
        Action::DeleteMachine { machine: named } => named == machine,
        Action::DeleteGroup => {
            step.description.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == machine)
        }
        _ => false,
    })
}

/// Roles for people: at their own machine, and for operators at the group. A secret is for one identity.
fn doors(state: &State) -> Result<(), String> {
    for a in &state.assignments {
        let is_person = (0..PEOPLE).map(object_id).any(|id| id == a.principal);
        let machine = state.resources.get(&a.scope).filter(|r| r.kind == VM);
        if let Some(vm) = machine
            && is_person
            && [USER_LOGIN, ADMIN_LOGIN, POWER].contains(&a.role.as_str())
            && vm.body["tags"]["claw-member"] != a.principal.as_str()
        {
            return Err(format!("{} holds {} at {}, which is not theirs", a.principal, a.role, vm.id));
        }
        let is_operator = a.role == ADMIN_LOGIN && a.principal == object_id(PEOPLE - 1);
        let is_above = !a.scope.contains("/providers/");
        if is_person && is_above && !is_operator {
            return Err(format!("{} holds {} at {}", a.principal, a.role, a.scope));
        }
        if is_person && a.role == SECRETS_USER {
            return Err(format!("{} may read secrets at {}", a.principal, a.scope));
        }
    }
    Ok(())
}

/// Every DELETE is a step of a plan that the same command had confirmed.
fn deletion(asked: &Asked, record: &Record) -> Result<(), String> {
    if asked.method != "DELETE" {
        return Ok(());
    }
    let path = &asked.path;
    let mut own = record.confirmed.iter().filter(|c| c.command == asked.command);
    let covered = own.any(|c| match &c.action {
        Action::DeleteMachine { machine } => path.ends_with(&format!("/virtualmachines/{machine}")),
        Action::Revoke { assignment, .. } => *path == assignment.to_ascii_lowercase(),
        Action::RemoveLock { lock } => *path == lock.to_ascii_lowercase(),
        Action::DeleteGroup => path.contains("/resourcegroups/") && !path.contains("/providers/"),
        _ => false,
    });
    if covered { Ok(()) } else { Err(format!("#{} deletes without a confirmed step: {path}", asked.command)) }
}

/// What would delete machines by another name.
fn destruction(asked: &Asked) -> Result<(), String> {
    let is_write = ["PUT", "PATCH", "POST"].contains(&asked.method.as_str());
    if is_write && (asked.text.contains("\"mode\":\"Complete\"") || asked.text.contains("\"capacity\"")) {
        return Err(format!("{} {} would delete what it does not name", asked.method, asked.path));
    }
    Ok(())
}

/// Secrets go to the vault, the client's own secret to Entra, and nowhere else.
fn silence(asked: &Asked, rig: &Rig) -> Result<(), String> {
    let goes_to_vault = asked.method == "PUT" && asked.host.ends_with(".vault.azure.net");
    if asked.text.contains("MARKER-") && !goes_to_vault {
        return Err(format!("a secret goes to {} {}{}", asked.method, asked.host, asked.path));
    }
    let secret = rig.sim.world().state().account.client_secret.clone();
    if asked.text.contains(&secret) && asked.host != "login.microsoftonline.com" {
        return Err(format!("the client's secret goes to {}{}", asked.host, asked.path));
    }
    Ok(())
}

fn holder(folder: &Path, word: &str) -> Option<String> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let found = match path.is_dir() {
            true => holder(&path, word),
            false => std::fs::read(&path)
                .ok()
                .and_then(|bytes| String::from_utf8_lossy(&bytes).contains(word).then(|| path.display().to_string())),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// What the embedded cloud doesn't know, claw must not ask, and an impostor gets nothing.
fn unknown(rig: &Rig) -> Result<(), String> {
    rig.sim.unknown_requests().first().map_or(Ok(()), |line| Err(format!("nobody should have asked this: {line}")))
}

/// What claw says is done, is done.
pub fn done(rig: &Rig, seed: u64, command: usize, record: &Shared) -> Result<(), String> {
    let record = record.lock().expect("the record");
    let state = rig.sim.world().state();
    let is_done = |step: &str| record.done.iter().any(|(by, done)| *by == command && done == step);
    for step in record.confirmed.iter().filter(|c| c.command == command && is_done(&c.step)) {
        if !holds(&state, &step.action) {
            return Err(format!("#{command} says that {} is done, and it is not", step.step));
        }
    }
    let has_secret = |stored: &claw::sim::world::StoredSecret| stored.value.contains(&marker(seed));
    if record.pushed.contains(&command) && !state.secrets.values().flat_map(|v| v.values()).any(has_secret) {
        return Err(format!("#{command} says that the secrets are in the vault, and they are not"));
    }
    Ok(())
}

fn holds(state: &State, action: &Action) -> bool {
    let machine = |name: &str| state.resources.values().find(|r| r.kind == VM && r.body["name"] == name);
    let tag = |name: &str, tag: &str| machine(name).is_some_and(|vm| vm.body["tags"][tag].is_string());
    match action {
        Action::EnsureGroup => state.resources.values().any(|r| r.kind == "microsoft.resources/resourcegroups"),
        Action::CreateMachine { machine: name, .. } => machine(name).is_some(),
        Action::DeleteMachine { machine: name } => machine(name).is_none(),
        Action::PinHostKey { machine: name } => tag(name, "claw-host-key") && tag(name, "claw-dns"),
        Action::Grant { scope, principal: Principal::Known { object_id, .. }, role, .. } => {
            let is_it = |a: &claw::sim::world::RoleAssignment| {
                a.scope.eq_ignore_ascii_case(scope) && a.principal == object_id.as_str() && a.role == *role
            };
            state.assignments.iter().any(is_it)
        }
        Action::Revoke { assignment, .. } => state.assignments.iter().all(|a| !a.id.eq_ignore_ascii_case(assignment)),
        Action::Deallocate { machine: name, .. } => {
            let vm = machine(name).and_then(|vm| state.arm.vms.get(&vm.id.to_ascii_lowercase()));
            vm.is_none_or(|vm| vm.power.is_some_and(|power| power.word() == "deallocated"))
        }
        Action::DeleteGroup => state.resources.values().all(|r| r.kind != "microsoft.resources/resourcegroups"),
        _ => true,
    }
}

/// Whatever costs money belongs to a machine that is there, or the plan speaks of it.
pub fn money(rig: &Rig, plan: &Plan) -> Result<(), String> {
    let state = rig.sim.world().state();
    let told = serde_json::to_string(plan).unwrap_or_default();
    for (suffix, kind) in [
        ("-nic", "microsoft.network/networkinterfaces"),
        ("-ip", "microsoft.network/publicipaddresses"),
        ("-disk", "microsoft.compute/disks"),
    ] {
        for part in state.resources.values().filter(|r| r.kind == kind) {
            let name = part.body["name"].as_str().unwrap_or_default();
            let machine = name.strip_suffix(suffix).unwrap_or(name);
            let has_machine = state.resources.values().any(|r| r.kind == VM && r.body["name"] == machine);
            if !has_machine && !told.contains(name) {
                return Err(format!("{name} belongs to no machine, and no plan mentions it"));
            }
        }
    }
    Ok(())
}
