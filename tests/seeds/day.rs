//! An operator's day, drawn from a seed: edits, commands, crashes, two operators at once.

use std::{path::Path, time::Duration};

use claw::ops::{Events, Session, power::Power, teardown::Extent};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    commands::{Command, Shared, run},
    configs,
    counts::Counts,
    idleness,
    rig::{Desk, Rig},
    rules,
    team::{self, Team},
};

pub const STALE: &str = "another operator with older files";
const FRESH: &str = "another operator with the same files";
pub const JUMPED: &str = "a clock of Azure's that was set anew";
pub const ROTATED: &str = "secrets with other values";
/// The desk of the other operator.
const SECOND: &str = "two";

/// What the day did, in numbers.
#[derive(Default, Debug, Clone)]
pub struct Tally {
    pub commands: usize,
    pub counts: Counts,
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
    // Azure's own idea of it: claw's clock says that a token lives for an hour.
    text += ["", "token_lifetime = \"15m\"\n", "token_lifetime = \"3m\"\n"][random.random_range(0..3)];
    text += "[every_machine]\nlines_per_second = 0.0\nalready_up = \"10h\"\n";
    text += &idleness::scripts(random);
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
    let mut day = Day { seed, rig, random, team, record, commands: 0, generation: 0, written: Vec::new(), watch };
    let result = day.run().await;
    result.map_err(|broken| {
        let story = day.record.lock().expect("the record").story.join("\n  ");
        format!("{broken}\n  {story}")
    })?;
    let log = day.rig.log.lock().expect("the log");
    let trace =
        log.iter().map(|asked| format!("{} {}{}", asked.method, asked.host, without_ids(&asked.path))).collect();
    let mut counts = day.record.lock().expect("the record").counts.clone();
    counts.faults = day.rig.sim.struck().into_iter().collect();
    let world = day.rig.sim.world();
    counts.moments.insert(JUMPED, world.clock.jumped().count());
    counts.moments.append(&mut world.state().met);
    Ok(Tally { commands: day.commands, counts, trace })
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
    pub commands: usize,
    /// Of the secrets' values.
    generation: usize,
    /// The team as it was at each edit; its files are kept.
    written: Vec<Team>,
    pub watch: rules::Watch,
}

