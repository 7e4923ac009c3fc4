//! An operator's day, drawn from a seed: edits, commands, crashes, two operators at once.

use std::{path::Path, time::Duration};

use claw::{
    fleet::plan::PlanOptions,
    ops::{
        Event, Events, apply,
        power::{self, Power},
        status, sync,
        sync::Planned,
        teardown::Extent,
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{Command, Shared, confirm, run},
    rig::Rig,
    rules,
    team::{self, Team},
};

/// What the day did, in numbers.
#[derive(Default, Debug, Clone)]
pub struct Tally {
    pub commands: usize,
    pub faults: Vec<(String, usize)>,
    /// Every request in its order, without the ids that differ from run to run.
    pub trace: Vec<String>,
}

pub fn marker(seed: u64) -> String {
    format!("MARKER-{seed:x}-hush")
}

pub fn scenario(seed: u64, random: &mut StdRng) -> String {
    let rate = [0.0, 0.01, 0.03, 0.08, 0.15][random.random_range(0..5)];
    let spread = ["0s", "0s", "20s", "20s", "20s", "5m", "5m", "30m"][random.random_range(0..8)];
    let lag = ["0s", "30s", "10m"][random.random_range(0..3)];
    let rate = f64::max(rate, 1e-9);
    // Connections are few, and each has many ways to go wrong.
    let ssh_rate = f64::min(4.0 * rate, 0.4);
    let mut text = format!("speed = 1.0\n[chaos]\nseed = {seed}\nrate = {rate:.9}\nssh_rate = {ssh_rate:.9}\n");
    text += &format!(
        "[timings]\nstage = \"5s\"\ncreate_vm = \"15s\"\nrole_propagation = \"{spread}\"\nresource_graph_lag = \"{lag}\"\n"
    );
    text += "[every_machine]\nlines_per_second = 0.0\nalready_up = \"10h\"\n";
    if random.random_bool(0.5) {
        text += "last_interaction = \"5h\"\n";
    }
    for _ in 0..random.random_range(0..3) {
        let (after, by) = (random.random_range(0..7200), random.random_range(-4000..4000));
        text += &format!("[[clock_jumps]]\nafter = \"{after}s\"\nby = {by}\n");
    }
    text + &team::directory()
}

/// Lives through the day of a seed. The error says which rule broke.
pub async fn live(seed: u64, folder: &Path, key: &Path, record: Shared) -> Result<Tally, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let scenario = scenario(seed, &mut random);
    let rig = Rig::start(folder, &scenario, key);
    let team = Team::new(&mut random);
    record.lock().expect("the record").world = Some(rig.sim.world().clone());
    let watch = rules::Watch::new(&rig, seed);
    let mut day = Day { seed, rig, random, team, record, commands: 0, watch };
    let result = day.run().await;
    result.map_err(|broken| {
        let story = day.record.lock().expect("the record").story.join("\n  ");
        format!("{broken}\n  {story}")
    })?;
    let log = day.rig.log.lock().expect("the log");
    let trace =
        log.iter().map(|asked| format!("{} {}{}", asked.method, asked.host, without_ids(&asked.path))).collect();
    Ok(Tally { commands: day.commands, faults: day.rig.sim.struck(), trace })
}

fn without_ids(path: &str) -> String {
    let is_id = |part: &str| part.len() == 36 && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    path.split('/').map(|part| if is_id(part) { "*" } else { part }).collect::<Vec<_>>().join("/")
}

pub struct Day {
    pub seed: u64,
    pub rig: Rig,
    random: StdRng,
    pub team: Team,
    pub record: Shared,
    commands: usize,
    watch: rules::Watch,
}

