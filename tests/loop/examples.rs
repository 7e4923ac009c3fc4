//! The lines of examples/ci and of the README, run as they stand.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::cloud::{Answer, Cloud};

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// A script in the cloud's folder, as a user's shell runs it.
#[track_caller]
fn shell(cloud: &Cloud, shell: &[&str], script: &str) -> Answer {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", script]).current_dir(cloud.path("")).env_clear().envs(cloud.environment());
    Answer::new(&["(example)"], command.env("GITHUB_OUTPUT", cloud.path("outputs")).output().unwrap())
}

/// The text of each `run: |` block.
fn blocks(workflow: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside: Option<usize> = None;
    for line in workflow.lines() {
        let depth = line.len() - line.trim_start().len();
        match inside {
            Some(outer) if depth > outer || line.trim().is_empty() => {
                found.last_mut().unwrap().push_str(&format!("{}\n", line.trim_start()));
            }
            _ => {
                inside = line.trim_end().ends_with("run: |").then_some(depth);
                found.extend(inside.map(|_| String::new()));
            }
        }
    }
    found.retain(|block| block.contains("claw "));
    found
}

#[test]
fn the_workflow_plans_into_a_comment_and_applies_on_merge() {
    let cloud = Cloud::start("fast.toml");
    fs::remove_file(cloud.path("secrets.json")).unwrap();
    let blocks = blocks(&read("examples/ci/github-actions.yml"));
    let [plan, apply] = blocks.as_slice() else { panic!("{blocks:?}") };
    // As the runner does it.
    let bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
    shell(&cloud, &bash, plan).exits(0);
    let comment = fs::read_to_string(cloud.path("comment.md")).unwrap();
    assert!(comment.contains("- `safe` create claw-alice (Standard_B2s) for alice@example.com"), "{comment}");
    assert!(comment.contains("estimate a month: 208.138 USD"), "{comment}");
    assert_eq!(fs::read_to_string(cloud.path("outputs")).unwrap(), "code=3\n");

    let applied = shell(&cloud, &bash, apply).exits(0);
    assert!(applied.stdout.contains("claw-alice"), "{}", applied.stdout);
    let last: Value = fs::read_to_string(cloud.path("up.ndjson")).unwrap().lines().last().unwrap().parse().unwrap();
    assert_eq!(last["schema"], "claw/up/v1");
    shell(&cloud, &bash, plan).exits(0);
    assert!(fs::read_to_string(cloud.path("comment.md")).unwrap().contains("nothing to do"));

    cloud.write("team.json", "{}");
    shell(&cloud, &bash, plan).exits(0);
    let comment = fs::read_to_string(cloud.path("comment.md")).unwrap();
    assert!(comment.contains("`members` is missing"), "{comment}");
    assert!(fs::read_to_string(cloud.path("outputs")).unwrap().ends_with("code=2\n"));
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn the_cron_line_stops_who_is_idle_as_a_service_principal() {
    let cloud = Cloud::start("fast.toml");
    cloud.claw(&["up", "--yes"]).exits(0);
    let cron = read("examples/ci/idle.cron");
    let line = cron.lines().find(|line| line.contains("claw idle")).unwrap();
    // Five fields of time and the user stand before the command.
    let command = line.splitn(7, ' ').last().unwrap();
    let command = command.replace("/etc/claw", cloud.path("").to_str().unwrap());

    // The way to the embedded cloud without anybody to go there as: the line has to bring its own.
    let mut file: Value = fs::read_to_string(cloud.path("sim/cloud.json")).unwrap().parse().unwrap();
    let credential = file.as_object_mut().unwrap().remove("credential").unwrap();
    cloud.write("sim/nobody.json", &file.to_string());
    let settings = cloud.claw(&["status", "--explain-config", "--json"]).exits(0).json();
    let key = settings["settings"].as_array().unwrap().iter().find(|row| row["name"] == "ssh-key").unwrap();
    let env = format!(
        "CLAW_CLOUD={}\nAZURE_TENANT_ID={}\nAZURE_CLIENT_ID={}\nAZURE_CLIENT_SECRET={}\nAZURE_SUBSCRIPTION={}\nSSH_KEY_PATH={}\n",
        cloud.path("sim/nobody.json").display(),
        file["tenant"].as_str().unwrap(),
        credential["clientId"].as_str().unwrap(),
        credential["clientSecret"].as_str().unwrap(),
        file["subscription"].as_str().unwrap(),
        key["value"].as_str().unwrap(),
    );
    let strange = env.replace("CLIENT_SECRET=", "CLIENT_SECRET=wrong");
    cloud.write("idle.env", &strange);
    assert!(shell(&cloud, &["sh"], &command).exits(1).stderr.contains("AZURE_CLIENT_SECRET"), "as whom it says");
    cloud.write("idle.env", &env);
    let ran = shell(&cloud, &["sh"], &command).exits(0);
    assert!(ran.stdout.is_empty() && ran.stderr.is_empty(), "{}", ran.stderr);
    let status = cloud.claw(&["status"]).exits(0).stdout;
    let off: Vec<&str> = status.lines().filter(|line| line.contains("deallocated")).collect();
    assert!(off.len() == 1 && off[0].starts_with("erin"), "{status}");
    assert_eq!(cloud.unknown_requests(), "");
}

/// Every `claw …` in backticks of the README's tables.
fn in_tables(readme: &str) -> Vec<String> {
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains("`claw"));
    let spans = rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    spans.filter(|span| span.starts_with("claw") && span != "claw").collect()
}

