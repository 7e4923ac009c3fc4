//! OpenClaw's gateway as recorded from the real one (2026.9.6, protocol 4).

mod calls;
mod devices;
mod session;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::broadcast;

use super::{Machine, disk, settings::Settings};
use crate::sim::{scenario::MachineScript, world::World};

pub use session::serve;

/// What outlives a boot: config and devices are on the disk.
#[derive(Default)]
pub struct State {
    up: bool,
    config: Value,
    pending: Vec<Value>,
    paired: Vec<Value>,
    last_interaction: Option<i64>,
    busy: bool,
    /// Pairing scripts that have run; a later boot does not repeat them.
    asked: usize,
}

pub struct Gateway {
    state: Mutex<State>,
    events: broadcast::Sender<(String, Value)>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self { state: Mutex::default(), events: broadcast::Sender::new(256) }
    }
}

impl Gateway {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_up(&self) -> bool {
        self.state().up
    }

    pub fn stop(&self) {
        self.state().up = false;
    }

    /// Everybody who is connected hears of it.
    fn push(&self, event: &str, payload: Value) {
        // Nobody listening is fine.
        let _ = self.events.send((event.to_owned(), payload));
    }
}

/// Milliseconds since 1970, on the real clock: claw compares them with its own.
fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Brings the gateway up with the config that the bootstrap wrote, or the one it has by now.
pub fn start(machine: &Machine, settings: &Settings, script: &MachineScript) {
    let mut state = machine.gateway.state();
    if state.config.is_null() {
        let shipped = STANDARD.decode(settings.value("CLAW_CONFIG_BASE64")).unwrap_or_default();
        let mut config = serde_json::from_slice(&shipped).unwrap_or_else(|_| json!({}));
        let own = json!({"gateway": {"mode": "local", "port": 18789, "bind": "loopback",
            "auth": {"mode": "token", "token": "__OPENCLAW_REDACTED__"}}});
        calls::merge(&mut config, &own);
        state.config = config;
        let ago = script.last_interaction.map(|d| i64::try_from(d.as_millis()).unwrap_or_default());
        state.last_interaction = ago.map(|ms| now_ms() - ms);
    }
    state.busy = script.busy;
    state.up = true;
}

/// The gateway's own life: its log, and devices that ask to be paired.
pub async fn live(machine: &Arc<Machine>, world: &World, script: &MachineScript) {
    let log = async {
        loop {
            let line = json!({"type": "log", "level": "info", "subsystem": "gateway", "message": "heartbeat ok", "ts": now_ms()});
            machine.disk.append(disk::GATEWAY_LOG, &line.to_string());
            machine.gateway.push("tick", json!({"ts": now_ms()}));
            world.clock.sleep(Duration::from_secs(30)).await;
        }
    };
    tokio::join!(log, devices::live(machine, world, script));
}
