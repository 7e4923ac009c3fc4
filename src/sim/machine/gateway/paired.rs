//! What an operator does with devices that are paired; answers and refusals as recorded.

use serde_json::{Value, json};

use super::{
    devices::Devices,
    frame::{Params, Refusal},
};

impl Devices {
    /// One of the calls that name a paired device.
    pub fn manage(&mut self, method: &str, params: &Value, now: i64) -> Result<Value, Refusal> {
        let id = params.text(method, "deviceId")?;
        let found = self.paired.iter().position(|d| d["deviceId"] == id);
        match method {
            "device.pair.rename" => {
                let label = params.text(method, "label")?.trim();
                let at = found.ok_or_else(|| Refusal::invalid("unknown deviceId"))?;
                self.paired[at]["operatorLabel"] = json!(label);
                Ok(json!({"deviceId": id, "label": label}))
            }
            "device.pair.remove" => {
                let at = found.ok_or_else(|| Refusal::invalid("unknown deviceId"))?;
                self.paired.remove(at);
                Ok(json!({"deviceId": id}))
            }
            "device.token.rotate" => {
                let denied = || Refusal::invalid("device token rotation denied");
                let token = self.token(found, params.text(method, "role")?).ok_or_else(denied)?;
                let scopes = token["scopes"].clone();
                *token = json!({"role": params["role"], "scopes": scopes, "createdAtMs": token["createdAtMs"],
                    "rotatedAtMs": now});
                Ok(json!({"deviceId": id, "role": params["role"], "scopes": scopes, "rotatedAtMs": now,
                    "tokenDelivery": "withheld-cross-device"}))
            }
            _ => {
                let denied = || Refusal::invalid("device token revocation denied");
                self.token(found, params.text(method, "role")?).ok_or_else(denied)?["revokedAtMs"] = json!(now);
                Ok(json!({"deviceId": id, "role": params["role"], "revokedAtMs": now}))
            }
        }
    }

    fn token(&mut self, device: Option<usize>, role: &str) -> Option<&mut Value> {
        self.paired.get_mut(device?)?["tokens"].as_array_mut()?.iter_mut().find(|token| token["role"] == role)
    }
}