/// The line, what its placeholders become, its exit code.
type Task = (&'static str, &'static [(&'static str, &'static str)], i32);

/// Ends what would go on until Ctrl-C.
const OPEN: &str =
    "open alice --no-browser >opened & until [ -s opened ] || ! kill -0 $!; do :; done; kill $!; wait; rm opened";

/// What the README says, in an order in which a team would; words in capitals stand for what the fleet has. Codes
/// other than 0 are those of a fleet where there is nothing to do, or nobody who asks.
const TASKS: [Task; 53] = [
    ("claw preflight", &[], 0),
    ("claw plan", &[], 3),
    ("claw up", &[], 0),
    ("claw plan --what-if", &[], 0),
    ("claw up --cancel", &[], 0),
    ("claw status", &[], 0),
    ("claw logs alice -f", &[("-f", "")], 0),
    ("claw devices", &[], 0),
    ("claw devices approve ID", &[("ID", "@pending")], 0),
    ("claw devices rename DEVICE NAME", &[("DEVICE", "@paired"), ("NAME", "Slate")], 0),
    ("claw devices revoke DEVICE", &[("DEVICE", "Slate")], 0),
    ("claw devices channels", &[], 0),
    ("claw devices channels approve ID", &[("ID", "@channel")], 0),
    ("claw config diff", &[], 0),
    ("claw config push", &[], 0),
    ("claw config rollback", &[], 2),
    ("claw verify", &[], 0),
    ("claw backup --all", &[("--all", "--all --output archives")], 0),
    ("claw restore NAME FILE", &[("NAME", "alice"), ("FILE", "archives/*")], 0),
    ("claw upgrade --all --to VERSION", &[("VERSION", "2026.9.7")], 0),
    ("claw cost", &[], 0),
    ("claw cost --refresh", &[], 0),
    ("claw idle", &[], 0),
    ("claw idle --deallocate", &[], 0),
    ("claw idle --deallocate --watch --yes", &[(" --watch", "")], 0),
    ("claw invite alice", &[], 0),
    ("claw ssh", &[("ssh", "ssh alice </dev/null")], 0),
    ("claw ssh --config", &[("ssh", "ssh alice")], 0),
    ("claw secrets list", &[], 0),
    ("claw secrets push", &[], 0),
    ("claw secrets push --reload", &[], 0),
    ("claw ssh alice -- uptime", &[], 0),
    ("claw exec --all -- df -h /", &[("df -h /", "uptime")], 0),
    ("claw exec alice bob -- uptime", &[("bob ", "")], 0),
    ("claw exec alice --via run-command -- journalctl -u ssh -n 20", &[("journalctl -u ssh -n 20", "true")], 0),
    ("claw allow 203.0.113.0/24", &[], 0),
    ("claw stop alice", &[], 0),
    ("claw start alice", &[], 0),
    ("claw ssh alice", &[("alice", "alice </dev/null")], 0),
    ("claw open", &[("open", OPEN)], 0),
    ("claw open alice", &[("open alice", OPEN)], 0),
    ("claw activity", &[], 0),
    ("claw activity --since 2h", &[], 0),
    // Both are the window, which wants a terminal: tests/window.rs has one.
    ("claw --record FILE", &[("FILE", "/dev/null")], 2),
    ("claw replay FILE", &[("FILE", "team.json")], 2),
    ("claw status --explain-config", &[], 0),
    ("claw completions bash", &[], 0),
    ("claw man", &[], 0),
    ("claw schema team", &[], 0),
    ("claw up --delete claw-alice", &[], 5),
    ("claw down --keep-data", &[], 0),
    ("claw up", &[], 0),
    ("claw down", &[], 0),
];

