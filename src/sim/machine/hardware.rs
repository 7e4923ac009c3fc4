//! What a machine consists of, shared by its boot, its SSH server and its gateway.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use russh::keys::ssh_key::{PrivateKey, private::Ed25519Keypair};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{MachineSpec, console::Console, custom_data::CustomData, disk::Disk, gateway::Gateway, outside::Outside};
use crate::sim::{scenario::MachineScript, world::World};

/// One time between switching on and off.
#[derive(Clone)]
pub struct Power {
    pub off: CancellationToken,
    pub since: OffsetDateTime,
    /// Whether anything listens on the gateway's port. Each boot has its own, so that a late one can't open the next's.
    pub gateway_up: Arc<AtomicBool>,
}

/// What the bootstrap has behind it; survives power cycles.
#[derive(Default)]
pub struct Progress {
    pub boots: usize,
    pub done: Vec<String>,
    /// The scenario's failure has happened.
    pub failed_once: bool,
    /// Versions of the secrets that the gateway has.
    pub secrets: Vec<String>,
    /// It was ready once.
    pub was_ready: bool,
}

pub struct Hardware {
    pub spec: MachineSpec,
    pub world: Arc<World>,
    pub script: MachineScript,
    pub custom_data: CustomData,
    pub console: Console,
    pub disk: Arc<Disk>,
    pub host_key: PrivateKey,
    pub gateway: Arc<Gateway>,
    /// Where it is when a program runs it.
    pub outside: Outside,
    power: Mutex<Option<Power>>,
    progress: Mutex<Progress>,
}

impl Hardware {
    pub fn new(world: &Arc<World>, spec: MachineSpec) -> Self {
        let scenario = &world.scenario;
        let script = scenario.machines.get(&spec.name).unwrap_or(&scenario.every_machine).clone();
        let custom_data = CustomData::parse(&spec.custom_data);
        let config = STANDARD.decode(custom_data.setting("CLAW_CONFIG_BASE64")).unwrap_or_default();
        let config = serde_json::from_slice(&config).ok();
        let disk = Arc::new(Disk::new(&spec.admin_user));
        let gateway =
            Gateway::new(Arc::clone(&disk), config.as_ref(), script.busy).breaking_on(script.breaks_on.clone());
        let gateway = gateway.with_jobs(script.jobs.clone());
        let mut host_key = PrivateKey::from(Ed25519Keypair::from_seed(&rand::random()));
        host_key.set_comment(format!("root@{}", spec.name));
        Self {
            spec,
            world: Arc::clone(world),
            script,
            custom_data,
            console: Console::default(),
            disk,
            host_key,
            gateway: Arc::new(gateway),
            outside: Outside::default(),
            power: Mutex::new(None),
            progress: Mutex::default(),
        }
    }

    /// Another VM around the same disk: what was on it, its keys and its gateway's state included, is there.
    pub fn on_disk_of(world: &Arc<World>, spec: MachineSpec, old: &Self) -> Self {
        let progress = std::mem::take(&mut *old.progress());
        let script = world.scenario.machines.get(&spec.name).unwrap_or(&world.scenario.every_machine).clone();
        Self {
            spec: MachineSpec {
                admin_user: old.spec.admin_user.clone(),
                authorized_keys: old.spec.authorized_keys.clone(),
                custom_data: old.spec.custom_data.clone(),
                ..spec
            },
            world: Arc::clone(world),
            script,
            custom_data: CustomData::parse(&old.spec.custom_data),
            console: Console::default(),
            disk: Arc::clone(&old.disk),
            host_key: old.host_key.clone(),
            gateway: Arc::clone(&old.gateway),
            outside: Outside::default(),
            power: Mutex::new(None),
            progress: Mutex::new(progress),
        }
    }

    pub fn power(&self) -> MutexGuard<'_, Option<Power>> {
        self.power.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cancelled at power off; already so when it is off.
    pub fn off(&self) -> CancellationToken {
        let token = self.power().as_ref().map(|power| power.off.clone());
        token.unwrap_or_else(|| {
            let off = CancellationToken::new();
            off.cancel();
            off
        })
    }

    pub fn is_gateway_up(&self) -> bool {
        self.power().as_ref().is_some_and(|power| power.gateway_up.load(Ordering::Acquire))
    }

    /// Seconds since it was switched on, in real time, since clients set them against their own clock. What the
    /// scenario adds counts for the first boot only: a restart starts anew.
    pub fn uptime(&self) -> f64 {
        let since = self.power().as_ref().map(|power| power.since);
        let up = since.map_or(0.0, |since| (OffsetDateTime::now_utc() - since).as_seconds_f64());
        let added = self.script.already_up.filter(|_| self.progress().boots <= 1);
        up + added.map_or(0.0, |added| added.as_secs_f64())
    }
}
