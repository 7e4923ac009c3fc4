//! `upgrade.sh` on a machine that goes down at any step: npm, systemd and both releases are stand-ins, the rest is real.
//! And `claw upgrade` stopped by its operator, on a real sshd.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, symlink},
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::cloud::{Answer, Cloud};

/// Before each step of the script (`mv`, `rm`, …) one is counted; at number `CUT` everything dies, halfway in it.
const STEP: &str = r#"#!/bin/bash
name=${0##*/}
n=$(($(cat "$ROOT/steps") + 1))
echo $n >"$ROOT/steps"
if [ $n = "$CUT" ]; then
  [ $name = cp ] && mkdir "${@: -1}"
  [ $name = rm ] && /bin/rm -f "${@: -1}/work"
  kill -KILL 0
fi
case $name in
  sleep | sync) ;;
  runuser)
    shift 3
    # A plugin leaves this running.
    if [ -e "$ROOT/daemon" ] && [[ "$*" = *doctor* ]]; then /bin/sleep 300 & echo $! >"$ROOT/daemon"; fi
    exec "$@" ;;
  npm) mkdir -p "$6/bin" && sed "s/^V=.*/V=${7#*@}/" "$ROOT/release" >"$6/bin/openclaw" && chmod +x "$6/bin/openclaw" ;;
  curl)
    # A restore that came now would get in between.
    ! flock -n "$ROOT" true || touch "$ROOT/unlocked"
    [ -e "$ROOT/up" ] ;;
  cp) [ ! -e "$ROOT/full" ] && exec /bin/cp "$@"; mkdir "${@: -1}"; exit 1 ;;
  systemctl) if [ "$2" = stop ]; then /bin/rm -f "$ROOT/up"; else touch "$ROOT/up" && openclaw gateway; fi || true ;;
  *) exec /bin/$name "$@" ;;
esac
"#;

/// Finds no room beside the state.
const MKTEMP: &str = r#"#!/bin/bash
[[ "$*" = *.not-well-* && -e "$ROOT/tight" ]] && exit 1
exec /bin/mktemp "$@"
"#;

/// A release: brings the state to its own format, and is not well with another or without the work that was there.
const RELEASE: &str = r#"#!/bin/bash
V=1.0.0
S=$OPENCLAW_STATE_DIR
knows_it() { [ -s "$S/work" ] && [ "$(cat "$S/format")" = $V ] && [ ! -e "$ROOT/broken-$V" ]; }
has_room() { [ ! -e "$ROOT/full" ] || [ ! -e "$S.before-upgrade.part" -a ! -e "$ROOT/opt/openclaw.next" ]; }
case $1 in
  --version) echo "OpenClaw $V" ;;
  doctor | gateway)
    mkdir -p "$S"
    if [ "$V" != 1.0.0 ] || [ ! -e "$S/format" ]; then echo $V >"$S/format"; fi ;;
  backup) knows_it ;;
  health) [ -e "$ROOT/up" ] && knows_it && has_room && echo '{"ok":true}' ;;
esac
"#;

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for folder in ["bin", "state", "opt/openclaw/bin"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        let release = [("release", RELEASE), ("opt/openclaw/bin/openclaw", RELEASE)];
        for (name, text) in [("bin/.step", STEP), ("bin/mktemp", MKTEMP)].into_iter().chain(release) {
            program(&machine.path(name), text);
        }
        for name in ["mv", "cp", "rm", "sync", "sleep", "runuser", "npm", "curl", "systemctl"] {
            symlink(".step", machine.path("bin").join(name)).unwrap();
        }
        fs::write(machine.path("settings"), "CLAW_OPENCLAW_VERSION='1.0.0'\n").unwrap();
        fs::write(machine.path("state/work"), "before\n").unwrap();
        fs::write(machine.path("state/format"), "1.0.0\n").unwrap();
        fs::write(machine.path("up"), "").unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, cut: usize) -> Command {
        let release = self.path("opt/openclaw");
        fs::write(self.path("steps"), "0").unwrap();
        let mut command = Command::new("bash");
        command
            .env("PATH", format!("{}:{}/bin:/usr/bin:/bin", self.path("bin").display(), release.display()))
            .env("ROOT", self.0.path())
            .env("CUT", cut.to_string())
            .env("CLAW_NPM_PREFIX", release)
            .env("CLAW_GATEWAY_USER", "root")
            .env("OPENCLAW_STATE_DIR", self.path("state"))
            .env("CLAW_SETTINGS", self.path("settings"))
            .env("CLAW_UPGRADE_LOG", self.path("log"))
            .env("CLAW_UPGRADE_TRIES", "1")
            .process_group(0);
        command
    }

    /// Runs the script; at step `cut` the machine goes down (never at 0).
    fn upgrade(&self, cut: usize) -> Output {
        self.command(cut).arg(script()).arg("2.0.0").output().unwrap()
    }

    fn asked(&self, what: &str) -> Output {
        self.command(0).arg(script()).args(["2.0.0", what]).output().unwrap()
    }

    /// As `claw upgrade` goes about it: what was cut off is settled before the release in place makes the backup.
    fn claw(&self) -> Output {
        let mut look = self.asked("look");
        if text(&look.stdout).contains("cut_off") {
            let settled = self.asked("settle");
            assert!(settled.status.success(), "{settled:?}");
            look = self.asked("look");
        }
        if !look.stdout.is_empty() {
            return look;
        }
        let backup = self.command(0).args(["-c", "openclaw backup"]).output().unwrap();
        assert!(backup.status.success(), "no backup: {backup:?}");
        self.upgrade(0)
    }

    /// The machine comes up. When its gateway is well, members go on working; true then.
    fn boot(&self) -> bool {
        let up = "systemctl --user start; openclaw health | grep -q true && echo later >>\"$OPENCLAW_STATE_DIR/work\"";
        self.command(0).args(["-c", up]).output().unwrap().status.success()
    }

    fn well_with(&self, version: &str) -> bool {
        let asked = self.command(0).args(["-c", "openclaw --version; openclaw health"]).output().unwrap();
        String::from_utf8_lossy(&asked.stdout) == format!("OpenClaw {version}\n{{\"ok\":true}}\n")
    }

    fn work(&self) -> String {
        fs::read_to_string(self.path("state/work")).unwrap_or_default()
    }

    /// What lies beside a folder of that name.
    fn beside(&self, folder: &str, name: &str) -> Vec<String> {
        let names = fs::read_dir(self.path(folder)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|n| n.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))).collect()
    }

    fn is_tidy(&self) -> bool {
        let states = self.beside("", "state");
        self.beside("opt", "openclaw").is_empty() && states.iter().all(|s| s.starts_with("state.not-well-"))
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/care/upgrade.sh")
}

