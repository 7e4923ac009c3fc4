//! `assets/care/backup.sh` and `restore.sh`. An archive here is JSON under a magic word; clients never look inside.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Output;
use crate::sim::machine::hardware::Hardware;

/// An archive's first bytes; a script before it does not hold them.
const MAGIC: &[u8] = b"\x1f\x8bembedded archive\n";

pub fn backup(hardware: &Hardware) -> Output {
    if !hardware.progress().done.iter().any(|stage| stage == "openclaw") {
        return Output::fail(1, "openclaw backup create failed: bash: openclaw: command not found");
    }
    let created = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let version = hardware.gateway.version();
    let archive = json!({"created": created, "version": version, "gateway": hardware.gateway.export()});
    let bytes = [MAGIC, archive.to_string().as_bytes()].concat();
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let label = json!({"created": created, "bytes": bytes.len(), "sha256": sha256, "version": version});
    Output { stdout: bytes, stderr: format!("{label}\n").into_bytes(), code: 0 }
}

pub fn restore(hardware: &Hardware, input: &[u8]) -> Output {
    let at = input.windows(MAGIC.len()).position(|window| window == MAGIC);
    let archive = at.and_then(|at| serde_json::from_slice::<Value>(&input[at + MAGIC.len()..]).ok());
    let Some(archive) = archive else {
        return Output::fail(1, "openclaw backup restore failed: Backup archive could not be read");
    };
    hardware.gateway.import(&archive["gateway"]);
    hardware.gateway.log("[gateway] listening on ws://127.0.0.1:18789");
    let answer = json!({"created": archive["created"], "version": archive["version"],
        "before": "/home/openclaw/.openclaw.before-restore"});
    Output::ok(format!("{answer}\n"))
}