impl Day {
    async fn run(&mut self) -> Result<(), String> {
        self.write();
        self.turn(vec![Command::Up { leavers: None, delete: false }]).await?;
        for _ in 0..self.random.random_range(2..6) {
            if self.random.random_bool(0.6) {
                let edit = self.team.edit(&mut self.random);
                self.tell(format!("edit: {edit}"));
                self.write();
            }
            let mut commands = vec![self.draw()];
            if self.random.random_bool(0.3) {
                commands.push(self.draw());
            }
            self.turn(commands).await?;
            let pause = self.random.random_range(0..900);
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
        self.mend().await
    }

    fn draw(&mut self) -> Command {
        let leavers = [None, Some(1), Some(2)][self.random.random_range(0..3)];
        match self.random.random_range(0..16) {
            0..=4 => Command::Up { leavers, delete: self.random.random_bool(0.3) },
            5 => Command::Down(Extent::Group),
            6 => Command::Down(Extent::MachinesOnly),
            7 => Command::Power(Power::Stop),
            8 => Command::Power(Power::Start),
            9 => Command::Power(Power::Restart),
            10 => Command::Push,
            11 => Command::Idle,
            12 => Command::Config,
            13 => Command::Exec,
            14 => Command::Verify,
            _ => Command::Look,
        }
    }

    /// Runs commands side by side, some of them killed in the middle, and looks at what they left.
    async fn turn(&mut self, commands: Vec<Command>) -> Result<(), String> {
        let mut running = Vec::new();
        for command in commands {
            self.commands += 1;
            let number = self.commands;
            let session = self.rig.session(number);
            let (events, mut received) = Events::channel();
            let patience = match self.random.random_bool(0.25) {
                true => Duration::from_millis(self.random.random_range(0..240_000)),
                false => Duration::from_secs(24 * 3600),
            };
            let pick = self.random.random::<u32>() as usize;
            let record = self.record.clone();
            running.push(async move {
                let work = run(&session, &command, number, pick, &record, &events);
                let ended = tokio::time::timeout(patience, work).await;
                let mut record = record.lock().expect("the record");
                while let Ok(event) = received.try_recv() {
                    if let Event::StepDone { step, .. } = &event {
                        record.done.push((number, step.0.clone()));
                    }
                    record.said += &format!("{}\n", serde_json::to_string(&event).unwrap_or_default());
                }
                let ended = match ended {
                    Err(_) => format!("killed after {patience:?}"),
                    Ok(Ok(text)) => text,
                    Ok(Err(error)) => {
                        let error = serde_json::to_string(&error).unwrap_or_default();
                        record.said += &error;
                        error
                    }
                };
                record.story.push(format!("#{number} {command:?}: {ended}"));
            });
        }
        let is_alone = running.len() == 1;
        futures::future::join_all(running).await;
        self.watch.look(&self.rig, &self.record)?;
        // With two at work the other may have undone it since.
        if is_alone { rules::done(&self.rig, self.seed, self.commands, &self.record) } else { Ok(()) }
    }

    /// The faults end, what is under way comes to its end, and the next clean `up` puts everything right.
    async fn mend(&mut self) -> Result<(), String> {
        self.rig.sim.calm();
        tokio::time::sleep(Duration::from_secs(2700)).await;
        self.watch.look(&self.rig, &self.record)?;
        self.clean_up("the first clean up").await?;
        let planned = self.plan_again().await?;
        let plan = &planned.plan;
        if let Some(step) = plan.steps.first() {
            return Err(format!("after a clean up a step is left: {} ({})", step.id, step.description));
        }
        rules::money(&self.rig, plan)?;
        // What waits for a machine that is off comes right once it is on.
        self.commands += 1;
        let session = self.rig.session(self.commands);
        let (events, _received) = Events::channel();
        let off = status::status(&session, true).await.map_err(|e| format!("a clean status fails: {e}"))?.value;
        let off = off.into_iter().filter(|row| row.email.as_ref().is_some_and(|e| self.team.emails().contains(e)));
        let off: Vec<String> = off.filter_map(|row| Some(row.machine?.name)).collect();
        let failed = power::power(&session, &off, Power::Start, &events, &CancellationToken::new()).await;
        let failed = failed.map_err(|e| format!("a clean start fails: {e}"))?;
        if let Some((name, error)) = failed.first() {
            return Err(format!("a clean start of {name} fails: {error}"));
        }
        self.clean_up("the clean up with all machines on").await?;
        let planned = self.plan_again().await?;
        if let Some(step) = planned.plan.steps.first() {
            return Err(format!("with all machines on a step is left: {}", step.id));
        }
        let held = planned.plan.held.iter().find(|held| self.team.emails().contains(&held.target));
        if let Some(held) = held {
            return Err(format!("with all machines on {} is held: {}", held.target, held.reason));
        }
        self.watch.look(&self.rig, &self.record)?;
        self.watch.complete(&self.rig, &self.team)?;
        rules::money(&self.rig, &planned.plan)
    }

    async fn clean_up(&mut self, what: &str) -> Result<(), String> {
        self.commands += 1;
        let session = self.rig.session(self.commands);
        let (events, _received) = Events::channel();
        for leavers in [None, Some(1), Some(2), Some(3), Some(4), Some(5), Some(6)] {
            let options = PlanOptions { leavers, delete: Vec::new() };
            let planned = sync::plan(&session, &options, &events).await.map_err(|e| format!("{what}: no plan: {e}"))?;
            if !planned.plan.refusals.is_empty() && leavers != Some(6) {
                continue;
            }
            confirm(&planned, self.commands, &self.record);
            let applied = apply::apply(&session, &planned, &events, &CancellationToken::new()).await;
            let applied = applied.map_err(|e| format!("{what} is refused: {e}"))?;
            self.tell(format!("{what}: {} steps, {} failed", applied.done, applied.failed.len()));
            if let Some((step, error, _)) = applied.failed.first() {
                return Err(format!("{what}: {step} fails: {error}"));
            }
            break;
        }
        Ok(())
    }

    async fn plan_again(&mut self) -> Result<Planned, String> {
        self.commands += 1;
        let session = self.rig.session(self.commands);
        let (events, _received) = Events::channel();
        let planned = sync::plan(&session, &PlanOptions::default(), &events).await;
        planned.map_err(|e| format!("a clean plan fails: {e}"))
    }

    fn tell(&self, line: String) {
        self.record.lock().expect("the record").story.push(line);
    }

    fn write(&self) {
        let marker = marker(self.seed);
        let own = self.team.emails().into_iter().step_by(2).map(|e| {
            let value = serde_json::json!({"OWN_KEY": format!("{marker}-{e}")});
            (e, value)
        });
        let own: serde_json::Map<String, serde_json::Value> = own.collect();
        let secrets = serde_json::json!({"shared": {"SHARED_KEY": format!("{marker}-shared")}, "members": own});
        std::fs::write(self.rig.folder.join("team.json"), self.team.json()).expect("team.json");
        std::fs::write(self.rig.folder.join("secrets.json"), secrets.to_string()).expect("secrets.json");
    }
}
