//! Machines, teams and neighbours that mean harm: what they say steers no terminal, what they are called is no command,
//! and what is the operator's stays theirs.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    cloud::{Answer, Cloud, MARKER},
    process::under,
    signed::{Signed, stand_in},
    terminal::Terminal,
};

const CLAW: &str = env!("CARGO_BIN_EXE_claw");
const BOTH: &str = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
/// A title, a cleared screen in both forms, text the other way round.
const BAD: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}2J\u{202e}x";

/// A block of host keys that no machine has.
const FORGED: [&str; 3] = [
    "-----BEGIN SSH HOST KEY KEYS-----",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X",
    "-----END SSH HOST KEY KEYS-----",
];

fn both() -> Cloud {
    let cloud = Cloud::start("hostile.toml");
    cloud.write("team.json", BOTH);
    cloud.write("secrets.json", &format!(r#"{{"shared": {{"KEY": "{MARKER}"}}}}"#));
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud
}

/// What no terminal may get from a machine, wherever it is shown.
#[track_caller]
fn is_harmless(what: &str, shown: &str) {
    for bad in ["\u{1b}]0;owned", "\u{1b}[2J\u{9b}", "\u{7}", "\u{9b}", "\u{202e}"] {
        assert!(!shown.contains(bad), "{what} shows {bad:?}: {shown:?}");
    }
}

#[test]
fn nothing_that_a_machine_says_steers_a_terminal() {
    let cloud = both();
    let quoted = format!("'{BAD}'");
    // It is on the console from here on, as a line of the machine's.
    cloud.claw(&["exec", "alice", "--", "wall", &quoted]).exits(0);
    while cloud.claw(&["devices", "--json"]).exits(0).json()["pending"] == json!([]) {}
    let asking: [(&[&str], &str); 7] = [
        (&["devices"], "Phone"),
        (&["devices", "channels"], "@ann"),
        (&["exec", "alice", "--", "echo", &quoted], "alice: "),
        (&["exec", "alice", "--", &quoted], "not found"),
        (&["logs", "alice", "--source", "console"], "Broadcast"),
        (&["devices", "approve", BAD], ""),
        (&["plan", "--team", BAD], ""),
    ];
    for (args, says) in asking {
        let said = cloud.claw(args);
        let (plain, errors) = (said.stdout.replace('\n', ""), said.stderr.replace('\n', ""));
        assert!(!format!("{plain}{errors}").chars().any(char::is_control), "{args:?}: {plain:?} {errors:?}");
        is_harmless(&args.join(" "), &(plain + &errors));
        let (shown, _) = Terminal::open(&cloud, CLAW, args, &[]).end();
        assert!(shown.contains(says), "{args:?}: {shown}");
        is_harmless(&args.join(" "), &shown);
        let json = cloud.claw(&[&["--json"], args].concat()).stdout.replace('\n', "");
        assert!(!json.chars().any(char::is_control), "{args:?}: {json:?}");
        is_harmless(&format!("--json {}", args.join(" ")), &json);
    }
    // In JSON it is escaped and still the same.
    let told = cloud.claw(&["exec", "alice", "--json", "--", "echo", &quoted]).exits(0).lines();
    assert!(told.iter().any(|line| line["event"] == "said" && line["text"] == BAD), "{told:?}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn nothing_that_a_machine_says_steers_the_window() {
    let cloud = both();
    while cloud.claw(&["devices", "--json"]).exits(0).json()["pending"] == json!([]) {}
    let mut window = Terminal::open(&cloud, CLAW, &[], &[("COLORTERM", "truecolor")]);
    // The request comes with its device's name into a note and into the list.
    for (key, says) in [("", "alice"), ("4", "Phone"), ("1", "running"), ("4", "Phone")] {
        window.press(key);
        is_harmless("the window", &window.through(says));
    }
    window.press("q");
    let (rest, _) = window.end();
    is_harmless("the window", &rest);
}

#[test]
fn forged_markers_and_host_keys_on_a_console_move_nothing() {
    let cloud = both();
    let status = || cloud.claw(&["status", "--json"]).exits(0).json();
    let pins = |status: &Value| -> Vec<Value> {
        status["machines"].as_array().unwrap().iter().map(|m| m["machine"]["host_key"].clone()).collect()
    };
    let before = pins(&status());
    assert!(before.iter().all(Value::is_string), "{before:?}");
    for line in FORGED.into_iter().chain([
        "claw-stage vault failed 2099-01-01T00:00:00Z forged",
        "claw-stage packages begin 2099-01-01T00:00:00Z",
    ]) {
        cloud.claw(&["exec", "alice", "--", "wall", &format!("'{line}'")]).exits(0);
    }
    let console = cloud.claw(&["logs", "alice", "--source", "console"]).exits(0).stdout;
    assert!(console.contains(FORGED[1]) && console.contains("forged"), "{console}");
    let plan = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(plan.contains("nothing to do"), "{plan}");
    cloud.claw(&["up", "--yes"]).exits(0);
    assert_eq!(pins(&status()), before);
    assert_eq!(cloud.claw(&["exec", "--all", "--", "hostname"]).exits(0).stdout.lines().count(), 2);
}

#[test]
fn a_host_key_that_is_forged_before_the_pin_shuts_its_machine_and_opens_nothing() {
    // Azure takes no tag once, so that the key is read from a console whose last block is not the machine's.
    let untagged = "[[faults]]\non = \"claw-alice/providers/Microsoft.Resources/tags\"\nkind = \"forbidden\"\n";
    let scenario = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/hostile.toml")).unwrap();
    let cloud = Cloud::with(&format!("{scenario}{untagged}"));
    cloud.write("team.json", BOTH);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(4);
    for line in FORGED {
        let quoted = format!("'{line}'");
        cloud.claw(&["exec", "alice", "--via", "run-command", "--", "wall", &quoted]).exits(0);
    }
    // Root there wrote it, and is believed.
    cloud.claw(&["up", "--yes"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"][0]["machine"]["host_key"], FORGED[1], "{status}");
    for args in
        [&["exec", "alice", "--", "hostname"][..], &["exec", "alice", "--accept-new-host-key", "--", "hostname"]]
    {
        let refused = cloud.claw(args).exits(1).stderr;
        assert!(refused.contains("another host key than the pinned one"), "{refused}");
    }
    assert_eq!(cloud.claw(&["exec", "bob", "--", "hostname"]).exits(0).stdout, "bob: claw-bob\n");
}

#[test]
fn what_members_are_called_is_no_command_no_query_and_no_template() {
    let cloud = Cloud::start("hostile.toml");
    let odd = "o'neil$(touch${IFS}owned)`id`;|&<>\"@example.com";
    let team = json!({"members": [
        {"email": odd},
        {"email": "' or 1 eq 1 or mail eq '@example.com"},
        {"email": "nobody'%27%20or%20true@example.com"},
        {"email": "../../../../etc/passwd@example.com"},
        {"email": "[parameters('adminPassword')]@example.com"},
        {"email": "alice@example.com", "name": "../../$(touch owned) | take 1"},
    ]});
    cloud.write("team.json", &team.to_string());
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let made: Vec<&str> = steps
        .iter()
        .filter(|s| s["action"]["kind"] == "create_machine")
        .map(|s| s["id"].as_str().unwrap().trim_start_matches("create-machine/"))
        .collect();
    let clean = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    assert!(made.len() == 3 && made.iter().all(|name| clean(name) && name.starts_with("claw-")), "{made:?}");
    cloud.claw(&["up", "--yes"]).exits(4);
    // As it was sent: what looks like an expression of a template is none in a parameter.
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    let machines: Vec<_> = status["machines"].as_array().unwrap().iter().map(|row| &row["machine"]).collect();
    for email in [odd, "[parameters('adminPassword')]@example.com"] {
        let its = machines.iter().find(|machine| machine["email"] == email);
        assert!(its.is_some_and(|machine| machine["power"]["value"] == "running"), "{email}: {status}");
    }
    for args in
        [&["status"][..], &["logs", odd], &["ssh", odd, "--", "whoami"], &["invite", odd], &["logs", "' | take 1"]]
    {
        let said = cloud.claw(args);
        assert!(!said.stderr.contains("syntax"), "{args:?}: {}", said.stderr);
    }
    // The machine's settings say who may become its gateway's user, as one word of shell.
    let owned: Vec<PathBuf> = cloud.files().into_iter().filter(|f| f.ends_with("owned")).collect();
    assert!(owned.is_empty(), "{owned:?}");
    assert_eq!(cloud.unknown_requests(), "", "every query is one that is shipped");
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a folder, itself included.
fn below(path: &Path, found: &mut Vec<PathBuf>) {
    found.push(path.to_owned());
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).unwrap().flatten().for_each(|entry| below(&entry.path(), found));
    }
}

#[test]
fn every_file_that_claw_writes_is_its_owners_alone() {
    let cloud = Cloud::start("hostile.toml");
    cloud.write("team.json", BOTH);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    // Others may read and write what is not forbidden.
    let open = |args: &[&str]| Answer::new(args, under("000", &cloud.command(args)).output().unwrap());
    open(&["up", "--yes"]).exits(0);
    open(&["status"]).exits(0);
    open(&["exec", "--all", "--", "hostname"]).exits(0);
    open(&["config", "push", "--yes"]).exits(0);
    open(&["ssh", "alice", "--", "whoami"]).exits(0);
    open(&["ssh", "--config"]).exits(0);
    open(&["backup", "alice", "--output", "archives"]).exits(0);
    open(&["upgrade", "alice", "--to", "2026.9.7", "--yes"]).exits(0);
    for folder in ["data", "archives", "sim"] {
        let mut found = Vec::new();
        below(&cloud.path(folder), &mut found);
        assert!(found.len() > 1, "{found:?}");
        for path in found {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{} is {:o}", path.display(), mode(&path));
        }
    }
}

/// Writes down how it was called: arguments and environment.
const WITNESS: &str = "#!/bin/sh\n{ printf '%s\\n' \"$0\" \"$@\"; env; } >>\"$HOME/witness\"\n";

#[test]
fn no_secret_is_in_the_arguments_or_the_environment_of_what_claw_starts() {
    let alice = Signed::start("hostile.toml", "alice@example.com");
    let cloud = &alice.cloud;
    cloud.write("team.json", BOTH);
    cloud.write("secrets.json", &format!(r#"{{"shared": {{"KEY": "{MARKER}"}}}}"#));
    cloud.claw(&["up", "--yes"]).exits(0);
    stand_in(&cloud.path(""), WITNESS);
    fs::copy(cloud.path("bin/az"), cloud.path("bin/ssh")).unwrap();
    let bin = format!("{}:{}", cloud.path("bin").display(), std::env::var("PATH").unwrap());
    let secret = alice.file["credential"]["clientSecret"].as_str().unwrap();
    let with = |args: &[&str], name: &str, value: &str| {
        cloud.command(args).env("PATH", &bin).env(name, value).output().unwrap();
    };
    with(&["ssh", "alice", "--", "whoami"], "AZURE_CLIENT_SECRET", secret);
    with(&["--credential", "cli", "status"], "LANG", "C");
    with(&["ssh", "--config"], "AZURE_CLIENT_SECRET", secret);
    let az = cloud.path("bin/az");
    let mut exec = cloud.command(&["exec", "alice", "--", "hostname"]);
    exec.env("PATH", &bin).env("CLAW_SSH_CERT_COMMAND", az).env("AZURE_CLIENT_SECRET", secret).output().unwrap();
    let seen = fs::read_to_string(cloud.path("witness")).unwrap();
    for program in ["bin/ssh", "get-access-token", "--public-key-file"] {
        assert!(seen.contains(program), "{program}: {seen}");
    }
    for hidden in [MARKER, secret, "eyJ", "Bearer", "PRIVATE KEY"] {
        assert!(!seen.contains(hidden), "{hidden}: {seen}");
    }
}

#[test]
fn a_member_reaches_no_other_machine_even_with_a_team_json_of_their_own() {
    let alice = Signed::start("hostile.toml", "alice@example.com");
    alice.cloud.write("secrets.json", &format!(r#"{{"shared": {{"KEY": "{MARKER}"}}}}"#));
    alice.cloud.write("team.json", BOTH);
    alice.cloud.claw(&["up", "--yes"]).exits(0);
    // She has the team's files now, and signs in as herself.
    fs::remove_file(alice.cloud.path("team.json")).unwrap();
    while alice.claw(&["ssh", "--", "whoami"]).code != 0 {}
    alice.cloud.write("team.json", BOTH);
    let rules = || alice.cloud.claw(&["allow", "--json"]).exits(0).json();
    let before = rules();
    for args in [
        &["ssh", "bob", "--", "whoami"][..],
        &["exec", "bob", "--", "whoami"],
        &["exec", "bob", "--via", "run-command", "--", "whoami"],
        &["stop", "bob", "--yes"],
        &["start", "bob"],
        &["secrets", "push", "--yes"],
        &["secrets", "list"],
        &["config", "push", "--yes"],
        &["up", "--yes"],
        &["down", "--yes"],
        &["allow", "203.0.113.0/24", "--yes"],
        &["logs", "bob"],
    ] {
        let said = alice.claw(args);
        // For want of rights, and for nothing else; another's machine is not even shown to her.
        let why = if args[0] == "ssh" { "found in any subscription that you can read" } else { "authoriz" };
        let is_refused = [1, 5, 255].contains(&said.code) && said.stderr.contains(why);
        assert!(is_refused, "{args:?}: {} {} {}", said.code, said.stdout, said.stderr);
        assert!(!said.stdout.contains("bob@") && !said.stdout.contains(MARKER), "{args:?}: {}", said.stdout);
    }
    assert_eq!(rules(), before);
    let rows = alice.cloud.claw(&["status", "--json"]).exits(0).json();
    let states: Vec<&Value> =
        rows["machines"].as_array().unwrap().iter().map(|m| &m["machine"]["power"]["value"]).collect();
    assert_eq!(states, ["running", "running"]);
    alice.cloud.claw(&["plan"]).exits(0);
}

#[test]
fn an_authority_in_the_environment_is_not_believed() {
    let cloud = both();
    let mut command = cloud.command(&["plan"]);
    command.env("AZURE_AUTHORITY_HOST", "https://login.evil.example").env("AZURE_REGIONAL_AUTHORITY_NAME", "evil");
    Answer::new(&["plan"], command.output().unwrap()).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}
