//! A real Ubuntu 24.04 gets the shipped cloud-init: real cloud-init runs the real bootstrap against the embedded Key
//! Vault and the VM's own metadata service, OpenClaw comes from npm, and claw cares for the machine through real sshd.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    cloud::{Answer, Cloud, MARKER},
    extras, stranger,
};

/// What a machine that came up by itself looks like, whatever happened on the way.
const STATE: &str = r#"
ls /var/lib/claw/done | tr '\n' ' '; echo
systemctl is-active claw-secrets claw-bootstrap.timer ssh | tr '\n' ' '; echo
systemctl --failed --no-legend --plain | grep claw
sudo -u openclaw XDG_RUNTIME_DIR=/run/user/$(id -u openclaw) systemctl --user is-active openclaw-gateway
sudo sh -c "stat -c '%a %U %n' /run/openclaw/secrets/*" | tr '\n' ' '; echo
sudo findmnt -no FSTYPE -T /run/openclaw/secrets
sudo sha256sum /etc/sudoers.d/claw-member | cut -c1-16
sudo jq -c '[.gateway.bind, .gateway.auth.token.provider, .models.providers.anthropic.apiKey.id]' /home/openclaw/.openclaw/openclaw.json
openclaw --version
curl -fsS http://127.0.0.1:18789/readyz | jq .ready
"#;

pub struct Ubuntu {
    pub cloud: Cloud,
    _alone: MutexGuard<'static, ()>,
}

/// Machines share the folder of downloaded packages, and apt's lock in it.
static ALONE: Mutex<()> = Mutex::new(());

