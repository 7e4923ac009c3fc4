//! Caring for machines that are up: verify, backup, restore, upgrade, restart.

use age::secrecy::ExposeSecret;
use serde_json::Value;

use crate::{
    cloud::{Answer, Cloud},
    process,
};

/// Two machines that are up.
fn two() -> Cloud {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "a-secret-value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud
}

fn findings<'a>(report: &'a Value, machine: &str) -> &'a Vec<Value> {
    let machines = report["machines"].as_array().unwrap();
    machines.iter().find(|m| m["machine"] == machine).unwrap()["findings"].as_array().unwrap()
}

#[test]
fn verify_is_content_only_when_every_machine_is_seen_and_well() {
    let cloud = two();
    let well = cloud.claw(&["verify", "--json"]).exits(0).json();
    assert_eq!((&well["schema"], &well["well"]), (&"claw/verify/v1".into(), &true.into()));
    assert_eq!(findings(&well, "claw-alice").len(), 13, "{well}");
    let text = cloud.claw(&["verify"]).exits(0).stdout;
    assert!(text.contains("all 13 checks are well") && text.contains("2 of 2 machines are well"), "{text}");

    let team = r#"{"fleet": {"openclawVersion": "2026.9.7"}, "members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
    cloud.write("team.json", team);
    let behind = cloud.claw(&["verify", "alice"]).exits(4).stdout;
    assert!(behind.contains("the team wants 2026.9.7") && behind.contains("claw upgrade alice"), "{behind}");
    assert!(!behind.contains("claw-bob"), "only who was named: {behind}");

    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    let off = cloud.claw(&["verify", "--json"]).exits(4).json();
    assert_eq!(off["well"], false);
    assert!(findings(&off, "claw-alice").iter().all(|f| f["outcome"] == "ok"), "{off}");
    assert_eq!(findings(&off, "claw-bob")[0]["outcome"], "unknown", "{off}");
    assert_eq!(cloud.unknown_requests(), "");
}

