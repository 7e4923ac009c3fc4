//! The shipped files that operations send.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::OpsError;

pub const CLOUD_INIT: &str = include_str!("../../assets/bootstrap/cloud-init.yaml");
pub const BOOTSTRAP: &str = include_str!("../../assets/bootstrap/bootstrap.sh");
const FLEET: &str = include_str!("../../assets/infra/fleet.json");
const MEMBER: &str = include_str!("../../assets/infra/member.json");
const OPENCLAW: &str = include_str!("../../assets/openclaw.template.json");

/// The infrastructure template.
pub fn fleet_template() -> Result<Value, OpsError> {
    parse("fleet.json", FLEET)
}

/// One member's template.
pub fn member_template() -> Result<Value, OpsError> {
    parse("member.json", MEMBER)
}

/// The OpenClaw config a new machine starts with.
pub fn openclaw_config() -> Result<Value, OpsError> {
    parse("openclaw.template.json", OPENCLAW)
}

fn parse(name: &str, text: &str) -> Result<Value, OpsError> {
    serde_json::from_str(text).map_err(|e| OpsError::failed(format!("the shipped {name} is broken: {e}")))
}

/// Changes when the infrastructure template or one of its parameters does.
pub fn fingerprint(parameters: &impl serde::Serialize) -> String {
    let parameters = serde_json::to_string(parameters).unwrap_or_default();
    let digest = Sha256::digest(format!("{FLEET}\n{parameters}").as_bytes());
    digest[..8].iter().map(|b| format!("{b:02x}")).collect()
}