impl Ubuntu {
    /// `None`, said aloud, unless tests/run.sh found that Ubuntu can boot here: it takes root and a network of its own.
    pub fn start(extras: &str) -> Option<Self> {
        if std::env::var("CLAW_UBUNTU").as_deref() != Ok("1") {
            eprintln!("skipped: tests/run.sh boots a real Ubuntu");
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let noble = root.join("target/tools/noble");
        assert!(noble.join(".done").exists(), "no Ubuntu at {}: tests/run.sh makes it", noble.display());
        let people = fs::read_to_string(root.join("tests/scenarios/fast.toml")).unwrap();
        let people = &people[people.find("[[users]]").unwrap()..];
        let run = [root.join("tests/rig/machine.sh"), noble, root.join("target/tools/noble-cache")];
        let scenario = format!("speed = 20.0\n\n[every_machine]\nrun = {run:?}\n\n{people}");
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("real.toml");
        fs::write(&path, scenario).unwrap();
        let cloud = Cloud::start(path.to_str().unwrap());
        let fleet = format!(r#"{{"openclawVersion": "2026.9.5", "extras": {extras}}}"#);
        cloud.write("team.json", &format!(r#"{{"fleet": {fleet}, "members": [{{"email": "alice@example.com"}}]}}"#));
        cloud.write("secrets.json", &secrets(MARKER));
        Some(Self { cloud, _alone: alone })
    }

    pub fn on_machine(&self, script: &str) -> String {
        self.cloud.claw(&["ssh", "alice", "--", script]).exits(0).stdout
    }

    /// Holds the lock on apt's archives, as an extension does that installs packages at the same time.
    fn another_apt(&self, verb: &str) {
        let hold = "import fcntl, signal; lock = open('/var/cache/apt/archives/lock', 'w'); fcntl.lockf(lock, fcntl.LOCK_EX); signal.pause()";
        let run = match verb {
            "start" => format!("sudo systemd-run -q --unit=another-apt python3 -c \"{hold}\""),
            _ => format!("sudo systemctl {verb} another-apt"),
        };
        self.on_machine(&run);
    }

    pub fn log(&self) -> Log {
        let mut child = self.cloud.command(&["logs", "alice", "-f"]).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Log { child, lines }
    }
}

/// A model's key, Claude Code's setup token, and a bot's.
fn secrets(key: &str) -> String {
    let shared = json!({"ANTHROPIC_API_KEY": key, "CLAUDE_CODE_OAUTH_TOKEN": extras::TOKEN,
        "TELEGRAM_BOT_TOKEN": "99:stand-in-of-a-token"});
    json!({"shared": shared}).to_string()
}

/// The bootstrap's log as it grows.
pub struct Log {
    child: Child,
    lines: mpsc::Receiver<String>,
}

/// Longer than any stage takes without a word; a log that says nothing any more must not hold the tests up for ever.
const PATIENCE: Duration = Duration::from_secs(600);

impl Log {
    /// Reads on until a line says this; gives what was read.
    pub fn until(&mut self, says: &str) -> String {
        let mut read = String::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            assert!(!line.contains(MARKER) && !line.contains(extras::TOKEN), "the log shows a secret: {line}");
            read += &format!("{line}\n");
            if line.contains(says) {
                return read;
            }
        }
        panic!("the log ended, or was silent for {PATIENCE:?}, without `{says}`:\n{read}");
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_ubuntu_comes_up_by_itself_whatever_happens_on_the_way() {
    let Some(ubuntu) = Ubuntu::start(extras::QUICK) else { return };
    fs::remove_file(ubuntu.cloud.path("secrets.json")).unwrap();
    let up = ubuntu.cloud.claw(&["up", "--yes"]).exits(0);
    assert!(up.stderr.contains("wait for claw secrets push"), "{}", up.stderr);
    let schema = ubuntu.on_machine("sudo cloud-init schema --system 2>&1");
    assert!(schema.contains("Valid schema"), "{schema}");

    // Killed for real in three stages; the timer goes on each time.
    let mut log = ubuntu.log();
    let kill = || ubuntu.on_machine("sudo systemctl kill -s KILL claw-bootstrap");
    log.until("claw-stage packages begin");
    ubuntu.another_apt("start");
    kill();
    log.until("another apt is at work in /var/cache/apt/archives; waiting for it");
    ubuntu.another_apt("stop");
    let packages = log.until("claw-stage packages done");
    assert!(!packages.contains("apt-get"), "it waited for the lock and failed at nothing: {packages}");
    log.until("claw-stage node begin");
    kill();
    log.until("claw-stage node done");
    // No secret yet: it waits without failing, and heals once the secret is there.
    log.until("has no secret openclaw-shared yet: claw secrets push");
    ubuntu.cloud.write("secrets.json", &secrets(MARKER));
    ubuntu.cloud.claw(&["secrets", "push"]).exits(0);
    log.until("claw-stage vault done");
    log.until("claw-stage openclaw begin");
    kill();
    let rest = log.until("claw-stage ready done");
    assert!(rest.contains("claw-stage openclaw done"), "{rest}");
    assert!(!rest.lines().any(|line| line.starts_with("claw-stage") && line.contains(" failed ")), "{rest}");
    assert!(rest.contains(" without chromium (snap install chromium says: "), "{rest}");
    drop(log);

    let state = ubuntu.on_machine(STATE);
    for says in [
        "config extra-claude-code extra-pnpm identity node openclaw packages service vault",
        "active inactive active",
        "400 openclaw /run/openclaw/secrets/gateway-token",
        "400 openclaw /run/openclaw/secrets/keys.json",
        "tmpfs",
        r#"["loopback","claw-gateway","/ANTHROPIC_API_KEY"]"#,
        "2026.9.5",
        "\ntrue\n",
    ] {
        assert!(state.contains(says), "{says}\n{state}");
    }
    extras::are_there(&ubuntu);
    closed_to_others(&ubuntu);
    rotated(&ubuntu);
    rebooted(&ubuntu, &state);
    cared_for(&ubuntu);
    // Where it was made by hand, the whole log is of interest.
    if std::env::var_os("CLAW_SHOW_LOG").is_some() {
        eprintln!("{}", ubuntu.on_machine("cat /var/log/openclaw-setup.log"));
    }
}

/// To the administrator without sudo, the gateway's user and the member: refused at once (curl's 7), as the firewall does
/// it. Where nothing answers they would wait.
fn metadata_is_closed(ubuntu: &Ubuntu) {
    let token = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x";
    for url in [token, "http://168.63.129.16/machine?comp=goalstate", "http://168.63.129.16:32526/vmSettings"] {
        for who in ["", "sudo -u openclaw ", "sudo -u alice@example.com "] {
            let ask = format!("cd /; {who}curl -q -sS -m 5 -o /dev/null -H Metadata:true '{url}' 2>&1; echo \"=$?\"");
            let said = ubuntu.on_machine(&ask);
            assert!(said.trim_end().ends_with("=7"), "{who}{url}: {said}");
        }
    }
}

/// The metadata service answers root only; passwords open nothing; the member becomes `openclaw` and nobody else.
fn closed_to_others(ubuntu: &Ubuntu) {
    let metadata = "curl -sS -m 5 -o /dev/null -w '%{http_code}' -H Metadata:true 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x'";
    assert_eq!(ubuntu.on_machine(&format!("sudo {metadata}")), "200");
    ubuntu.on_machine("sudo useradd --badname alice@example.com");
    metadata_is_closed(ubuntu);
    let sshd = ubuntu.on_machine("sudo sshd -T");
    for says in ["passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no"] {
        assert!(sshd.contains(says), "{says}\n{sshd}");
    }
    assert!(!sshd.contains("allowusers") && !sshd.contains("allowgroups"), "{sshd}");
    let may = ubuntu.on_machine("sudo sudo -l -U alice@example.com");
    assert!(may.contains("(openclaw) NOPASSWD: ALL") && !may.contains("(ALL"), "{may}");
    let wrapper = ubuntu.on_machine("sudo -u alice@example.com sh -c 'cd / && openclaw --version'");
    assert!(wrapper.contains("2026.9.5"), "{wrapper}");
    let log = ubuntu.on_machine("sudo -u alice@example.com cat /var/log/openclaw-setup.log");
    assert!(log.contains("claw-stage ready done"), "the member may read it");
    let upgrades = ubuntu.on_machine("apt-config dump APT::Periodic::Unattended-Upgrade");
    assert!(upgrades.contains("\"1\""), "{upgrades}");
    // The value is on tmpfs and nowhere on the disk.
    let look = "sudo grep -rlF -f /dev/stdin /etc /var /home /opt/claw /root /tmp 2>/dev/null | cat";
    let marker = ubuntu.cloud.write("marker", &format!("{MARKER}\n{}\n", extras::TOKEN));
    let command = ubuntu.cloud.command(&["ssh", "alice", "--", look]).stdin(fs::File::open(marker).unwrap()).output();
    let found = Answer::new(&["ssh"], command.unwrap()).exits(0).stdout;
    assert_eq!(found, "", "a secret reached the disk");
}

/// A rotated secret takes effect on a machine that goes on running.
fn rotated(ubuntu: &Ubuntu) {
    let pid = "pgrep -u openclaw -f 'gateway' | head -1";
    let before = ubuntu.on_machine(pid);
    ubuntu.cloud.write("secrets.json", &secrets(&format!("{MARKER}-second")));
    let pushed = ubuntu.cloud.claw(&["secrets", "push", "--reload"]).exits(0);
    assert!(pushed.stderr.contains("claw-alice: secrets changed, and the gateway took them"), "{}", pushed.stderr);
    let stored = ubuntu.on_machine("sudo grep -c second /run/openclaw/secrets/keys.json");
    assert_eq!(stored.trim(), "1");
    assert_eq!(ubuntu.on_machine(pid), before, "the gateway was not restarted");
    let again = ubuntu.cloud.claw(&["secrets", "push", "--reload"]).exits(0);
    assert!(again.stderr.contains("claw-alice: secrets are as they were"), "{}", again.stderr);
}

/// Rebooted while the vault is down: the gateway waits, and starts by itself once the vault is back.
fn rebooted(ubuntu: &Ubuntu, state: &str) {
    let way = |proxy: &str| {
        let lines = format!("proxy=http://{proxy}\\nnoproxy=169.254.169.254,127.0.0.1,localhost\\n");
        ubuntu.on_machine(&format!("printf '{lines}' | sudo tee /root/.curlrc"));
    };
    way("127.0.0.1:9");
    ubuntu.cloud.claw(&["restart", "alice", "--machine", "--yes"]).exits(0);
    // sshd answers a while after Azure calls the VM running.
    let patience = Instant::now() + Duration::from_secs(240);
    while ubuntu.cloud.claw(&["ssh", "alice", "--", "true"]).code != 0 {
        assert!(Instant::now() < patience, "it does not come up");
    }
    let waits = ubuntu.on_machine(
        "for n in $(seq 120); do journalctl -b -u claw-secrets | grep -m1 'does not answer' && break; sleep 1; done",
    );
    assert!(waits.contains("does not answer"), "{waits}");
    let user = ubuntu.on_machine("systemctl is-active user@$(id -u openclaw) | cat");
    assert_ne!(user.trim(), "active", "the gateway's user waits for the secrets");
    // From the boot on.
    metadata_is_closed(ubuntu);
    let host = ubuntu.on_machine("ip route show default | cut -d' ' -f3");
    way(&format!("{}:8080", host.trim()));
    let ready = "for n in $(seq 180); do systemctl is-active -q claw-secrets && curl -fsS -m 2 http://127.0.0.1:18789/readyz && break; sleep 1; done; for n in $(seq 60); do systemctl is-active -q claw-bootstrap.timer || break; sleep 1; done";
    assert!(ubuntu.on_machine(ready).contains("ready"), "the gateway came up by itself");
    assert_eq!(ubuntu.on_machine(STATE), state, "the same as before");
    assert_eq!(ubuntu.cloud.unknown_requests(), "");
}

/// A device is let in, a config pushed and taken back, all of it checked, backed up, brought to another release, and
/// brought back from the archive.
fn cared_for(ubuntu: &Ubuntu) {
    let cloud = &ubuntu.cloud;
    let ask = "sudo install -o openclaw -m 0600 /dev/stdin /home/openclaw/device.mjs && sudo -u openclaw sh -c 'cd && GATEWAY_TOKEN=$(cat /run/openclaw/secrets/gateway-token) /opt/node/bin/node device.mjs 18789 device.key Phone operator.read,operator.write'";
    let asks = || {
        let script = fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/device.mjs")).unwrap();
        let said = cloud.command(&["ssh", "alice", "--", ask]).stdin(script).output().unwrap();
        Answer::new(&["ssh"], said).exits(0).json()
    };
    // A device comes through a proxy, which the gateway has to trust before it believes where the device is.
    let channels = stranger::writes(cloud);
    let push = json!({"gateway": {"trustedProxies": ["127.0.0.1"]}, "channels": channels}).to_string();
    cloud.write("push.json", &push);
    cloud.claw(&["config", "push", "push.json", "--yes"]).exits(0);
    stranger::is_let_in(ubuntu);
    let refused = asks();
    assert_eq!(refused["code"], "PAIRING_REQUIRED", "{refused}");
    let inbox = cloud.claw(&["devices", "--json"]).exits(0).json();
    let request = &inbox["pending"][0];
    assert_eq!((&request["display_name"], &request["machine"]), (&json!("Phone"), &json!("claw-alice")), "{inbox}");
    cloud.claw(&["devices", "approve", request["request_id"].as_str().unwrap()]).exits(0);
    assert_eq!(asks()["ok"], true);

    cloud.write("push.json", r#"{"agents": {"defaults": {"heartbeat": {"every": "45m"}}}}"#);
    let pushed = cloud.claw(&["config", "push", "push.json", "--yes"]).exits(0);
    assert!(pushed.stdout.contains("45m"), "{}", pushed.stdout);
    let every = "sudo jq -r .agents.defaults.heartbeat.every /home/openclaw/.openclaw/openclaw.json";
    assert_eq!(ubuntu.on_machine(every).trim(), "45m");
    cloud.claw(&["config", "rollback", "alice", "--yes"]).exits(0);
    assert_eq!(ubuntu.on_machine(every).trim(), "30m");

    let verified = cloud.claw(&["verify", "--json"]);
    let checks = verified.json();
    let all = [("service", "ok"), ("health", "ok"), ("listen", "ok"), ("plaintext", "ok"), ("bootstrap", "warn")];
    for (check, outcome) in all {
        let rows = checks["machines"][0]["findings"].as_array().unwrap();
        let row = rows.iter().find(|r| r["check"] == check).unwrap_or_else(|| panic!("{check}: {checks}"));
        assert_eq!(row["outcome"], outcome, "{row}");
    }
    let text = cloud.claw(&["verify"]).exits(4).stdout;
    assert!(text.contains("the bootstrap is done without chromium (snap install"), "{text}");
    cloud.claw(&["backup", "alice", "--output", "kept"]).exits(0);
    let archive = fs::read_dir(cloud.path("kept")).unwrap().flatten().next().unwrap().path();
    assert!(fs::read(&archive).unwrap().starts_with(b"age-encryption.org/v1"), "{}", archive.display());

    cloud.claw(&["upgrade", "alice", "--to", "2026.9.6", "--yes"]).exits(0);
    assert!(ubuntu.on_machine("openclaw --version").contains("2026.9.6"));
    assert_eq!(asks()["ok"], true, "the device is still paired");
    let device = cloud.claw(&["devices", "--json"]).exits(0).json()["paired"][0]["device_id"].clone();
    cloud.claw(&["devices", "remove", device.as_str().unwrap(), "--yes"]).exits(0);
    cloud.claw(&["restore", "alice", archive.to_str().unwrap(), "--yes"]).exits(0);
    assert_eq!(asks()["ok"], true, "the pairing came back");
    cloud.claw(&["restart", "alice", "--yes"]).exits(0);
    let log = cloud.claw(&["logs", "alice", "--source", "gateway"]).exits(0).stdout;
    assert!(log.contains("http server listening"), "{log}");
}
