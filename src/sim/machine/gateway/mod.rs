//! A machine's OpenClaw gateway: what outlives a restart, and the calls on it. Its times are real ones, since
//! clients compare them with their own clock.

mod channels;
mod config;
mod connection;
mod devices;
mod frame;
mod paired;
mod sessions;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::broadcast;

use self::{channels::Channels, config::Config, devices::Devices, frame::Refusal};
use super::{
    disk::{Disk, GATEWAY_LOG, GATEWAY_USER},
    silence::Silence,
};
use crate::sim::scenario::{ChannelScript, JobScript, PairingScript};

pub use self::connection::serve;

/// Of OpenClaw's release that the frames were recorded from.
const VERSION: &str = "2026.9.6";
/// How long a suspension is held (openclaw.md).
const LEASE_MS: i64 = 120_000;
/// Events a slow client may lag behind.
const EVENTS: usize = 256;

/// An event and the scope it needs.
#[derive(Clone, Debug)]
struct Push {
    name: &'static str,
    payload: Value,
    scope: &'static str,
}

struct State {
    config: Config,
    devices: Devices,
    channels: Channels,
    last_interaction: Option<i64>,
    suspension: Option<String>,
    version: String,
}

pub struct Gateway {
    state: Mutex<State>,
    pushes: broadcast::Sender<Push>,
    disk: Arc<Disk>,
    busy: bool,
    /// Of the machine's programs, too.
    pub silence: Silence,
    /// Not well while its config has something at this dotted path.
    breaks_on: Option<String>,
    /// Its jobs, due so long after `since`.
    jobs: Vec<JobScript>,
    since: i64,
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

impl Gateway {
    /// `busy`: refuses to be suspended.
    pub fn new(disk: Arc<Disk>, config: Option<&Value>, busy: bool) -> Self {
        let state = State {
            config: Config::new(config),
            devices: Devices::default(),
            channels: Channels::default(),
            last_interaction: None,
            suspension: None,
            version: VERSION.to_owned(),
        };
        Self {
            state: Mutex::new(state),
            pushes: broadcast::Sender::new(EVENTS),
            disk,
            busy,
            silence: Silence::default(),
            breaks_on: None,
            jobs: Vec::new(),
            since: now_ms(),
        }
    }

    /// Not well while its config has something at this dotted path.
    pub fn breaking_on(mut self, path: Option<String>) -> Self {
        self.breaks_on = path;
        self
    }

    /// Has these jobs.
    pub fn with_jobs(mut self, jobs: Vec<JobScript>) -> Self {
        self.jobs = jobs;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, name: &'static str, payload: Value, scope: &'static str) {
        // Nobody listening is fine.
        let _ = self.pushes.send(Push { name, payload, scope });
    }

    /// A line in the gateway's log; `text` begins with `[subsystem] `. In the form that OpenClaw writes.
    pub fn log(&self, text: &str) {
        let now = OffsetDateTime::now_utc();
        let at = now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        let (name, message) = text.trim_start_matches('[').split_once("] ").unwrap_or(("gateway", text));
        let name = json!({"subsystem": name}).to_string();
        let meta = json!({"runtime": "node", "runtimeVersion": "24.21.0", "date": at, "logLevelId": 3,
            "logLevelName": "INFO", "name": name, "parentNames": ["openclaw"]});
        let line = json!({"0": name, "1": message, "_meta": meta, "time": at, "message": message});
        self.disk.log(GATEWAY_LOG, GATEWAY_USER, 0o600, &line.to_string());
    }

    /// Answer of `health`.
    pub fn health(&self) -> Value {
        self.health_at(now_ms())
    }

    /// What an archive keeps of it.
    pub fn export(&self) -> Value {
        let state = self.state();
        json!({"paired": state.devices.paired(), "lastInteraction": state.last_interaction})
    }

    /// Takes what [`export`](Self::export) gave in place of what it has.
    pub fn import(&self, archive: &Value) {
        let mut state = self.state();
        state.devices.import(archive["paired"].as_array().cloned().unwrap_or_default());
        state.last_interaction = archive["lastInteraction"].as_i64();
    }

    /// OpenClaw's version that runs.
    pub fn version(&self) -> String {
        self.state().version.clone()
    }

    /// Another release is in service.
    pub fn set_version(&self, version: &str) {
        self.state().version = version.to_owned();
    }

    /// Somebody talked to it `ago`.
    pub fn talked(&self, ago: Duration) {
        self.state().last_interaction = Some(now_ms() - i64::try_from(ago.as_millis()).unwrap_or(i64::MAX / 2));
    }

    /// When somebody talked to it last.
    pub fn last_interaction(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.state().last_interaction? / 1000).ok()
    }

    /// A device tries to connect; false when it was decided upon and needs no further try.
    pub fn ask(&self, script: &PairingScript, device_id: &str) -> bool {
        let asked = self.state().devices.ask(script, device_id, now_ms());
        let Some(request) = asked else { return false };
        self.log(&format!("[gateway] device pairing requested: {} from {}", script.device, script.remote_ip));
        self.push("device.pair.requested", request, "operator.pairing");
        true
    }