fn program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn was_cut(output: &Output) -> bool {
    output.status.signal() == Some(9)
}

/// Cuts at every step, boots, lets claw upgrade again; `ends` is the release that is well in the end.
fn cut_everywhere(break_it: bool, ends: &str) {
    for cut in 1.. {
        let machine = Machine::new();
        if break_it {
            fs::write(machine.path("broken-2.0.0"), "").unwrap();
        }
        let first = machine.upgrade(cut);
        if !was_cut(&first) {
            assert!(cut > 10, "{first:?}");
            return;
        }
        let worked = machine.boot();
        let second = machine.claw();
        let log = fs::read_to_string(machine.path("log")).unwrap_or_default();
        assert_eq!(second.status.success(), !break_it, "cut at {cut}: {second:?}\n{log}");
        assert!(machine.well_with(ends), "cut at {cut}: {second:?}\n{log}");
        assert_eq!(machine.work(), if worked { "before\nlater\n" } else { "before\n" }, "cut at {cut}\n{log}");
        assert!(machine.is_tidy(), "cut at {cut}: {:?}", machine.beside("", "state"));
    }
}

#[test]
fn an_upgrade_that_was_cut_anywhere_loses_no_work() {
    cut_everywhere(false, "2.0.0");
}

#[test]
fn going_back_that_was_cut_anywhere_loses_no_work() {
    cut_everywhere(true, "1.0.0");
}

/// Steps of an upgrade until the gateway is asked whether it is well.
fn until_asked() -> usize {
    (1..)
        .find(|cut| {
            let machine = Machine::new();
            machine.upgrade(*cut);
            fs::read_to_string(machine.path("state/format")).unwrap() == "2.0.0\n" && machine.path("up").exists()
        })
        .unwrap()
}

#[test]
fn a_release_that_worked_for_days_and_then_fails_leaves_its_state_beside() {
    let asked = until_asked();
    for cut in 1.. {
        let machine = Machine::new();
        assert!(was_cut(&machine.upgrade(asked)));
        assert!(machine.boot(), "the new release works");
        fs::write(machine.path("broken-2.0.0"), "").unwrap();
        let ended = !was_cut(&machine.upgrade(cut));
        machine.boot();
        machine.upgrade(0);
        assert!(machine.well_with("1.0.0"), "cut at {cut}");
        let aside = machine.beside("", "state");
        let holds = |s: &String| fs::read_to_string(machine.path(s).join("work")).unwrap_or_default().contains("later");
        let kept = aside.iter().any(holds);
        assert!(kept || machine.work().contains("later"), "cut at {cut}: {aside:?}");
        assert!(machine.is_tidy(), "cut at {cut}: {aside:?}");
        if ended {
            return;
        }
    }
}

