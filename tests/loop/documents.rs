//! Every command prints a document that a schema describes, and every schema describes a document that is printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use claw::cli::schema::SCHEMAS;
use serde_json::{Value, json};

use crate::{cloud::Cloud, contract, process::signal};

/// Schemas of files that people write.
const FILES: [&str; 3] = ["team", "secrets-file", "openclaw-config"];

/// Runs commands and keeps what they print.
struct Recorder {
    cloud: Cloud,
    printed: String,
}

impl Recorder {
    #[track_caller]
    fn run(&mut self, args: &str, code: i32) -> Value {
        let args: Vec<&str> = std::iter::once("--json").chain(args.split(' ')).collect();
        let answer = self.cloud.claw(&args).exits(code);
        self.printed.push_str(&answer.stdout);
        answer.json()
    }

    /// What a command prints first that goes on until it is ended.
    fn first_line(&mut self, args: &str) {
        let args: Vec<&str> = std::iter::once("--json").chain(args.split(' ')).collect();
        let mut running = self.cloud.command(&args).stdout(Stdio::piped()).spawn().unwrap();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut self.printed).unwrap();
        signal("INT", running.id());
        running.wait().unwrap();
    }

    /// The same until it shows something; devices ask in their own time.
    #[track_caller]
    fn until(&mut self, args: &str, field: &str) -> Value {
        loop {
            let shown = self.run(args, 0);
            if shown[field].as_array().is_some_and(|all| !all.is_empty()) {
                return shown[field][0].clone();
            }
        }
    }
}

#[test]
fn every_document_has_a_schema_and_every_schema_a_document() {
    let cloud = Cloud::start("devices.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let ready = json!({"schema": "claw/sim/v1", "cloud": cloud.path("sim/cloud.json"), "pid": 1});
    let mut recorder = Recorder { cloud, printed: format!("{ready}\n") };
    before_and_after(&mut recorder);
    devices(&mut recorder);
    care(&mut recorder);
    recorder.run("down --yes", 0);
    recorder.run("logs nobody", 2);

    let mut seen = BTreeMap::new();
    contract::named(&recorder.printed, &mut seen);
    let seen: BTreeSet<&str> = seen.keys().filter_map(|s| s.strip_prefix("claw/")?.strip_suffix("/v1")).collect();
    let known: BTreeSet<&str> = SCHEMAS.iter().map(|(name, _)| *name).filter(|name| !FILES.contains(name)).collect();
    assert_eq!(seen, known);
    assert_eq!(recorder.cloud.unknown_requests(), "");
    judge(&recorder.printed);
}

fn before_and_after(recorder: &mut Recorder) {
    for shell in ["bash", "powershell"] {
        recorder.run(&format!("completions {shell}"), 0);
    }
    recorder.run("man status", 0);
    recorder.run("status --explain-config", 0);
    recorder.run("preflight", 0);
    recorder.run("plan --what-if", 3);
    recorder.run("up --yes", 0);
    recorder.run("up --cancel", 0);
    recorder.run("plan --what-if", 0);
    recorder.run("status", 0);
    recorder.run("logs alice", 0);
    recorder.run("idle", 0);
    recorder.run("cost", 0);
    recorder.run("activity", 0);
    recorder.first_line("open alice --no-browser");
    recorder.run("invite alice", 0);
    recorder.run("ssh --config", 0);
    recorder.run("exec alice -- hostname", 0);
    recorder.run("allow 203.0.113.7", 0);
    recorder.run("allow 203.0.113.7 --remove", 0);
    recorder.run("allow", 0);
    recorder.run("secrets list", 0);
    recorder.run("secrets push --reload", 0);
}

fn devices(recorder: &mut Recorder) {
    let request = recorder.until("devices", "pending")["request_id"].as_str().unwrap().to_owned();
    recorder.run(&format!("devices approve {request}"), 0);
    let device = recorder.until("devices", "paired")["device_id"].as_str().unwrap().to_owned();
    for change in ["rename {} Slate", "rotate {}", "revoke {}", "remove {}"] {
        recorder.run(&format!("devices {}", change.replace("{}", &device)), 0);
    }
    let person = recorder.until("devices channels", "requests")["request_id"].as_str().unwrap().to_owned();
    recorder.run(&format!("devices channels approve {person}"), 0);
}

fn care(recorder: &mut Recorder) {
    recorder.cloud.write("openclaw.template.json", r#"{"logging": {"level": "debug"}}"#);
    recorder.run("config diff", 3);
    recorder.run("config push --yes", 0);
    recorder.run("config rollback alice --yes", 0);
    recorder.run("verify", 0);
    let backup = recorder.run("backup alice --output archives", 0);
    let file = backup["backups"][0]["file"].as_str().unwrap().to_owned();
    recorder.run(&format!("restore alice {file} --yes"), 0);
    recorder.run("upgrade alice --to 2026.9.7 --yes", 0);
    recorder.run("restart alice --yes", 0);
    recorder.run("stop alice --yes", 0);
    recorder.run("exec alice -- hostname", 1);
    recorder.run("backup alice", 1);
    recorder.run("verify", 4);
    recorder.run("start alice", 0);
}

/// The same by Python's jsonschema, and the examples of files that people write, with some that are wrong.
fn judge(printed: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/tools/judges/bin/python");
    if !python.exists() {
        let message = format!("jsonschema: not there ({}); nothing is judged", python.display());
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        return eprintln!("{message}");
    }
    let mut judge = Command::new(python)
        .arg(root.join("tests/loop/judge.py"))
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    judge.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    let verdict = judge.wait_with_output().unwrap();
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
    let text = String::from_utf8_lossy(&verdict.stdout).into_owned();
    assert_eq!(text, format!("{} schemas, {} lines\n", SCHEMAS.len(), printed.lines().count()));
}

#[test]
fn a_document_that_is_not_as_described_is_seen() {
    let good = json!({"schema": "claw/secrets/v1", "failed": [["m", "why"]],
        "secrets": [{"name": "openclaw-shared", "updated": "2026-11-21T09:00:00Z"}]});
    contract::check(&good).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        document
    };
    let mut more = good.clone();
    more["secrets"][0]["value"] = json!("s3cret");
    let mut less = good.clone();
    less.as_object_mut().unwrap().remove("failed");
    let wrong = [
        with("/secrets/0/name", json!(1)),
        with("/secrets/0/updated", json!("yesterday")),
        with("/failed/0", json!(["m"])),
        with("/schema", json!("claw/nothing/v1")),
        more,
        less,
        json!({"schema": "claw/event/v1", "event": "noise"}),
    ];
    for document in wrong {
        assert!(contract::check(&document).is_err(), "{document}");
    }
}