#[test]
fn every_command_of_the_readme_runs() {
    let readme = read("README.md");
    let mut written = in_tables(&readme);
    let mut tried: Vec<String> = TASKS.iter().map(|(line, ..)| (*line).to_owned()).collect();
    written.sort();
    written.dedup();
    tried.sort();
    tried.dedup();
    assert_eq!(written, tried, "the README's tables and this test");

    let cloud = Cloud::start("devices.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    for (line, words, code) in TASKS {
        let mut run = line.to_owned();
        for (word, stands_for) in words {
            run = run.replace(word, &known(&cloud, stands_for));
        }
        let run = run.replacen("claw ", "claw --yes ", 1);
        let answer = shell(&cloud, &["sh"], &run);
        assert_eq!(answer.code, code, "{run}\n{}\n{}", answer.stdout, answer.stderr);
    }
    assert_eq!(cloud.unknown_requests(), "");
}

/// The id of whoever asks now.
fn known(cloud: &Cloud, what: &str) -> String {
    let (args, list, field): (&[&str], _, _) = match what {
        "@pending" => (&["devices", "--json"], "pending", "request_id"),
        "@paired" => (&["devices", "--json"], "paired", "device_id"),
        "@channel" => (&["devices", "channels", "--json"], "requests", "request_id"),
        _ => return what.to_owned(),
    };
    loop {
        let shown = cloud.claw(args).exits(0).json();
        if let Some(id) = shown[list][0][field].as_str() {
            return id.to_owned();
        }
    }
}

#[test]
fn the_readme_runs_without_azure_as_it_says() {
    let readme = read("README.md");
    let script = readme.split("```sh\n").find(|block| block.starts_with("claw sim")).unwrap();
    let script = script.split("```").next().unwrap();
    let cloud = Cloud::start("fast.toml");
    fs::remove_file(cloud.path("secrets.json")).unwrap();
    let team = readme.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    cloud.write("team.json", team);
    // The README's own cloud, which ends with the script. It says when it is ready; a person reads that.
    let folder = cloud.path("readme");
    let script = script.replace("/tmp/cloud", folder.to_str().unwrap());
    let script = script.replacen(" &\n", " >ready &\ntrap 'kill $!' EXIT\nuntil [ -s ready ]; do :; done\n", 1);
    let script = script.replacen(" plan\n", " plan || [ $? -eq 3 ]\n", 1);
    let ran = shell(&cloud, &["bash", "-e"], &script).exits(0);
    let status: Value = ran.stdout.lines().last().unwrap().parse().unwrap();
    assert_eq!(status["schema"], "claw/status/v1");
    assert_eq!(status["machines"].as_array().unwrap().len(), 2, "{status}");
}