#[test]
fn what_a_plugin_leaves_running_holds_neither_the_lock_nor_the_log() {
    let machine = Machine::new();
    fs::write(machine.path("daemon"), "").unwrap();
    let first = machine.upgrade(0);
    let daemon = fs::read_to_string(machine.path("daemon")).unwrap();
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.trim())).unwrap();
    let open: Vec<_> = open.map(|fd| fs::read_link(fd.unwrap().path()).unwrap()).collect();
    let second = machine.upgrade(0);
    assert!(Command::new("kill").arg(daemon.trim()).status().unwrap().success());
    assert!(first.status.success() && second.status.success(), "{first:?} {second:?}");
    assert!(!open.iter().any(|file| file.starts_with(machine.path("log"))), "{open:?}");
    assert!(!open.iter().any(|file| file.starts_with(machine.path("log.lock"))), "{open:?}");
    assert!(!open.iter().any(|file| file == machine.0.path()), "{open:?}");
}

#[test]
fn an_upgrade_and_a_backup_or_restore_never_meet() {
    let machine = Machine::new();
    // As backup and restore do: the folder that the state is in.
    let held = "exec flock \"$ROOT\" bash \"$0\" 2.0.0 $1";
    for mode in ["", "settle"] {
        let refused = machine.command(0).args(["-c", held]).arg(script()).arg(mode).output().unwrap();
        assert!(text(&refused.stderr).contains("a backup or restore is at work"), "{refused:?}");
        assert!(!refused.status.success() && machine.well_with("1.0.0") && machine.is_tidy(), "{refused:?}");
    }
    let done = machine.upgrade(0);
    assert!(done.status.success() && machine.well_with("2.0.0"), "{done:?}");
    assert!(!machine.path("unlocked").exists(), "a restore could have come in between");
}

#[test]
fn a_copy_that_filled_the_disk_does_not_make_the_release_before_look_ill() {
    let machine = Machine::new();
    fs::write(machine.path("full"), "").unwrap();
    let refused = machine.upgrade(0);
    assert!(text(&refused.stderr).contains("1.0.0 and its state are back in service"), "{refused:?}");
    assert!(machine.well_with("1.0.0") && machine.is_tidy());
}

#[test]
fn going_back_that_found_no_room_is_brought_to_its_end_later() {
    let machine = Machine::new();
    for fault in ["broken-2.0.0", "tight"] {
        fs::write(machine.path(fault), "").unwrap();
    }
    let first = machine.upgrade(0);
    assert!(text(&first.stderr).contains("nor with 1.0.0 after that"), "{first:?}");
    assert_eq!(machine.beside("opt", "openclaw"), ["openclaw.before"], "what can go makes room");
    assert!(!machine.path("opt/openclaw").exists());
    for fault in ["broken-2.0.0", "tight"] {
        fs::remove_file(machine.path(fault)).unwrap();
    }
    let second = machine.claw();
    assert!(second.status.success() && machine.well_with("2.0.0"), "{second:?}");
    assert_eq!(machine.work(), "before\n");
    assert!(machine.is_tidy());
}

/// In the place of sudo: a backup that says where it is and comes to no end.
const SUDO: &str = r#"#!/bin/bash
case "$*" in
  *"-u openclaw bash -s") echo here >"$ROOT/at"; exec sleep 60 ;;
  *" look") exec cat >/dev/null ;;
  *"bash -s -- "*) touch "$ROOT/touched" ;;
esac
exit 1
"#;

#[test]
fn an_operator_who_stops_an_upgrade_does_not_wait_for_its_backup() {
    if !Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|status| status.success()) {
        assert_ne!(std::env::var("CLAW_UBUNTU").as_deref(), Ok("1"), "no mounts of one's own");
        eprintln!("skipped: it takes root's rights to make mounts");
        return;
    }
    let (root, project) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    fs::create_dir(root.path().join("bin")).unwrap();
    program(&root.path().join("bin/sudo"), SUDO);
    let at = root.path().join("at");
    assert!(Command::new("mkfifo").arg(&at).status().unwrap().success());
    let people = fs::read_to_string(project.join("tests/scenarios/fast.toml")).unwrap();
    let (timings, people) = people.split_at(people.find("[[users]]").unwrap());
    let timings = &timings[..timings.find("[every_machine]").unwrap()];
    let run = [project.join("tests/rig/door.sh"), root.path().to_owned()];
    let cloud = Cloud::with(&format!("{timings}[every_machine]\nrun = {run:?}\n\n{people}"));
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    fs::remove_file(cloud.path("secrets.json")).unwrap();
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);

    let args = ["upgrade", "alice", "--to", "2026.9.7", "--yes"];
    let mut claw = cloud.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = std::thread::spawn(move || fs::read_to_string(at).unwrap());
    while !told.is_finished() && claw.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // Fails where claw has ended before.
    assert!(Command::new("kill").args(["-INT", &claw.id().to_string()]).status().unwrap().success());
    let stopped = Answer::new(&args, claw.wait_with_output().unwrap()).exits(130);
    assert!(stopped.stdout.contains("claw-alice: not tried"), "{}", stopped.stdout);
    assert!(!root.path().join("touched").exists(), "its release was touched");
    assert_eq!(fs::read_dir(cloud.path("data/backups")).unwrap().count(), 0, "half an archive");
}
