//! A real OpenClaw gateway on a free port of 127.0.0.1, with a folder and a token of its own, and devices that ask
//! it to be paired.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

const TOKEN: &str = "real-gateway-token-0123456789abcdef";

pub struct OpenClaw {
    gateway: Child,
    dir: tempfile::TempDir,
    pub port: u16,
}

/// Where `tests/run.sh` puts the commands `node` and `openclaw`; `None`, said aloud, where they are not installed.
/// On a build machine (`CI=true`) their absence is a failure.
fn programs() -> Option<PathBuf> {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/openclaw/node_modules/.bin");
    if bin.join("openclaw").exists() && bin.join("node").exists() {
        return Some(bin);
    }
    let message = format!("OpenClaw is not there ({}): tests/run.sh installs it; nothing is tested", bin.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
    None
}

impl OpenClaw {
    pub fn start() -> Option<Self> {
        Self::with(&json!({}))
    }

    /// One with these channels.
    pub fn with(channels: &Value) -> Option<Self> {
        let bin = programs()?;
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = |name: &str| dir.path().join(name).display().to_string();
        fs::create_dir_all(dir.path().join("state")).unwrap();
        fs::write(text("token"), TOKEN).unwrap();
        let config = json!({
            // Behind a proxy a loopback client counts as remote; otherwise it is let in without asking.
            "gateway": {"mode": "local", "port": port, "bind": "loopback", "trustedProxies": ["127.0.0.1"],
                "auth": {"mode": "token", "token": TOKEN}},
            "agents": {"defaults": {"heartbeat": {"every": "0m"}, "workspace": text("workspace")}},
            "discovery": {"mdns": {"mode": "off"}}, "update": {"checkOnStart": false},
            "logging": {"file": text("openclaw.log")}, "channels": channels
        });
        fs::write(dir.path().join("state/openclaw.json"), config.to_string()).unwrap();
        let gateway = Self::spawn(&bin, &dir);
        Some(Self { gateway, dir, port })
    }

    /// Comes back when the gateway says that it is ready.
    fn spawn(bin: &Path, dir: &tempfile::TempDir) -> Child {
        let mut command = Command::new(bin.join("openclaw"));
        command.args(["gateway", "run"]).env_clear().envs(environment(bin, dir));
        let mut gateway = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let ready = lines.by_ref().any(|line| {
            said.push(line);
            said.last().is_some_and(|line| plain(line).ends_with("[gateway] ready"))
        });
        assert!(ready, "the gateway ended:\n{}", said.join("\n"));
        std::thread::spawn(move || lines.for_each(drop));
        gateway
    }

    /// Ends the gateway and waits until it is gone.
    pub fn stop(&mut self) {
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What a process needs to find the commands and this gateway's state.
    pub fn environment(&self) -> Vec<(String, String)> {
        environment(&programs().unwrap(), &self.dir)
    }

    /// What the gateway's own command line says.
    pub fn says(&self, args: &[&str]) -> Value {
        let bin = programs().unwrap();
        let mut command = Command::new(bin.join("openclaw"));
        let output = command.args(args).env_clear().envs(self.environment()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {output:?}"))
    }

    /// Who may write to the agent through this channel, as OpenClaw itself reads it.
    pub fn lets_in(&self, channel: &str) -> Value {
        let bin = programs().unwrap();
        let script = "const {readChannelAllowFromStore} = await import(process.argv[1]);
            console.log(JSON.stringify(await readChannelAllowFromStore(process.argv[2], process.env, 'default')))";
        let sdk = bin.join("../openclaw/dist/plugin-sdk/conversation-runtime.js");
        let mut node = Command::new(bin.join("node"));
        node.args(["--input-type=module", "-e", script]).arg(sdk).arg(channel).env_clear().envs(self.environment());
        let output = node.output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
    }

    /// A device with a key of its own (made at its first try) knocks; what the gateway answered it.
    pub fn knock(&self, name: &str, scopes: &str) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/device.mjs");
        let output = Command::new(programs().unwrap().join("node"))
            .arg(script)
            .arg(self.port.to_string())
            .arg(self.path(&format!("{name}.pem")))
            .args([name, scopes])
            .env_clear()
            .env("GATEWAY_TOKEN", TOKEN)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
    }
}

/// A stand-in for Telegram's service, to whose bot a stranger writes.
pub struct Telegram {
    service: Child,
    heard: std::io::Lines<BufReader<std::process::ChildStdout>>,
    port: String,
}

impl Telegram {
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/telegram.py");
        let mut service = Command::new("python3").arg(script).stdout(Stdio::piped()).spawn().unwrap();
        let mut heard = BufReader::new(service.stdout.take().unwrap()).lines();
        let port = heard.next().unwrap().unwrap();
        Self { service, heard, port }
    }

    /// For OpenClaw's config.
    pub fn channels(&self) -> Value {
        let root = format!("http://127.0.0.1:{}", self.port);
        json!({"telegram": {"enabled": true, "botToken": "99:stand-in", "apiRoot": root, "dmPolicy": "pairing"}})
    }

    /// What the bot sends next, once it does.
    pub fn hears(&mut self) -> String {
        self.heard.next().unwrap().unwrap()
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

impl Drop for OpenClaw {
    fn drop(&mut self) {
        self.stop();
    }
}

fn environment(bin: &Path, dir: &tempfile::TempDir) -> Vec<(String, String)> {
    let path = |name: &str| dir.path().join(name).display().to_string();
    let pairs = [
        ("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display())),
        ("HOME", path("")),
        ("OPENCLAW_STATE_DIR", path("state")),
        ("OPENCLAW_NO_RESPAWN", "1".to_owned()),
        ("OPENCLAW_HIDE_BANNER", "1".to_owned()),
        // Nothing leaves this machine.
        ("HTTPS_PROXY", "http://127.0.0.1:9".to_owned()),
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A log line without its colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    text + rest
}