/// Machines that a device is paired with.
fn paired(cloud: &Cloud) -> Vec<String> {
    let inbox = cloud.claw(&["devices", "--json"]).exits(0).json();
    let paired = inbox["paired"].as_array().unwrap().iter();
    paired.map(|d| d["machine"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_backup_brings_pairings_to_another_machine_and_is_sealed() {
    let cloud = two();
    // Her device asks a moment after the machine is ready.
    let alices =
        std::iter::repeat_with(|| cloud.claw(&["devices", "--json"]).exits(0).json()).take(200).find_map(|inbox| {
            let mut pending = inbox["pending"].as_array().unwrap().iter();
            pending.find(|p| p["machine"] == "claw-alice").cloned()
        });
    let alices = alices.expect("her device asks");
    cloud.claw(&["devices", "approve", alices["request_id"].as_str().unwrap()]).exits(0);
    assert_eq!(paired(&cloud), ["claw-alice"]);

    cloud.claw(&["backup"]).exits(2);
    let backup = cloud.claw(&["backup", "alice", "--output", "archives", "--json"]).exits(0).json();
    let file = backup["backups"][0]["file"].as_str().unwrap().to_owned();
    let sealed = std::fs::read(cloud.path(&file)).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> ssh-ed25519 "));
    assert!(!sealed.windows(6).any(|w| w == b"paired"), "plain text in {file}");
    assert_eq!(std::fs::read_dir(cloud.path("archives")).unwrap().count(), 1, "no remains");

    let other = cloud.claw(&["restore", "bob", &file, "--yes"]).exits(5).stderr;
    assert!(other.contains("is of claw-alice, not of bob") && other.contains("--from-other"), "{other}");
    assert_eq!(paired(&cloud), ["claw-alice"]);
    cloud.claw(&["restore", "alice", &file, "--yes"]).exits(0);
    let unasked = cloud.claw(&["restore", "bob", &file, "--from-other"]).exits(5).stderr;
    assert!(unasked.contains("--yes"), "{unasked}");
    cloud.claw(&["restore", "bob", "nofile"]).exits(2);
    cloud.claw(&["restore", "nobody", &file]).exits(2);
    let restored = cloud.claw(&["restore", "bob", &file, "--from-other", "--yes", "--json"]).exits(0);
    assert!(!restored.stderr.contains("whose it is"), "{}", restored.stderr);
    let restored = restored.json();
    assert_eq!((&restored["machine"], &restored["version"]), (&"claw-bob".into(), &"2026.9.6".into()));
    assert_eq!(paired(&cloud), ["claw-alice", "claw-bob"]);

    let other = cloud.write("other.key", "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33");
    let wrong = ["restore", "bob", &file, "--yes", "--identity", other.to_str().unwrap()];
    let refused = cloud.claw(&wrong).exits(2).stderr;
    assert!(refused.contains("none of your keys opens it"), "{refused}");
    let torn = cloud.path("torn.age");
    std::fs::write(&torn, &sealed[..sealed.len() - 3]).unwrap();
    cloud.claw(&["restore", "bob", torn.to_str().unwrap(), "--yes"]).exits(2);

    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    let part = cloud.claw(&["backup", "--all", "--json"]).exits(4).json();
    assert_eq!((part["backups"].as_array().unwrap().len(), &part["failed"][0]["machine"]), (1, &"claw-bob".into()));
    cloud.claw(&["backup", "bob"]).exits(1);
    assert_eq!(cloud.unknown_requests(), "");
}

const THREE: &str =
    r#""members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}, {"email": "chandra@example.com"}]"#;

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|r| r["machine"].as_str().or(r.as_str()).unwrap()).collect()
}

#[test]
fn an_upgrade_stops_at_the_first_machine_that_is_not_well_with_it() {
    let cloud = Cloud::start("care.toml");
    cloud.write("team.json", &format!("{{{THREE}}}"));
    cloud.write("secrets.json", r#"{"shared": {"KEY": "a-secret-value"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);

    cloud.claw(&["upgrade", "--all", "--to", "latest", "--yes"]).exits(2);
    cloud.claw(&["upgrade", "--all", "--to", "2026.9.7"]).exits(5);
    let stopped = ["upgrade", "bob", "alice", "chandra", "--to", "2026.9.7", "--yes", "--json"];
    let stopped = cloud.claw(&stopped).exits(1).json();
    assert_eq!(names(&stopped["failed"]), ["claw-bob"]);
    assert_eq!(names(&stopped["not_tried"]), ["claw-alice", "claw-chandra"]);
    cloud.claw(&["verify"]).exits(0);

    cloud.claw(&["upgrade", "alice", "--to", "2026.9.7", "--yes"]).exits(0);
    cloud.write("team.json", &format!(r#"{{"fleet": {{"openclawVersion": "2026.9.7"}}, {THREE}}}"#));
    cloud.claw(&["verify", "alice"]).exits(0);
    let part = cloud.claw(&["upgrade", "--all", "--yes", "--json"]).exits(4).json();
    assert_eq!(
        (names(&part["upgraded"]), names(&part["failed"])),
        (vec!["claw-alice", "claw-chandra"], vec!["claw-bob"])
    );
    let changed: Vec<_> =
        part["upgraded"].as_array().unwrap().iter().map(|u| u["changed"].as_bool().unwrap()).collect();
    assert_eq!(changed, [false, true]);
    assert!(part["failed"][0]["error"]["causes"][0].as_str().unwrap().contains("2026.9.6 and its state are back"));
    let archives = std::fs::read_dir(cloud.path("data/backups")).unwrap().count();
    assert_eq!(archives, 4, "one before each try, none where nothing was to be done");

    for verb in [&["upgrade", "alice", "--to", "2026.9.6"][..], &["restart", "alice"], &["stop", "alice"]] {
        let forbidden = cloud.claw(&[&["--read-only"], verb].concat()).exits(5).stderr;
        assert!(forbidden.contains("this is a --read-only session"), "{forbidden}");
    }
    cloud.claw(&["restart", "nobody"]).exits(2);

    cloud.claw(&["restart", "alice"]).exits(5);
    cloud.claw(&["restart", "alice", "--yes"]).exits(0);
    let log = cloud.claw(&["logs", "alice", "--source", "gateway"]).exits(0).stdout;
    assert!(log.contains(" INFO  [gateway] received SIGTERM"), "readable, not as JSON: {log}");
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    cloud.claw(&["restart", "alice", "bob", "--yes"]).exits(4);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn an_archive_that_does_not_say_whose_it_is_is_asked_about() {
    let cloud = two();
    let identity = age::x25519::Identity::generate();
    let key = cloud.write("key", identity.to_string().expose_secret());
    let sealed = |name: &str, archive: &[u8]| {
        std::fs::write(cloud.path(name), age::encrypt(&identity.to_public(), archive).unwrap()).unwrap();
    };
    let restore = |file: &str, more: &[&str]| {
        cloud.claw(&[&["restore", "bob", file, "--identity", key.to_str().unwrap()], more].concat())
    };
    let backup = ["backup", "alice", "--recipient", &identity.to_public().to_string(), "--json"];
    let backup = cloud.claw(&backup).exits(0).json();
    let file = std::fs::read(cloud.path(backup["backups"][0]["file"].as_str().unwrap())).unwrap();
    let whole = age::decrypt(&identity, &file).unwrap();
    let magic = b"\x1f\x8bembedded archive\n";
    let begins = whole.windows(magic.len()).position(|bytes| bytes == magic).unwrap();
    assert!(String::from_utf8_lossy(&whole[..begins]).contains("claw-alice"), "it says whose it is");

    sealed("unmarked.age", &whole[begins..]);
    let unasked = restore("unmarked.age", &[]).exits(5).stderr;
    assert!(unasked.contains("does not say whose it is; make sure that it is of bob"), "{unasked}");
    let restored = restore("unmarked.age", &["--yes", "--json"]).exits(0).json();
    assert_eq!(restored["machine"], "claw-bob", "{restored}");

    // Of another tool: sealed, but no archive; and an archive that nobody sealed.
    sealed("other.age", b"\x1f\x8b\x08 something else");
    let refused = restore("other.age", &["--yes"]).exits(1).stderr;
    assert!(refused.contains("claw-bob was not restored") && refused.contains("could not be read"), "{refused}");
    std::fs::write(cloud.path("plain.tar.gz"), &whole[begins..]).unwrap();
    let refused = restore("plain.tar.gz", &["--yes"]).exits(2).stderr;
    assert!(refused.contains("plain.tar.gz") && refused.contains("something else"), "{refused}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn an_archive_is_its_owners_alone_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = two();
    let args = ["backup", "alice", "--json"];
    let backup = process::under("000", &cloud.command(&args)).output().unwrap();
    let answer = Answer::new(&args, backup).exits(0).json();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = cloud.path(answer["backups"][0]["file"].as_str().unwrap());
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
}
