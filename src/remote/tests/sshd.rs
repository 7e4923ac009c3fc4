//! A real `sshd` on a random port of 127.0.0.1, with host keys and accepted keys of its own.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    fleet::instance::Door,
    remote::{Output, Remote, RemoteError, RemoteSettings, TailEvent, Target},
};
use tokio::sync::mpsc;

const SSHD: &str = "/usr/sbin/sshd";

pub struct Sshd {
    child: Child,
    dir: tempfile::TempDir,
    pub port: u16,
    pub host_key: String,
    log: Arc<Mutex<String>>,
}

impl Sshd {
    /// `None` (and a line that says so) where OpenSSH's server is not installed; a failure under `CI=true`.
    pub fn start() -> Option<Self> {
        Self::start_with("ed25519")
    }

    /// With a host key of another kind.
    pub fn start_with(kind: &str) -> Option<Self> {
        Self::configured(kind, |_| String::new())
    }

    /// With more lines of configuration; `DIR` in them is the server's folder.
    pub fn start_configured(kind: &str, more: &str) -> Option<Self> {
        Self::configured(kind, |dir| more.replace("DIR", &dir.display().to_string()))
    }

    /// The same, for lines that depend on the folder.
    pub fn configured(kind: &str, more: impl FnOnce(&Path) -> String) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{SSHD} is missing: install openssh-server");
            eprintln!("skipped: {SSHD} is missing (install openssh-server)");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        keygen(&dir.path().join("host"), &["-t", kind]);
        keygen(&dir.path().join("key"), &["-t", "ed25519"]);
        std::fs::copy(dir.path().join("key.pub"), dir.path().join("authorized_keys")).unwrap();
        let _ = std::fs::DirBuilder::new().recursive(true).mode(0o755).create("/run/sshd");
        let more = more(dir.path());
        // Another process may take the port between choosing and listening.
        (0..10).find_map(|_| Self::listen(&dir, &more, None).ok()).map(|(child, port, log)| {
            let host_key = public(&dir.path().join("host"));
            Self { child, dir, port, host_key, log }
        })
    }

    fn listen(dir: &tempfile::TempDir, more: &str, port: Option<u16>) -> Result<(Child, u16, Arc<Mutex<String>>), ()> {
        let at = |name: &str| dir.path().join(name).display().to_string();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = port.unwrap_or_else(free);
        // bash reads no ~/.bashrc on the second level: tests need nobody's shell settings. The first SetEnv counts.
        let level = if more.contains("SetEnv") { "" } else { "SetEnv SHLVL=2\n" };
        let config = format!(
            "{level}ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PidFile none\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nLogLevel VERBOSE\n\
             MaxStartups 100\nSubsystem sftp internal-sftp\n{}\n",
            at("host"),
            at("authorized_keys"),
            more,
        );
        std::fs::write(at("config"), config).unwrap();
        let mut child = Command::new(SSHD)
            .args(["-D", "-e", "-f", &at("config")])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        while let Some(Ok(line)) = lines.next() {
            log.lock().unwrap().push_str(&(line.clone() + "\n"));
            if line.starts_with("Server listening on") {
                let kept = Arc::clone(&log);
                std::thread::spawn(move || {
                    lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push_str(&(line + "\n")));
                });
                return Ok((child, port, log));
            }
        }
        eprintln!("sshd did not start: {}", log.lock().unwrap());
        let _ = child.wait();
        Err(())
    }

    /// The listening process.
    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Ends the listening process; sessions go on without it.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Listens again after `stop`.
    pub fn start_again(&mut self) {
        (self.child, _, self.log) = Self::listen(&self.dir, "", Some(self.port)).unwrap();
    }

    /// The machine made anew: the same address, another host key.
    pub fn rebuild(&mut self) {
        self.stop();
        std::fs::remove_file(self.path("host")).unwrap();
        keygen(&self.path("host"), &["-t", "ed25519"]);
        self.start_again();
        self.host_key = public(&self.path("host"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn target(&self) -> Target {
        target(&format!("127.0.0.1:{}", self.port), Some(&self.host_key))
    }

    pub fn settings(&self) -> RemoteSettings {
        RemoteSettings { keys: vec![self.path("key")], limit: 8, ..RemoteSettings::default() }
    }

    pub fn remote(&self) -> Remote {
        Remote::new(self.settings())
    }

    /// How many connections it has accepted so far.
    pub fn accepted(&self) -> usize {
        self.log.lock().unwrap().matches("Accepted publickey").count()
    }

    /// What the server has said so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The server's process behind the machine's shared connection.
    pub async fn session(&self, remote: &Remote) -> String {
        let output = remote.exec(&self.target(), "echo $PPID", b"").await.unwrap();
        text(&output).trim().parse::<u32>().unwrap().to_string()
    }

    /// Ends that process as a crash would.
    pub async fn kill_session(&self, remote: &Remote) {
        kill(&self.session(remote).await);
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn kill(pid: &str) {
    signal("-KILL", pid);
}

/// `-STOP` makes a process hang, `-CONT` lets it go on.
pub fn signal(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

pub fn target(address: &str, host_key: Option<&str>) -> Target {
    let user = Command::new("id").arg("-un").output().unwrap();
    let door = Door::Ssh { address: address.to_owned(), host_key: host_key.map(str::to_owned) };
    Target { machine: "claw-test".into(), door, user: String::from_utf8(user.stdout).unwrap().trim().to_owned() }
}

pub fn keygen(file: &Path, more: &[&str]) {
    let silent = ["-q", "-N", "", "-C", "test", "-f"];
    let status = Command::new("ssh-keygen").args(silent).arg(file).args(more).status().unwrap();
    assert!(status.success());
}

/// The public half as a tag holds it: no comment.
pub fn public(file: &Path) -> String {
    let text = std::fs::read_to_string(file.with_extension("pub")).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

pub fn text(output: &Output) -> String {
    assert_eq!(output.code, 0, "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A type that says the operation failed, for `unwrap_err` on values without `Debug`.
pub fn error<T>(result: Result<T, RemoteError>) -> RemoteError {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error,
    }
}

/// The next event, failing the test rather than waiting for ever.
pub async fn next(events: &mut mpsc::Receiver<TailEvent>) -> TailEvent {
    tokio::time::timeout(Duration::from_secs(60), events.recv()).await.expect("an event").expect("the tail goes on")
}
