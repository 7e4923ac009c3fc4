//! Devices of a gateway: those that ask to be paired, and those that are.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::frame::{Params, Refusal};
use crate::sim::scenario::PairingScript;

/// A request is dropped when the device has not tried again for so long (openclaw.md).
const LIFETIME_MS: i64 = 5 * 60 * 1000;

#[derive(Default)]
pub struct Devices {
    /// Oldest first.
    pending: Vec<Value>,
    pub(super) paired: Vec<Value>,
    /// Devices that were refused; theirs is a person who gives up.
    refused: Vec<String>,
}

impl Devices {
    fn expire(&mut self, now: i64) {
        self.pending.retain(|p| p["ts"].as_i64().is_some_and(|ts| ts + LIFETIME_MS > now));
    }

    /// A try of a device: the request's event, or `None` when it need not ask (any more).
    pub fn ask(&mut self, script: &PairingScript, device_id: &str, now: i64) -> Option<Value> {
        self.expire(now);
        let paired = self.paired.iter().find(|d| d["deviceId"] == device_id);
        if paired.is_some_and(|d| holds(d, &script.scopes)) || self.refused.iter().any(|d| d == device_id) {
            return None;
        }
        let again = paired.is_some();
        if let Some(known) = self.pending.iter_mut().find(|p| p["deviceId"] == device_id) {
            known["ts"] = json!(now);
            return Some(known.clone());
        }
        let key: [u8; 32] = rand::random();
        let request = json!({"requestId": uuid::Uuid::new_v4().to_string(), "deviceId": device_id,
            "publicKey": URL_SAFE_NO_PAD.encode(key), "displayName": script.device, "platform": script.platform,
            "clientId": "cli", "clientMode": "cli", "role": "operator", "roles": ["operator"], "scopes": script.scopes,
            "remoteIp": script.remote_ip, "silent": false, "isRepair": again, "ts": now});
        self.pending.push(request.clone());
        Some(request)
    }

    /// Those that are paired.
    pub fn paired(&self) -> &[Value] {
        &self.paired
    }

    /// As after a restore: these are paired, nobody asks.
    pub fn import(&mut self, paired: Vec<Value>) {
        *self = Self { paired, ..Self::default() };
    }

    /// Newest request first, as the gateway lists them.
    pub fn list(&mut self, now: i64) -> Value {
        self.expire(now);
        let mut pending = self.pending.clone();
        pending.reverse();
        let paired: Vec<Value> = self
            .paired
            .iter()
            .map(|device| {
                let mut device = device.clone();
                device["connected"] = json!(false);
                device
            })
            .collect();
        json!({"pending": pending, "paired": paired})
    }

    /// Answer of `device.pair.approve` or `reject`, and payload of `device.pair.resolved`.
    pub fn decide(&mut self, params: &Value, approve: bool, now: i64) -> Result<(Value, Value), Refusal> {
        self.expire(now);
        params.text(if approve { "device.pair.approve" } else { "device.pair.reject" }, "requestId")?;
        let wanted = &params["requestId"];
        let Some(at) = self.pending.iter().position(|p| p["requestId"] == *wanted) else {
            return Err(Refusal::invalid("unknown requestId"));
        };
        let mut request = self.pending.remove(at);
        let (id, device_id) = (wanted.clone(), request["deviceId"].clone());
        let decision = if approve { "approved" } else { "rejected" };
        let resolved = json!({"requestId": id, "deviceId": device_id, "decision": decision, "ts": now});
        if !approve {
            self.refused.extend(device_id.as_str().map(str::to_owned));
            return Ok((json!({"requestId": id, "deviceId": device_id}), resolved));
        }
        if let Some(device) = request.as_object_mut() {
            device.retain(|key, _| !matches!(key.as_str(), "requestId" | "silent" | "isRepair" | "ts"));
            let token = json!({"role": "operator", "scopes": device.get("scopes"), "createdAtMs": now});
            device.insert("approvedVia".to_owned(), json!("owner"));
            device.insert("createdAtMs".to_owned(), json!(now));
            device.insert("approvedAtMs".to_owned(), json!(now));
            device.insert("tokens".to_owned(), json!([token]));
        }
        // More scopes for one that is paired already take the place of what it had.
        self.paired.retain(|d| d["deviceId"] != device_id);
        self.paired.push(request.clone());
        Ok((json!({"requestId": id, "device": request}), resolved))
    }
}

/// A device with a token that was not revoked and allows all of `scopes`.
fn holds(device: &Value, scopes: &[String]) -> bool {
    let tokens = device["tokens"].as_array().into_iter().flatten();
    let hold: Vec<_> = tokens.filter(|t| t["revokedAtMs"].is_null()).filter_map(|t| t["scopes"].as_array()).collect();
    !hold.is_empty() && scopes.iter().all(|scope| hold.iter().any(|had| had.iter().any(|h| h == scope.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_tries_again_keeps_its_request_until_it_expires() {
        let script = PairingScript {
            after: std::time::Duration::ZERO,
            device: "Phone".into(),
            platform: "ios".into(),
            scopes: vec!["operator.read".into()],
            remote_ip: "203.0.113.1".into(),
        };
        let mut devices = Devices::default();
        let first = devices.ask(&script, "d", 0).unwrap();
        let second = devices.ask(&script, "d", 120_000).unwrap();
        assert_eq!((&first["requestId"], &second["ts"]), (&second["requestId"], &json!(120_000)));
        assert_eq!(devices.list(120_000 + LIFETIME_MS)["pending"], json!([]));
        let third = devices.ask(&script, "d", 500_000).unwrap();
        assert_ne!(first["requestId"], third["requestId"]);
        assert_eq!(devices.decide(&first, true, 500_000).unwrap_err().message, "unknown requestId");
        let (answer, resolved) = devices.decide(&third, true, 500_001).unwrap();
        assert_eq!((&answer["device"]["displayName"], &resolved["decision"]), (&json!("Phone"), &json!("approved")));
        let paired = &devices.list(500_001)["paired"][0];
        assert_eq!((&paired["connected"], paired.get("lastSeenAtMs"), paired.get("ts")), (&json!(false), None, None));
        assert_eq!(devices.ask(&script, "d", 500_002), None);
    }
}
