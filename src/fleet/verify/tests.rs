use base64::{Engine, engine::general_purpose::STANDARD};
use time::{Duration, macros::datetime};

use super::*;

const SENT: OffsetDateTime = datetime!(2026-11-21 07:40:00 UTC);

/// A machine that is well, its answers as recorded from OpenClaw 2026.9.6 on Ubuntu 24.04.
const WELL: [(&str, i32, &str); 16] = [
    ("clock", 0, "1795246810.5"),
    ("time-sync", 0, "yes"),
    (
        "cloud-init",
        0,
        r#"{"boot_status_code":"enabled-by-generator","errors":[],"extended_status":"done","status":"done"}"#,
    ),
    ("bootstrap", 0, "claw-stage ready done 2026-11-21T06:00:00Z"),
    ("service", 0, "NRestarts=0\nActiveState=active\nSubState=running"),
    ("listen", 0, "LISTEN 0 511 127.0.0.1:18789 0.0.0.0:*\nLISTEN 0 511 [::1]:18789 [::]:*"),
    ("disk", 0, "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 30298176 5062172 25219620 17% /"),
    ("node", 0, "v24.21.0"),
    ("openclaw", 0, "OpenClaw 2026.9.6 (eb377ac)"),
    ("health", 0, r#"{"ok":true,"ts":1,"durationMs":15,"plugins":{"loaded":["browser"],"errors":[]}}"#),
    (
        "security",
        0,
        r#"{"ts":1,"summary":{"critical":0,"warn":2,"info":1},"findings":[
        {"checkId":"summary.attack_surface","severity":"info","title":"Attack surface summary","detail":"groups: open=0"},
        {"checkId":"gateway.trusted_proxies_missing","severity":"warn","title":"Reverse proxy headers are not trusted","detail":"…"},
        {"checkId":"gateway.probe_failed","severity":"warn","title":"Gateway probe failed (deep)","detail":"missing scope: operator.read"}]}"#,
    ),
    (
        "secrets",
        0,
        r#"{"version":1,"status":"clean","resolution":{"refsChecked":1,"skippedExecRefs":0,"resolvabilityComplete":true},
        "summary":{"plaintextCount":0,"unresolvedRefCount":0,"shadowedRefCount":0},"findings":[]}"#,
    ),
    ("plaintext", 0, ""),
    (
        "update",
        0,
        r#"{"update":{"registry":{"latestVersion":"2026.9.6","tag":"latest"}},
        "availability":{"available":false,"latestVersion":null}}"#,
    ),
    ("packages", 0, "Inst vim [2:9.1] (2:9.2 Ubuntu:24.04/noble-updates [amd64])"),
    ("end", 0, ""),
];

fn judged(answers: &[(&str, i32, &str)]) -> Vec<Finding> {
    let line = |(check, code, out): &(&str, i32, &str)| {
        format!(r#"{{"check":"{check}","code":{code},"out":"{}"}}"#, STANDARD.encode(out)) + "\n"
    };
    let stdout: String = answers.iter().map(line).collect();
    let received = SENT + Duration::seconds(20);
    findings(&Heard { stdout: &stdout, sent: SENT, received, name: "alice", version: "2026.9.6" })
}

/// The outcome of `check` when one answer differs from those of a machine that is well.
fn with(answer: (&str, i32, &str), check: &str) -> Finding {
    let mut answers = WELL.to_vec();
    answers.retain(|(name, ..)| *name != answer.0);
    answers.push(answer);
    let mut found = judged(&answers);
    let at = found.iter().position(|f| f.check == check).unwrap();
    let changed = found.remove(at);
    assert!(found.iter().all(|f| f.outcome == Outcome::Ok), "only {check}: {found:#?}");
    changed
}

#[test]
fn a_machine_that_is_well_is_well() {
    let found = judged(&WELL);
    assert_eq!(found.len(), 13);
    assert!(found.iter().all(|f| f.outcome == Outcome::Ok), "{found:#?}");
}

#[test]
fn silence_is_never_well() {
    for found in [judged(&[]), findings(&Heard { stdout: "bash: nonsense\n{\n", ..heard() })] {
        assert_eq!(found.len(), 14);
        assert!(found.iter().all(|f| f.outcome == Outcome::Unknown), "{found:#?}");
    }
    for (check, as_check) in [("health", "health"), ("openclaw", "versions"), ("plaintext", "plaintext")] {
        for code in [124, 127, 137] {
            assert_eq!(with((check, code, ""), as_check).outcome, Outcome::Unknown, "{check} {code}");
        }
    }
}

fn heard() -> Heard<'static> {
    Heard { stdout: "", sent: SENT, received: SENT, name: "alice", version: "2026.9.6" }
}