impl Day {
    async fn run(&mut self) -> Result<(), String> {
        self.write();
        self.keep();
        let waits = self.random.random_bool(0.7);
        self.turn(vec![Command::Up { leavers: None, delete: false, waits }]).await?;
        for _ in 0..self.random.random_range(2..6) {
            if self.random.random_bool(0.6) {
                self.edit();
            }
            let mut commands = vec![self.draw()];
            if self.random.random_bool(0.3) {
                let is_same = self.random.random_bool(0.3);
                commands.push(if is_same { commands[0].clone() } else { self.draw() });
            }
            self.turn(commands).await?;
            let pause = self.random.random_range(0..900);
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
        self.mend().await
    }

    fn draw(&mut self) -> Command {
        let leavers = [None, Some(1), Some(2)][self.random.random_range(0..3)];
        match self.random.random_range(0..19) {
            0..=4 => {
                let (delete, waits) = (self.random.random_bool(0.3), self.random.random_bool(0.5));
                Command::Up { leavers, delete, waits }
            }
            5 => Command::Down(Extent::Group),
            6 => Command::Down(Extent::MachinesOnly),
            7 => Command::Power(Power::Stop),
            8 => Command::Power(Power::Start),
            9 => Command::Power(Power::Restart),
            10 => Command::Push,
            11 | 12 => Command::Idle,
            13..=15 => Command::Config,
            16 => Command::Exec,
            17 => Command::Verify,
            _ => Command::Look,
        }
    }

    /// Runs commands side by side, some of them killed in the middle, and looks at what they left.
    async fn turn(&mut self, commands: Vec<Command>) -> Result<(), String> {
        let before = idleness::uses(&self.rig.sim);
        let first = self.rig.log.lock().expect("the log").len();
        let mut running = Vec::new();
        let mut idles = Vec::new();
        for (at, command) in commands.into_iter().enumerate() {
            let (desk, team) = if at == 0 { (self.desk(), self.team.clone()) } else { self.second_desk() };
            self.commands += 1;
            if matches!(command, Command::Idle) {
                idles.push((self.commands, team));
            }
            running.push(self.begin(command, &desk));
        }
        let is_alone = running.len() == 1;
        futures::future::join_all(running).await;
        self.watch.look(&self.rig, &self.record)?;
        let mut record = self.record.lock().expect("the record");
        for (command, team) in idles {
            let log = self.rig.log.lock().expect("the log");
            idleness::check(&before, &log[first..], &team, command, &mut record)?;
        }
        if !is_alone {
            // The other may have undone it since.
            return Ok(());
        }
        configs::done(&self.rig, &self.team, self.commands, &mut record)?;
        drop(record);
        rules::done(&self.rig, &self.generation(), self.commands, &self.record)
    }

    /// A command up to its end, or to where it is killed.
    fn begin(&mut self, command: Command, desk: &Desk) -> impl Future<Output = ()> + use<> {
        let number = self.commands;
        let session = self.rig.session(number, desk);
        let (events, received) = Events::channel();
        let patience = match self.random.random_bool(0.25) {
            // Half of them early: many commands take no longer than that. The first says something before.
            true => Duration::from_millis(match number > 1 && self.random.random_bool(0.5) {
                true => self.random.random_range(0..2_000),
                false => self.random.random_range(0..240_000),
            }),
            false => Duration::from_secs(24 * 3600),
        };
        let pick = self.random.random::<u32>() as usize;
        let (record, sim) = (self.record.clone(), self.rig.sim.clone());
        let whose = if desk.name == SECOND { " of another operator" } else { "" };
        async move {
            let faults = || sim.struck().iter().map(|(_, times)| times).sum::<usize>();
            let before = faults();
            let work = run(&session, &command, number, pick, &record, &events);
            let ended = tokio::time::timeout(patience, work).await;
            let mut record = record.lock().expect("the record");
            record.hear(number, received);
            let ends = record.counts.of(command.kind());
            ends.ran += 1;
            ends.struck += usize::from(faults() > before);
            let ended = match ended {
                Err(_) => {
                    ends.killed += 1;
                    format!("killed after {patience:?}")
                }
                Ok(Ok(told)) => {
                    ends.well += usize::from(told.did && told.is_whole);
                    ends.failed += usize::from(!told.is_whole);
                    record.said += &told.text;
                    told.text
                }
                Ok(Err(error)) => {
                    ends.failed += 1;
                    let error = serde_json::to_string(&error).unwrap_or_default();
                    record.said += &error;
                    error
                }
            };
            record.story.push(format!("#{number}{whose} {command:?}: {ended}"));
        }
    }

    pub fn desk(&self) -> Desk {
        Desk { name: "one", files: self.rig.folder.clone() }
    }

    /// Another operator's, whose files may be older, or the same one's second window.
    fn second_desk(&mut self) -> (Desk, Team) {
        let ages = 0..self.written.len().min(4);
        let age = self.random.random_range(ages);
        let (edit, is_other) = (self.written.len() - 1 - age, self.random.random_bool(0.6));
        let team = self.written[edit].clone();
        if !is_other {
            return (self.desk(), self.team.clone());
        }
        self.record.lock().expect("the record").counts.met(if age == 0 { FRESH } else { STALE });
        self.tell(format!("another operator has the files of {age} edits ago"));
        (Desk { name: SECOND, files: self.rig.folder.join(format!("written-{edit}")) }, team)
    }

    /// A session of a command with nobody else at work.
    pub fn session(&mut self) -> Session {
        self.commands += 1;
        self.rig.session(self.commands, &self.desk())
    }

    pub fn tell(&self, line: String) {
        self.record.lock().expect("the record").story.push(line);
    }

    /// What all values of secrets.json begin with.
    fn generation(&self) -> String {
        format!("g{}-{}", self.generation, marker(self.seed))
    }

    fn write(&self) {
        // What is behind the marker says whose it is.
        let marker = self.generation();
        let own = self.team.emails().into_iter().step_by(2).map(|e| {
            let value = serde_json::json!({"OWN_KEY": format!("{marker}-{e}")});
            (e, value)
        });
        let own: serde_json::Map<String, serde_json::Value> = own.collect();
        let secrets = serde_json::json!({"shared": {"SHARED_KEY": format!("{marker}-shared")}, "members": own});
        std::fs::write(self.rig.folder.join("team.json"), self.team.json()).expect("team.json");
        std::fs::write(self.rig.folder.join("secrets.json"), secrets.to_string()).expect("secrets.json");
        configs::write(&self.team, &self.rig.folder);
    }

    /// Another operator may have fetched the files as they are now.
    fn keep(&mut self) {
        let kept = self.rig.folder.join(format!("written-{}", self.written.len()));
        std::fs::create_dir(&kept).expect("a folder");
        for name in ["team.json", "secrets.json"] {
            std::fs::copy(self.rig.folder.join(name), kept.join(name)).expect(name);
        }
        configs::write(&self.team, &kept);
        self.written.push(self.team.clone());
    }

    /// One edit of one of the files.
    fn edit(&mut self) {
        let edit = if self.random.random_bool(0.15) {
            self.generation += 1;
            self.record.lock().expect("the record").counts.met(ROTATED);
            format!("secrets of generation {}", self.generation)
        } else {
            self.team.edit(&mut self.random)
        };
        self.tell(format!("edit: {edit}"));
        self.write();
        self.keep();
    }
}
