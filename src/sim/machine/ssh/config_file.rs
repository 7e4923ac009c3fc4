//! The gateway's config file under `cp`, `mv`, `rm` and OpenClaw's own dry run. The live one is the gateway's; copies lie on
//! the disk.

use super::programs::Output;
use crate::sim::machine::{disk::GATEWAY_USER, gateway::dry_run, hardware::Hardware};

const LIVE: &str = "/home/openclaw/.openclaw/openclaw.json";

/// `cp -p -- FROM TO` and `mv -f -- FROM TO`, of the config and its copies only; `rm -f -- COPY`.
pub fn place(hardware: &Hardware, program: &str, arguments: &[&str], user: &str) -> Output {
    if let ("rm", ["-f", "--", copy]) = (program, arguments)
        && user == GATEWAY_USER
        && copy.starts_with(LIVE)
        && *copy != LIVE
    {
        hardware.disk.forget(copy);
        return Output::default();
    }
    let [_, "--", from, to] = arguments else { return Output::fail(1, &format!("{program}: missing operand")) };
    let denied = |path: &str| Output::fail(1, &format!("{program}: cannot stat '{path}': Permission denied"));
    if user != GATEWAY_USER || ![from, to].iter().all(|path| path.starts_with(LIVE)) {
        return denied(from);
    }
    let bytes = if *from == LIVE {
        hardware.gateway.config_text().into_bytes()
    } else {
        match hardware.disk.read(from, user) {
            Ok(file) => file.bytes,
            Err(error) => return Output::fail(1, &format!("{program}: cannot stat '{from}': {error}")),
        }
    };
    if *to == LIVE {
        hardware.gateway.reload(&bytes);
    } else {
        hardware.disk.put(to, GATEWAY_USER, 0o600, &bytes);
    }
    if program == "mv" {
        hardware.disk.forget(from);
    }
    Output::default()
}

/// `openclaw config patch --stdin --dry-run --json`.
pub fn tried(input: &[u8]) -> Output {
    let patch = serde_json::from_slice(input).unwrap_or_default();
    let answer = dry_run(&patch);
    let code = u32::from(answer["ok"] != true);
    Output { code, ..Output::ok(format!("{answer:#}\n")) }
}
