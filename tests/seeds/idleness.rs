//! Nobody's machine is switched off under their hands. What use there is, the world says, and no part of claw.

use std::time::Duration;

use claw::sim::{Sim, scenario::MachineScript};
use rand::{Rng, rngs::StdRng};
use time::OffsetDateTime;

use crate::{commands::Record, rig::Asked, team::Team};

pub const SWITCHED_OFF: &str = "a machine switched off as idle";
pub const SPARED: &str = "a machine in use that idle left on";

/// A machine that is on, as it was when somebody asked for it to be switched off.
#[derive(Clone, Debug)]
pub struct Use {
    pub machine: String,
    pub owner: String,
    /// A session, or the start.
    pub last: OffsetDateTime,
    /// Its gateway works, somebody is logged in, or a job is due soon.
    pub present: Option<&'static str>,
}

/// All machines that are on.
pub fn uses(sim: &Sim) -> Vec<Use> {
    let world = sim.world();
    let state = world.state();
    let on = state.machines.iter().filter_map(|(id, machine)| {
        let script = world.scenario.machines.get(&machine.spec.name).unwrap_or(&world.scenario.every_machine);
        let owner = state.resources.get(id)?.body["tags"]["claw-member"].as_str()?.to_owned();
        Some(Use { machine: machine.spec.name.clone(), owner, last: machine.last_use()?, present: presence(script) })
    });
    on.collect()
}

fn presence(script: &MachineScript) -> Option<&'static str> {
    let is_soon = |due: Duration| due < Duration::from_secs(24 * 3600);
    match script {
        script if script.busy => Some("its gateway works"),
        script if script.logged_in => Some("somebody is logged in"),
        script if script.connected => Some("somebody is connected"),
        script if script.jobs.iter().any(|job| is_soon(job.due)) => Some("a job is due"),
        _ => None,
    }
}

/// What somebody does with each machine.
pub fn scripts(random: &mut StdRng) -> String {
    let mut text = String::new();
    for name in ["alice", "alice-old", "bob", "bob-old", "chandra", "chandra-old", "dana", "erin", "alice-two"] {
        text += &format!("[machines.claw-{name}]\nlines_per_second = 0.0\n");
        text += match random.random_range(0..6) {
            0 => "",
            _ => "already_up = \"10h\"\n",
        };
        text += [
            "",
            "last_interaction = \"1m\"\n",
            "last_interaction = \"20m\"\n",
            "last_interaction = \"1h\"\n",
            "last_interaction = \"3h\"\n",
            "last_interaction = \"5h\"\n",
            "last_interaction = \"9h\"\n",
        ][random.random_range(0..7)];
        text += [
            "busy = true\n",
            ["logged_in = true\n", "connected = true\n"][name.len() % 2],
            "jobs = [{name = \"digest\", due = \"3h\"}]\n",
            "jobs = [{name = \"report\", due = \"72h\"}]\n",
            "",
            "",
            "",
            "",
        ][random.random_range(0..8)];
    }
    text
}

/// Looks at what an `idle` switched off, and what it had to leave on: `before` is what was on as it began.
pub fn check(before: &[Use], asked: &[Asked], team: &Team, command: usize, record: &mut Record) -> Result<(), String> {
    let own = asked.iter().filter(|asked| asked.command == command);
    for used in own.filter_map(|asked| asked.switches_off.as_ref()) {
        if let Some(why) = in_use(used, team) {
            return Err(format!("#{command} switches off {}, though {why}", used.machine));
        }
        record.counts.met(SWITCHED_OFF);
    }
    before.iter().filter(|used| in_use(used, team).is_some()).for_each(|_| record.counts.met(SPARED));
    Ok(())
}

/// Why a machine must stay on.
pub fn in_use(used: &Use, team: &Team) -> Option<String> {
    if let Some(why) = used.present {
        return Some(why.to_owned());
    }
    let (after, is_awake) = team.idle_of(&used.owner);
    if is_awake {
        return Some("team.json keeps it awake".to_owned());
    }
    let quiet = OffsetDateTime::now_utc() - used.last;
    (quiet < after).then(|| format!("it was used {quiet} ago, and is idle after {after:?}"))
}