    /// Somebody writes through a channel for the first time.
    pub fn write_to(&self, script: &ChannelScript) {
        self.state().channels.ask(script, now_ms());
        self.log(&format!("[{}] pairing requested by {}", script.channel, script.sender));
    }

    /// One call of a client with these scopes.
    fn call(&self, method: &str, params: &Value, scopes: &[String]) -> Result<Value, Refusal> {
        let needs = match method {
            "health" | "sessions.list" | "cron.list" | "config.get" => "operator.read",
            "device.pair.list"
            | "device.pair.approve"
            | "device.pair.reject"
            | "device.pair.rename"
            | "device.pair.remove"
            | "device.token.rotate"
            | "device.token.revoke"
            | "channels.pairing.list"
            | "channels.pairing.approve"
            | "channels.pairing.dismiss" => "operator.pairing",
            "config.patch" | "gateway.suspend.prepare" | "gateway.suspend.resume" => "operator.admin",
            unknown => return Err(Refusal::invalid(&format!("unknown method: {unknown}"))),
        };
        if !scopes.iter().any(|scope| scope == needs) {
            return Err(Refusal::missing_scope(needs));
        }
        let now = now_ms();
        match method {
            "health" => Ok(self.health_at(now)),
            "sessions.list" => Ok(sessions::list(self.state().last_interaction, now)),
            "cron.list" => Ok(sessions::jobs(&self.jobs, self.since)),
            "config.get" => Ok(self.state().config.get()),
            "device.pair.list" => Ok(self.state().devices.list(now)),
            "device.pair.approve" | "device.pair.reject" => {
                let (answer, resolved) = self.state().devices.decide(params, method == "device.pair.approve", now)?;
                self.log(&format!("[gateway] device pairing {}", resolved["decision"].as_str().unwrap_or_default()));
                self.push("device.pair.resolved", resolved, "operator.pairing");
                Ok(answer)
            }
            "device.pair.rename" | "device.pair.remove" | "device.token.rotate" | "device.token.revoke" => {
                let answer = self.state().devices.manage(method, params, now)?;
                self.log(&format!("[gateway] {method}: {}", answer["deviceId"].as_str().unwrap_or_default()));
                Ok(answer)
            }
            "channels.pairing.list" => self.state().channels.list(params, now),
            "channels.pairing.approve" | "channels.pairing.dismiss" => {
                self.state().channels.decide(method, params, now)
            }
            "config.patch" => {
                let (answer, changed) = self.state().config.patch(params, now)?;
                self.log("[gateway] config changed; reloading");
                self.push("config.changed", changed, "operator.read");
                Ok(answer)
            }
            "gateway.suspend.prepare" => self.suspend(params, now),
            _ => self.resume(params),
        }
    }

    fn suspend(&self, params: &Value, now: i64) -> Result<Value, Refusal> {
        if params["requestId"].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::invalid("requestId required"));
        }
        let id = uuid::Uuid::new_v4().to_string();
        if self.busy {
            let blocker = json!({"kind": "agent-run", "count": 1});
            return Ok(json!({"status": "busy", "suspensionId": id, "activeCount": 1, "blockers": [blocker]}));
        }
        self.state().suspension = Some(id.clone());
        self.log("[gateway] ready to be suspended");
        Ok(
            json!({"status": "ready", "suspensionId": id, "expiresAtMs": now + LEASE_MS, "activeCount": 0, "blockers": []}),
        )
    }

    fn resume(&self, params: &Value) -> Result<Value, Refusal> {
        let held = self.state().suspension.take_if(|id| params["suspensionId"] == id.as_str());
        match held {
            Some(id) => Ok(json!({"status": "running", "suspensionId": id})),
            None => Err(Refusal::invalid("unknown suspensionId")),
        }
    }

    fn health_at(&self, now: i64) -> Value {
        let broken = self.breaks_on.as_ref().is_some_and(|path| self.state().config.has(path));
        json!({"ok": !broken, "ts": now, "durationMs": 26, "configReload": {"hotReloadStatus": "active"},
            "channels": {}, "channelOrder": [], "channelLabels": {}, "heartbeatSeconds": 0, "defaultAgentId": "main"})
    }

    /// The config as its file holds it.
    pub fn config_text(&self) -> String {
        self.state().config.text()
    }

    /// Its config file was replaced.
    pub fn reload(&self, text: &[u8]) {
        self.state().config.replace(text);
        self.log("[gateway] config changed; reloading");
    }
}

/// Answer of the command line's dry run: what the schema says to a patch.
pub fn dry_run(patch: &Value) -> Value {
    let mut answer = json!({"ok": true, "operations": 1, "configPath": "/home/openclaw/.openclaw/openclaw.json",
        "inputModes": ["json"], "checks": {"schema": true, "resolvability": true, "resolvabilityComplete": true},
        "refsChecked": 0, "skippedExecRefs": 0});
    if let Err(refusal) = config::check(patch) {
        let message = refusal.message.replace("invalid config: ", "- ");
        answer["ok"] = json!(false);
        answer["errors"] = json!([{"kind": "schema", "message": message}]);
    }
    answer
}