#[test]
fn what_is_wrong_is_found() {
    use Outcome::{Bad, Ok, Unknown, Warn};
    let critical = r#"{"summary":{"critical":1,"warn":0,"info":0},"findings":[{"checkId":"x","severity":"critical","title":"Open to all"}]}"#;
    let warn = r#"{"summary":{"critical":0,"warn":1,"info":0},"findings":[{"checkId":"fs.perms","severity":"warn","title":"State dir is readable"}]}"#;
    let probe = r#"{"summary":{"critical":0,"warn":1},"findings":[{"checkId":"gateway.probe_failed","severity":"warn","title":"Probe failed","detail":"connect ECONNREFUSED"}]}"#;
    let plain = r#"{"summary":{"plaintextCount":2,"unresolvedRefCount":0},"findings":[{},{}]}"#;
    let unresolved = r#"{"summary":{"plaintextCount":0,"unresolvedRefCount":1},"findings":[{}]}"#;
    let newer = r#"{"availability":{"available":true,"latestVersion":"2026.10.1"}}"#;
    let offline = r#"{"update":{"registry":{"error":"x"}},"availability":{"available":false}}"#;
    let down = r#"{"ok":false,"error":{"type":"gateway_transport_error","kind":"closed","message":"gateway closed"}}"#;
    for (answer, check, outcome, words) in [
        (("cloud-init", 1, r#"{"status":"error"}"#), "cloud-init", Bad, "error"),
        (("cloud-init", 2, r#"{"status":"done","extended_status":"degraded done"}"#), "cloud-init", Warn, "errors"),
        (("cloud-init", 0, r#"{"status":"running"}"#), "cloud-init", Warn, "running"),
        (
            ("bootstrap", 0, "claw-stage ready done 2026-11-21T06:00:00Z without chromium (no store)"),
            "bootstrap",
            Warn,
            "done without chromium (no store)",
        ),
        (("bootstrap", 0, "claw-stage vault begin 2026-11-21T06:00:00Z"), "bootstrap", Warn, "vault"),
        (("bootstrap", 0, "claw-stage node failed 2026-11-21T06:00:00Z exit 1: x"), "bootstrap", Bad, "exit 1: x"),
        (("bootstrap", 0, ""), "bootstrap", Unknown, "no stage"),
        (("service", 0, "ActiveState=failed\nSubState=failed\nNRestarts=5"), "service", Bad, "failed"),
        (("service", 1, ""), "service", Unknown, "systemd"),
        (("service", 0, "ActiveState=active\nSubState=running\nNRestarts=3"), "service", Ok, "3 times"),
        (("health", 1, down), "health", Bad, "gateway closed"),
        (("health", 1, ""), "health", Unknown, "exit 1"),
        (("listen", 0, "LISTEN 0 511 0.0.0.0:18789 0.0.0.0:*"), "listen", Bad, "0.0.0.0:18789"),
        (("listen", 0, "LISTEN 0 511 *:18789 *:*"), "listen", Bad, "*:18789"),
        (("listen", 0, "LISTEN 0 511 [::ffff:10.0.0.4]:18789 *:*"), "listen", Bad, "10.0.0.4"),
        (("listen", 0, ""), "listen", Bad, "nothing listens"),
        (("security", 0, critical), "security", Bad, "Open to all"),
        (("security", 0, warn), "security", Warn, "State dir is readable"),
        (("security", 0, probe), "security", Warn, "Probe failed"),
        (("secrets", 1, plain), "secrets", Bad, "2 secrets"),
        (("secrets", 1, unresolved), "secrets", Bad, "resolved"),
        (("plaintext", 0, "/home/openclaw/.openclaw/a.json"), "plaintext", Bad, "a.json"),
        (("plaintext", 3, ""), "plaintext", Unknown, "told"),
        (("disk", 0, "/dev/sda1 100 81 19 81% /\n/dev/sda2 100 1 99 1% /home"), "disk", Warn, "81 %"),
        (("disk", 0, "/dev/sda1 100 99 1 99% /"), "disk", Bad, "99 %"),
        (("clock", 0, "1795246790.0"), "clock", Warn, "10 s behind"),
        (("clock", 0, "1795248000.0"), "clock", Bad, "1180 s ahead"),
        (("time-sync", 0, "no"), "clock", Warn, "not synchronised"),
        (("node", 0, "v22.9.0"), "versions", Bad, "too old"),
        (("node", 0, "v27.0.1"), "versions", Ok, "v27"),
        (("openclaw", 0, "OpenClaw 2026.9.4 (abc)"), "versions", Warn, "2026.9.4 runs, the team wants 2026.9.6"),
        (("update", 0, newer), "update", Warn, "2026.10.1"),
        (("update", 0, offline), "update", Unknown, "registry"),
        (("packages", 0, "Inst x [1] (2 Ubuntu:24.04/noble-security [amd64])"), "packages", Warn, "1 security"),
        (("packages", 0, "reboot-required"), "packages", Warn, "restart"),
        (("packages", 1, ""), "packages", Unknown, "read"),
    ] {
        let found = with(answer, check);
        assert_eq!(found.outcome, outcome, "{answer:?}: {found:?}");
        assert!(found.sentence.contains(words), "{answer:?}: {found:?}");
        assert_eq!(found.remedy.is_some(), matches!(outcome, Bad | Warn), "{found:?}");
    }
}
