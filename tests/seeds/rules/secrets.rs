//! Secrets are in the vault and on tmpfs, and nowhere else, however they are wrapped.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
};

use claw::sim::{machine::Machine, world::State};

use super::words::{Kind, Words};
use crate::{
    commands::{Log, Record},
    rig::{Asked, Rig},
    team::is_called,
};

/// The header of every access token of this cloud.
const ACCESS: &str = "eyJhbGciOiJSUzI1NiIs";
/// What stands in every value of an operator's secrets.
const MARKER: &str = "MARKER-";

/// What machines were told over SSH and nobody has looked at yet, by machine.
type Heard = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub struct Secrets {
    words: Words,
    tokens: BTreeSet<String>,
    heard: Heard,
    /// Text looked at so far.
    read: usize,
    /// Lines of claw's log looked at so far.
    lines: usize,
}

impl Secrets {
    pub fn new(rig: &Rig) -> Self {
        let heard = Heard::default();
        let ear = heard.clone();
        let mut state = rig.sim.world().state();
        state.ear = Some(Arc::new(move |machine: &str, bytes: &[u8]| {
            let mut heard = ear.lock().expect("what was heard");
            heard.entry(machine.to_owned()).or_default().extend_from_slice(bytes);
        }));
        let words = words(&state, &BTreeSet::new());
        Self { words, tokens: BTreeSet::new(), heard, read: 0, lines: 0 }
    }

    pub fn look(&mut self, rig: &Rig, record: &Record, asked: &[Asked]) -> Result<(), String> {
        {
            let state = rig.sim.world().state();
            self.learn(&state);
            self.bodies(&state)?;
            self.machines(&state)?;
            whose(&state)?;
        }
        for asked in asked {
            self.request(asked)?;
        }
        for (machine, said) in std::mem::take(&mut *self.heard.lock().expect("what was heard")) {
            self.refuse(&said, || format!("what {machine} is told over SSH"))?;
        }
        let logged = record.logged.as_ref().map(Log::take).unwrap_or_default();
        self.lines += logged.lines().count();
        // One that is killed in its first request has no line yet.
        if record.logged.is_some() && asked.len() > 3 && self.lines == 0 {
            return Err("claw's log has nothing of its requests: no secret could be found there".into());
        }
        if self.words.find(logged.as_bytes(), &[]).is_some() {
            logged.lines().try_for_each(|line| self.refuse(line.as_bytes(), || format!("the log: {line}")))?;
        }
        let said = &record.said[self.read..];
        self.refuse(said.as_bytes(), || "an event, a plan or an error".into())?;
        self.read = record.said.len();
        self.files(&rig.folder.join("data"))
    }

    fn refuse(&self, bytes: &[u8], place: impl FnOnce() -> String) -> Result<(), String> {
        let found = self.words.find(bytes, &[]);
        found.map_or(Ok(()), |kind| Err(format!("a secret ({kind:?}) stands in {}", place())))
    }

    /// Gateways make new tokens at every boot.
    fn learn(&mut self, state: &State) {
        let before = self.tokens.len();
        self.tokens.extend(state.machines.values().filter_map(|machine| machine.gateway_token()));
        if self.tokens.len() > before {
            self.words = words(state, &self.tokens);
        }
    }

    /// Secrets go to the vault, the client's own secret to Entra, access tokens to all others, gateways' tokens nowhere.
    fn request(&self, asked: &Asked) -> Result<(), String> {
        let allowed: &[Kind] = match asked.method.as_str() {
            "PUT" if asked.host.ends_with(".vault.azure.net") => &[Kind::Secret, Kind::Access],
            "POST" if asked.host == "login.microsoftonline.com" => &[Kind::Client],
            _ => &[Kind::Access],
        };
        let found = self.words.find(asked.text.as_bytes(), allowed);
        let told = |kind| Err(format!("a secret ({kind:?}) goes to {} {}{}", asked.method, asked.host, asked.path));
        found.map_or(Ok(()), told)
    }

    /// Whatever ARM keeps and shows to everybody who may read.
    fn bodies(&self, state: &State) -> Result<(), String> {
        let resources = state.resources.iter().map(|(id, resource)| (id, &resource.body));
        let deployments = state.arm.deployments.iter().map(|(id, deployment)| (id, &deployment.body));
        for (id, body) in resources.chain(deployments).chain(&state.arm.profiles) {
            self.refuse(&serde_json::to_vec(body).unwrap_or_default(), || id.clone())?;
        }
        Ok(())
    }

    fn machines(&self, state: &State) -> Result<(), String> {
        for machine in state.machines.values().chain(state.arm.kept.values()) {
            self.machine(machine)?;
        }
        Ok(())
    }

    fn machine(&self, machine: &Machine) -> Result<(), String> {
        let name = &machine.spec.name;
        self.refuse(machine.console().as_bytes(), || format!("the console of {name}"))?;
        let file = machine.lasting_file(|bytes| self.words.find(bytes, &[]).is_some());
        file.map_or(Ok(()), |file| Err(format!("a secret stands in {file} of {name}")))
    }

    fn files(&self, folder: &Path) -> Result<(), String> {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.files(&path)?;
            } else if let Ok(bytes) = std::fs::read(&path) {
                self.refuse(&bytes, || path.display().to_string())?;
            }
        }
        Ok(())
    }
}

/// Tokens come long after whatever is wrapped more than once.
fn words(state: &State, tokens: &BTreeSet<String>) -> Words {
    let client = state.account.client_secret.as_str();
    let own = [(Kind::Secret, MARKER, 3), (Kind::Client, client, 3), (Kind::Access, ACCESS, 1)];
    Words::new(own.into_iter().chain(tokens.iter().map(|token| (Kind::Token, token.as_str(), 1))))
}

/// Every version of a secret holds what was written for one person: the one whose machine was ever called so.
fn whose(state: &State) -> Result<(), String> {
    let versions = state.vaults.values().flat_map(|store| &store.versions);
    for (name, version) in versions.flat_map(|(name, versions)| versions.iter().map(move |v| (name, v))) {
        for marked in version.secret.value.split(MARKER).skip(1) {
            let owner = marked.split('"').next().and_then(|text| text.split_once("-hush-")).map_or("", |(_, to)| to);
            let machine = name.replacen("openclaw-", "claw-", 1);
            let is_theirs = if owner == "shared" { name == "openclaw-shared" } else { is_called(owner, &machine) };
            if !is_theirs {
                return Err(format!("{name} holds what is for {owner}"));
            }
        }
    }
    Ok(())
}
