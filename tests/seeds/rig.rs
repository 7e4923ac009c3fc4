//! A cloud and its operators in one thread and in virtual time: no sockets, no waiting.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use claw::{
    azure::{Direct, Reply},
    ops::{Overrides, Session, Settings},
    remote::{Line, Pipe},
    sim::{Seen, Sim, SimOptions},
};
use futures::{FutureExt, StreamExt, stream};

use crate::idleness::{self, Use};

/// A request as it left claw.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub host: String,
    pub path: String,
    /// Whole URL, headers and body, for the search for secrets.
    pub text: String,
    /// Which command sent it.
    pub command: usize,
    /// The machine that it switches off, as it was.
    pub switches_off: Option<Use>,
}

pub type Log = Arc<Mutex<Vec<Asked>>>;

/// Between two reads; what reqwest is told in `azure::transport`.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A day has some 460 requests; one with so many does not end.
const MOST: usize = 50_000;

pub struct Rig {
    pub sim: Arc<Sim>,
    pub folder: PathBuf,
    pub log: Log,
    key: PathBuf,
}

/// Whose files a command is run with.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Of an operator, each of whom has claw's own folder.
    pub name: &'static str,
    /// With team.json, secrets.json and the template.
    pub files: PathBuf,
}

impl Rig {
    /// `key`: the administrators' SSH key, made once for all seeds.
    pub fn start(folder: &Path, scenario: &str, key: &Path) -> Self {
        let at = |name: &str| folder.join(name);
        std::fs::write(at("scenario.toml"), scenario).expect("a scenario");
        let options = SimOptions { dir: at("sim"), scenario: Some(at("scenario.toml")), port: 9 };
        let sim = Arc::new(Sim::in_process(&options).expect("a cloud"));
        Self { sim, folder: folder.to_owned(), log: Log::default(), key: key.to_owned() }
    }

    /// A command is a process of its own: new settings, new tokens, no memory.
    pub fn session(&self, command: usize, desk: &Desk) -> Session {
        let overrides = Overrides {
            cloud: Some(self.sim.cloud_file.display().to_string()),
            team: Some(desk.files.join("team.json")),
            secrets: Some(desk.files.join("secrets.json")),
            data: Some(self.folder.join("data").join(desk.name)),
            ssh_key: Some(self.key.clone()),
            ..Overrides::default()
        };
        let mut settings = Settings::load(&overrides).expect("settings");
        settings.cloud.direct = Some(door(self.sim.clone(), self.log.clone(), command));
        settings.ssh_direct = Some(line(self.sim.clone()));
        settings.ssh_agent = None;
        settings.ssh_certificate = None;
        Session::open(settings).expect("a session")
    }
}

/// The way from claw to the cloud: what HTTP would carry, without HTTP.
fn door(sim: Arc<Sim>, log: Log, command: usize) -> Direct {
    Direct::new(move |request| {
        let mut asked = note(&request, command);
        if let Some(machine) = ["/deallocate", "/poweroff"].iter().find_map(|end| asked.path.strip_suffix(end)) {
            let is_it = |used: &Use| machine.ends_with(&format!("/virtualmachines/{}", used.machine));
            asked.switches_off = idleness::uses(&sim).into_iter().find(is_it);
        }
        // Every request takes another while, so that two operators meet in many orders.
        let pause = Duration::from_millis(10 + asked.text.len() as u64 % 241);
        let mut log = log.lock().expect("the log");
        assert!(log.len() < MOST, "the day does not end:\n  {}", last(&log));
        log.push(asked);
        drop(log);
        let sim = sim.clone();
        async move {
            tokio::time::sleep(pause).await;
            let seen = sim.answer(request).await;
            reply(seen).await
        }
        .boxed()
    })
}

/// What a day that does not end is at.
fn last(log: &[Asked]) -> String {
    let last = log.iter().rev().take(20).map(|asked| format!("#{} {} {}", asked.command, asked.method, asked.path));
    last.collect::<Vec<_>>().join("\n  ")
}

/// The way from claw to the machines.
fn line(sim: Arc<Sim>) -> Line {
    Line::new(move |host| {
        let sim = sim.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(Box::new(sim.connect(&host)?) as Box<dyn Pipe>)
        }
        .boxed()
    })
}

fn note(request: &http::Request<Bytes>, command: usize) -> Asked {
    let mut text = format!("{}\n", request.uri());
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap_or_default());
    }
    text += &String::from_utf8_lossy(request.body());
    Asked {
        method: request.method().to_string(),
        host: request.uri().host().unwrap_or_default().to_owned(),
        path: request.uri().path().to_ascii_lowercase(),
        text,
        command,
        switches_off: None,
    }
}

async fn reply(seen: Seen) -> io::Result<Reply> {
    let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer");
    match seen {
        Seen::Answer(answer) => Ok(answer.map(|body| stream::iter([Ok(body)]).boxed())),
        Seen::Torn(answer) => {
            Ok(answer.map(|body| stream::iter([Ok(body.slice(..body.len() / 2)), Err(broken())]).boxed()))
        }
        Seen::Cut => Err(broken()),
        Seen::Silence => {
            tokio::time::sleep(READ_TIMEOUT).await;
            Err(io::Error::new(io::ErrorKind::TimedOut, "operation timed out"))
        }
    }
}
