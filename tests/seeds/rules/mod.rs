//! What must hold after every command, whatever went wrong.

mod done;
mod doors;
mod foreign;
mod losses;
mod power;
mod secrets;
mod ways_in;
mod words;

use claw::sim::world::{RoleAssignment, State};

use crate::{
    commands::Shared,
    rig::Rig,
    team::{PEOPLE, Team, object_id},
};
pub use done::{done, money};
pub use losses::There;

const VM: &str = "microsoft.compute/virtualmachines";
const GROUP: &str = "microsoft.resources/resourcegroups";
const USER_LOGIN: &str = "fb879df8-f326-4884-b1cf-06f3ad86be52";
const ADMIN_LOGIN: &str = "1c0163c0-47e6-4577-8991-ea5c82e286e4";
const POWER: &str = "40c5ff49-9181-41f8-ae61-143b0e78555e";
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
const OFFICER: &str = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// What ids of the fleet's resources begin with, in lower case.
fn fleet(state: &State) -> String {
    format!("{}/resourcegroups/openclaw-rg/", state.account.subscription_scope().to_ascii_lowercase())
}

pub struct Watch {
    /// Requests looked at so far.
    read: usize,
    secrets: secrets::Secrets,
    doors: doors::Doors,
    losses: losses::Losses,
    powers: power::Powers,
    foreign: foreign::Foreign,
}

impl Watch {
    /// From the start of the day, when there is nothing but what others have.
    pub fn new(rig: &Rig, seed: u64) -> Self {
        let secrets = secrets::Secrets::new(rig);
        let foreign = foreign::Foreign::new(&mut rig.sim.world().state(), seed);
        Self {
            read: 0,
            secrets,
            doors: doors::Doors::default(),
            losses: losses::Losses::default(),
            powers: power::Powers::default(),
            foreign,
        }
    }

    pub fn look(&mut self, rig: &Rig, record: &Shared) -> Result<(), String> {
        let record = record.lock().expect("the record");
        let log = rig.log.lock().expect("the log");
        let asked = &log[self.read..];
        {
            let mut state = rig.sim.world().state();
            self.losses.look(&state, &record)?;
            self.doors.look(&state, Some(self.foreign.assignment()))?;
            self.powers.look(&state, &record, asked)?;
            ways_in::look(&state)?;
            self.foreign.look(&mut state)?;
            asked.iter().try_for_each(|asked| losses::deletion(asked, &state, &record))?;
        }
        asked.iter().try_for_each(losses::destruction)?;
        self.secrets.look(rig, &record, asked)?;
        self.read = log.len();
        unknown(rig)
    }

    /// At the end everybody in the team has a machine, with the roles that open it.
    pub fn complete(&self, rig: &Rig, team: &Team) -> Result<(), String> {
        let state = rig.sim.world().state();
        ways_in::complete(&state, &rig.folder.join("team.json"))?;
        let known = &self.losses.known;
        for person in (0..PEOPLE).map(object_id).filter(|p| team.has(p)) {
            let Some(machine) = known.values().find(|known| known.owner == person) else {
                return Err(format!("{person} has no machine in the end"));
            };
            let at = format!("/virtualmachines/{}", machine.name);
            for role in [USER_LOGIN, POWER] {
                let holds = |a: &RoleAssignment| a.scope.ends_with(&at) && a.principal == person && a.role == role;
                if !state.assignments.iter().any(holds) {
                    return Err(format!("{person} lacks {role} at {}", machine.name));
                }
            }
        }
        doors::operators(&state, team.has_operator)?;
        // Who left has no way in.
        let stranger = known.values().find(|known| {
            let at = format!("/virtualmachines/{}", known.name);
            let holds = |a: &RoleAssignment| a.scope.ends_with(&at) && a.principal == known.owner;
            !team.has(&known.owner) && state.assignments.iter().any(holds)
        });
        if let Some(known) = stranger {
            return Err(format!("{} left and still has a role at {}", known.owner, known.name));
        }
        let runs =
            known.values().filter(|known| !team.has(&known.owner)).find(|known| power::is_on(&state, &known.name));
        runs.map_or(Ok(()), |known| Err(format!("{} left and {} still runs, and costs", known.owner, known.name)))
    }
}

/// What the embedded cloud doesn't know, claw must not ask, and an impostor gets nothing.
fn unknown(rig: &Rig) -> Result<(), String> {
    rig.sim.unknown_requests().first().map_or(Ok(()), |line| Err(format!("nobody should have asked this: {line}")))
}
