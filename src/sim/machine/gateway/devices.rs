//! Devices that ask to be paired, as the scenario tells.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{super::Machine, now_ms};
use crate::sim::{
    scenario::{MachineScript, PairingScript},
    world::World,
};

/// A pending expires this long after the device's last try (openclaw.md).
const LIFETIME_MS: i64 = 5 * 60 * 1000;
/// Devices try again this often and keep their request.
const RETRY: Duration = Duration::from_secs(120);

/// Lets every scripted device ask once, in the order of their times, then keeps them asking.
pub async fn live(machine: &Arc<Machine>, world: &World, script: &MachineScript) {
    let mut scripts: Vec<&PairingScript> = script.pairings.iter().collect();
    scripts.sort_by_key(|p| p.after);
    let mut waited = Duration::ZERO;
    let first = machine.gateway.state().asked;
    for pairing in scripts.iter().skip(first) {
        world.clock.sleep(pairing.after.saturating_sub(waited)).await;
        waited = pairing.after;
        ask(machine, pairing);
    }
    loop {
        tokio::time::sleep(RETRY).await;
        for pending in &mut machine.gateway.state().pending {
            pending["ts"] = json!(now_ms());
        }
    }
}

fn ask(machine: &Machine, pairing: &PairingScript) {
    let device: String = rand::random::<[u8; 32]>().iter().map(|b| format!("{b:02x}")).collect();
    let request = json!({
        "requestId": uuid::Uuid::new_v4().to_string(), "deviceId": device, "publicKey": "",
        "displayName": pairing.device, "platform": pairing.platform, "clientId": "cli", "clientMode": "cli",
        "role": "operator", "roles": ["operator"], "scopes": pairing.scopes, "remoteIp": pairing.remote_ip,
        "silent": false, "isRepair": false, "ts": now_ms(),
    });
    {
        let mut state = machine.gateway.state();
        state.asked += 1;
        state.pending.push(request.clone());
    }
    machine.gateway.push("device.pair.requested", request);
}

/// What is still waiting; the expired are gone.
pub fn list(machine: &Machine) -> Value {
    let mut state = machine.gateway.state();
    let now = now_ms();
    state.pending.retain(|p| p["ts"].as_i64().is_some_and(|ts| ts + LIFETIME_MS > now));
    json!({"pending": state.pending, "paired": state.paired})
}

/// Approves or rejects exactly this request.
pub fn decide(machine: &Machine, params: &Value, approve: bool) -> Result<Value, Value> {
    let id = params["requestId"].as_str().unwrap_or_default();
    let (answer, device) = {
        let mut state = machine.gateway.state();
        let Some(at) = state.pending.iter().position(|p| p["requestId"] == id) else {
            return Err(json!({"code": "INVALID_REQUEST", "message": "unknown requestId"}));
        };
        let mut device = state.pending.remove(at);
        let device_id = device["deviceId"].clone();
        if approve {
            for gone in ["requestId", "silent", "isRepair", "ts"] {
                if let Some(fields) = device.as_object_mut() {
                    fields.shift_remove(gone);
                }
            }
            device["approvedVia"] = json!("owner");
            device["createdAtMs"] = json!(now_ms());
            device["approvedAtMs"] = json!(now_ms());
            device["connected"] = json!(false);
            device["tokens"] = json!([{"role": "operator", "scopes": device["scopes"], "createdAtMs": now_ms()}]);
            state.paired.push(device.clone());
            (json!({"requestId": id, "device": device}), device_id)
        } else {
            (json!({"requestId": id, "deviceId": device_id}), device_id)
        }
    };
    let decision = if approve { "approved" } else { "rejected" };
    let event = json!({"requestId": id, "deviceId": device, "decision": decision, "ts": now_ms()});
    machine.gateway.push("device.pair.resolved", event);
    Ok(answer)
}
