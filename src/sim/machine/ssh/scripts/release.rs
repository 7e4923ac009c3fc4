//! `assets/care/restart.sh` and `upgrade.sh`.

use serde_json::json;

use super::Output;
use crate::sim::machine::hardware::Hardware;

/// Releases that npm has here.
const RELEASES: [&str; 4] = ["2026.9.4", "2026.9.5", "2026.9.6", "2026.9.7"];

pub fn restart(hardware: &Hardware) -> Output {
    if !hardware.is_gateway_up() {
        return Output::fail(5, "Failed to restart openclaw-gateway.service: Unit openclaw-gateway.service not found.");
    }
    hardware.gateway.log("[gateway] received SIGTERM; shutting down");
    hardware.gateway.log("[gateway] listening on ws://127.0.0.1:18789");
    Output::default()
}

/// Says something only when it runs that release already.
pub fn look(hardware: &Hardware, to: &str) -> Output {
    let is = hardware.gateway.version();
    if is != to {
        return Output::default();
    }
    Output::ok(format!("{}\n", json!({"before": is, "after": to, "changed": false})))
}

pub fn upgrade(hardware: &Hardware, to: &str) -> Output {
    let before = hardware.gateway.version();
    let answer = |changed: bool| json!({"before": before, "after": to, "changed": changed});
    if before == to {
        return Output::ok(format!("{}\n", answer(false)));
    }
    if !RELEASES.contains(&to) {
        let text =
            format!("npm can't install openclaw@{to}: npm ERR! code ETARGET npm ERR! notarget No matching version");
        return Output::fail(1, &text);
    }
    restart(hardware);
    if hardware.script.broken_release.as_deref() == Some(to) {
        restart(hardware);
        let text = format!("the gateway is not well with OpenClaw {to}; {before} and its state are back in service");
        return Output::fail(1, &text);
    }
    hardware.gateway.set_version(to);
    Output::ok(format!("{}\n", answer(true)))
}
