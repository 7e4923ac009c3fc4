//! A `claw sim` of its own for each test, and the `claw` binary pointed at it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::contract;

/// A secret that must never be seen outside the vault and the machines.
pub const MARKER: &str = "MARKER-5ecret-7d1f0c";

/// A folder with team.json, secrets.json and a running embedded cloud.
pub struct Cloud {
    sim: Child,
    folder: tempfile::TempDir,
}

impl Cloud {
    /// Starts the embedded cloud on a scenario of `tests/scenarios` and writes the example team.
    pub fn start(scenario: &str) -> Self {
        Self::on(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(scenario))
    }

    /// The same on the text of a scenario.
    pub fn with(scenario: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), scenario).unwrap();
        Self::on(file.path())
    }

    fn on(scenario: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(root.join("team.example.json"), folder.path().join("team.json")).unwrap();
        let secrets = format!(
            r#"{{"shared":{{"ANTHROPIC_API_KEY":"{MARKER}"}},"members":{{"dana@example.com":{{"OWN_KEY":"{MARKER}-dana"}}}}}}"#
        );
        fs::write(folder.path().join("secrets.json"), secrets).unwrap();
        // Others may read and write what it does not forbid.
        let mut sim = Command::new("sh")
            .args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_claw"), "sim", "--dir"])
            .arg(folder.path().join("sim"))
            .arg("--scenario")
            .arg(scenario)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sim.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("one JSON line when ready");
        assert_eq!(ready["schema"], "claw/sim/v1", "{ready}");
        Self { sim, folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// What a script of a user's would have around it: claw on the `PATH`, this cloud, a home of its own.
    pub fn environment(&self) -> Vec<(&'static str, std::ffi::OsString)> {
        let folder = Path::new(env!("CARGO_BIN_EXE_claw")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
        vec![
            ("PATH", std::env::join_paths(all).unwrap()),
            ("HOME", self.path("").into()),
            ("CLAW_DATA", self.path("data").into()),
            ("CLAW_CLOUD", self.path("sim/cloud.json").into()),
            ("LANG", "C.UTF-8".into()),
        ]
    }

    /// `claw ARGS` in the folder, against this cloud, without a terminal.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claw"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("CLAW_DATA", self.path("data"))
            .arg("--cloud")
            .arg(self.path("sim/cloud.json"))
            .args(args)
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub fn claw(&self, args: &[&str]) -> Answer {
        Answer::new(args, self.command(args).output().unwrap())
    }

    /// Brings a team up, with a secret that all of them read.
    #[track_caller]
    pub fn up(&self, team: &str) {
        self.write("team.json", team);
        self.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
        self.claw(&["up", "--yes"]).exits(0);
    }

    /// The process of the embedded cloud.
    pub fn id(&self) -> u32 {
        self.sim.id()
    }

    /// Ends the embedded cloud as a crash would.
    pub fn crash(&mut self) {
        self.sim.kill().unwrap();
        self.sim.wait().unwrap();
    }

    /// What the embedded cloud was asked and did not know.
    pub fn unknown_requests(&self) -> String {
        fs::read_to_string(self.path("sim/unknown.log")).unwrap_or_default()
    }

    /// Every file below the folder, except the ones that may hold secrets.
    pub fn files(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(dir).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.is_file() {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.retain(|p| p.file_name().is_some_and(|n| n != "secrets.json"));
        found
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.crash();
    }
}

/// What a command said.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    args: String,
}

impl Answer {
    #[track_caller]
    pub fn new(args: &[&str], output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        contract::hold(args, &text(&output.stdout));
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            args: args.join(" "),
        }
    }

    /// Fails the test with everything the command said unless it exited so.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "claw {}\n--- stdout\n{}\n--- stderr\n{}", self.args, self.stdout, self.stderr);
        assert!(!format!("{}{}", self.stdout, self.stderr).contains(MARKER), "claw {} shows a secret", self.args);
        self
    }

    /// The one JSON document, or the last line of a stream of events.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout)
            .or_else(|_| serde_json::from_str(self.stdout.lines().last().unwrap_or_default()));
        parsed.unwrap_or_else(|e| panic!("claw {}: {e}\n{}", self.args, self.stdout))
    }

    /// Every line as JSON.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }
}
