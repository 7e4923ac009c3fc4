//! claw's own scripts on a real OpenClaw: verify, backup, restore. Only systemd is a stand-in: it starts and stops the
//! gateway's process.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use claw::fleet::verify::{Finding, Heard, Outcome, findings};
use serde_json::{Value, json};
use time::OffsetDateTime;

const SYSTEMCTL: &str = r#"#!/bin/bash
case $2 in
  start)
    setsid openclaw gateway run >"$HOME/gateway.out" 2>&1 </dev/null &
    echo $! >"$HOME/pid" ;;
  stop)
    pid=$(cat "$HOME/pid") && kill "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done ;;
  show) printf 'NRestarts=0\nActiveState=active\nSubState=running\n' ;;
esac
exit 0
"#;

/// What is in the place of a machine: a home with secrets, a state folder, and a gateway in it.
struct Machine {
    home: tempfile::TempDir,
    /// Of its own, in memory: others on this computer have theirs.
    memory: tempfile::TempDir,
    port: u16,
    programs: PathBuf,
}

/// Where `tests/run.sh` puts `node` and `openclaw`; on a build machine (`CI=true`) their absence is a failure.
fn programs() -> Option<PathBuf> {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/openclaw/node_modules/.bin");
    if bin.join("openclaw").exists() {
        return Some(bin);
    }
    let message = format!("OpenClaw is not there ({}): tests/run.sh installs it; nothing is tested", bin.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
    None
}

impl Machine {
    fn new() -> Option<Self> {
        let programs = programs()?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (home, memory) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap());
        let machine = Self { home, memory, port, programs };
        fs::create_dir(machine.path("bin")).unwrap();
        fs::create_dir(machine.path("secrets")).unwrap();
        machine.private("bin/systemctl", SYSTEMCTL, 0o700);
        machine.fresh();
        Some(machine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn private(&self, name: &str, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::remove_file(self.path(name));
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// As the bootstrap leaves it, with a token of its own.
    fn fresh(&self) {
        use std::os::unix::fs::PermissionsExt;
        let text = |name: &str| self.path(name).display().to_string();
        self.private("secrets/gateway-token", &uuid::Uuid::new_v4().simple().to_string().repeat(2), 0o400);
        self.private("secrets/keys.json", r#"{"ANTHROPIC_API_KEY":"sk-ant-a-managed-value"}"#, 0o400);
        fs::create_dir(self.path("state")).unwrap();
        fs::set_permissions(self.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
        let file = |name: &str, mode: &str| json!({"source": "file", "path": text(name), "mode": mode});
        let config = json!({
            // Behind a proxy a loopback client counts as remote; otherwise it is paired without asking.
            "gateway": {"mode": "local", "port": self.port, "bind": "loopback", "trustedProxies": ["127.0.0.1"],
                "auth": {"mode": "token", "token": {"source": "file", "provider": "claw-gateway", "id": "value"}}},
            "agents": {"defaults": {"model": "anthropic/claude-opus-5", "heartbeat": {"every": "0m"}}},
            "discovery": {"mdns": {"mode": "off"}}, "update": {"checkOnStart": false},
            "logging": {"file": text("state/gateway.log")},
            "secrets": {"providers": {"claw-gateway": file("secrets/gateway-token", "singleValue"),
                "claw-keys": file("secrets/keys.json", "json")}},
        });
        self.private("state/openclaw.json", &config.to_string(), 0o600);
        self.systemctl("start");
        self.ready();
    }

    fn ready(&self) {
        let ready = format!(
            "for n in $(seq 600); do curl -fs -m 2 http://127.0.0.1:{}/readyz && exit; sleep 0.1; done; exit 1",
            self.port
        );
        let ready = self.command("bash").args(["-c", &ready]).output().unwrap();
        assert!(ready.status.success(), "{}", fs::read_to_string(self.path("gateway.out")).unwrap());
    }

    fn command(&self, program: &str) -> Command {
        let bin = self.path("bin");
        let path = format!("{}:{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin", bin.display(), self.programs.display());
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path())
            .env("OPENCLAW_STATE_DIR", self.path("state"))
            .env("CLAW_MEMORY", self.memory.path())
            .env("CLAW_SECRETS_DIR", self.path("secrets"))
            .env("CLAW_GATEWAY_PORT", self.port.to_string())
            .env("OPENCLAW_NO_RESPAWN", "1")
            // Nothing leaves this machine.
            .envs([("HTTPS_PROXY", "http://127.0.0.1:9"), ("NODE_USE_ENV_PROXY", "1")])
            .envs([("npm_config_https_proxy", "http://127.0.0.1:9"), ("npm_config_fetch_retries", "0")]);
        command
    }

    fn systemctl(&self, verb: &str) {
        assert!(
            self.command("bash")
                .arg(self.path("bin/systemctl"))
                .args(["--user", verb, "x"])
                .status()
                .unwrap()
                .success()
        );
    }

    fn openclaw(&self, args: &[&str]) -> Value {
        let output = self.command("openclaw").args(args).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {output:?}"))
    }

    /// One of claw's scripts as claw sends it, with what follows it.
    fn script(&self, name: &str, after: &[u8]) -> Output {
        let script = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/care").join(name)).unwrap();
        let mut bash = self.command("bash");
        bash.arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut bash = bash.spawn().unwrap();
        let mut input = bash.stdin.take().unwrap();
        let bytes = [&script[..], after].concat();
        // It may well not read to the end.
        let writer = std::thread::spawn(move || input.write_all(&bytes).is_ok());
        let output = bash.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    fn verify(&self) -> Vec<Finding> {
        let sent = OffsetDateTime::now_utc();
        let output = self.script("verify.sh", b"");
        let stdout = String::from_utf8(output.stdout).unwrap();
        let received = OffsetDateTime::now_utc();
        findings(&Heard { stdout: &stdout, sent, received, name: "alice", version: "2026.9.6" })
    }

    /// A device with a key of its own asks, is let in, and a session is begun.
    fn use_it(&self) {
        let token = fs::read_to_string(self.path("secrets/gateway-token")).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/device.mjs");
        let mut device = self.command("node");
        device.arg(script).arg(self.port.to_string()).arg(self.path("phone.pem")).args(["Phone", "operator.read"]);
        assert!(device.env("GATEWAY_TOKEN", token).output().unwrap().status.success());
        let list = self.openclaw(&["devices", "list", "--json"]);
        let id = list["pending"][0]["requestId"].as_str().unwrap_or_else(|| panic!("{list}")).to_owned();
        self.openclaw(&["devices", "approve", &id, "--json"]);
        let params = r#"{"key":"agent:main:of-before","label":"of before"}"#;
        self.openclaw(&["gateway", "call", "sessions.create", "--params", params, "--json"]);
    }

    /// Archives in plain text that a script left in memory.
    fn remains(&self) -> usize {
        fs::read_dir(self.memory.path()).unwrap().count()
    }

    /// Devices that are paired, and sessions that are there.
    fn has(&self) -> (usize, bool) {
        let paired = self.openclaw(&["devices", "list", "--json"])["paired"].as_array().unwrap().len();
        let sessions = self.openclaw(&["sessions", "--all-agents", "--json"]).to_string();
        (paired, sessions.contains("agent:main:of-before"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.systemctl("stop");
    }
}

fn outcome(found: &[Finding], check: &str) -> Outcome {
    found.iter().find(|f| f.check == check).unwrap_or_else(|| panic!("no {check}: {found:#?}")).outcome
}

#[test]
fn a_real_gateway_is_verified_backed_up_and_restored() {
    let Some(machine) = Machine::new() else { return };
    machine.use_it();
    assert_eq!(machine.has(), (1, true));

    let found = machine.verify();
    for check in ["service", "health", "listen", "security", "secrets", "plaintext", "clock", "versions"] {
        assert_eq!(outcome(&found, check), Outcome::Ok, "{check}: {found:#?}");
    }
    assert_eq!(outcome(&found, "update"), Outcome::Unknown, "its registry is out of reach: {found:#?}");

    let backup = machine.script("backup.sh", b"");
    let said = String::from_utf8_lossy(&backup.stderr).into_owned();
    assert!(backup.status.success(), "{said}");
    let label: Value = serde_json::from_str(said.trim()).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!((&label["version"], &label["bytes"]), (&json!("2026.9.6"), &json!(backup.stdout.len())));
    assert_eq!(machine.remains(), 0);

    // Another machine: nothing of the first is there, and its token is new.
    machine.systemctl("stop");
    fs::remove_dir_all(machine.path("state")).unwrap();
    machine.fresh();
    assert_eq!(machine.has(), (0, false));
    machine.private("state/leak.txt", "sk-ant-a-managed-value", 0o600);
    assert_eq!(outcome(&machine.verify(), "plaintext"), Outcome::Bad);

    let torn = machine.script("restore.sh", &backup.stdout[..backup.stdout.len() / 2]);
    assert!(
        !torn.status.success() && String::from_utf8_lossy(&torn.stderr).contains("backup restore failed"),
        "{torn:?}"
    );
    assert_eq!(machine.has(), (0, false), "a torn archive changes nothing");

    let restored = machine.script("restore.sh", &backup.stdout);
    let said = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(restored.status.success(), "{said}");
    let answer: Value = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!((&answer["created"], &answer["version"]), (&label["created"], &label["version"]));
    assert_eq!(machine.has(), (1, true), "the pairing and the session are back");
    assert!(machine.path("state.before-restore/leak.txt").exists(), "what was there before is kept");
    assert_eq!(machine.remains(), 0);

    // The machine goes down between the two moves of another restore, and something is made anew at boot.
    machine.systemctl("stop");
    fs::rename(machine.path("state"), machine.path("before")).unwrap();
    fs::remove_dir_all(machine.path("state.before-restore")).unwrap();
    fs::rename(machine.path("before"), machine.path("state.before-restore")).unwrap();
    fs::create_dir(machine.path("state")).unwrap();
    fs::write(machine.path("state.restoring"), "").unwrap();
    let refused = machine.script("backup.sh", b"");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("a restore was cut off"), "{refused:?}");
    let torn = machine.script("restore.sh", b"torn");
    assert!(String::from_utf8_lossy(&torn.stderr).contains("backup restore failed"), "{torn:?}");
    machine.ready();
    assert_eq!(machine.has(), (1, true), "the state before is back in place");
    assert!(!machine.path("state.restoring").exists());

    // It goes down before the restored state was found well; work goes on in it, and none of that is lost.
    fs::create_dir(machine.path("state.before-restore")).unwrap();
    fs::write(machine.path("state.restoring"), "").unwrap();
    fs::write(machine.path("state/.claw-restored"), "").unwrap();
    machine.systemctl("stop");
    assert!(!machine.script("restore.sh", b"torn").status.success());
    assert_eq!(machine.has(), (1, true));

    machine.systemctl("stop");
    let down = machine.verify();
    assert_eq!((outcome(&down, "health"), outcome(&down, "listen")), (Outcome::Bad, Outcome::Bad), "{down:#?}");
}
