//! `upgrade.sh` on a machine that goes down at any step: npm, systemd and both releases are stand-ins, the rest is real.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, symlink},
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, Output},
};

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
  curl) [ -e "$ROOT/up" ] ;;
  systemctl) if [ "$2" = stop ]; then /bin/rm -f "$ROOT/up"; else touch "$ROOT/up" && openclaw gateway; fi || true ;;
  *) exec /bin/$name "$@" ;;
esac
"#;

/// A release: brings the state to its own format, and is not well with another or without the work that was there.
const RELEASE: &str = r#"#!/bin/bash
V=1.0.0
S=$OPENCLAW_STATE_DIR
case $1 in
  --version) echo "OpenClaw $V" ;;
  doctor | gateway)
    mkdir -p "$S"
    if [ "$V" != 1.0.0 ] || [ ! -e "$S/format" ]; then echo $V >"$S/format"; fi ;;
  health)
    [ -e "$ROOT/up" ] && [ -s "$S/work" ] && [ "$(cat "$S/format")" = $V ] && [ ! -e "$ROOT/broken-$V" ] &&
      echo '{"ok":true}' ;;
esac
"#;

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for folder in ["bin", "state", "opt/openclaw/bin"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        for (name, text) in [("bin/.step", STEP), ("release", RELEASE), ("opt/openclaw/bin/openclaw", RELEASE)] {
            fs::write(machine.path(name), text).unwrap();
            fs::set_permissions(machine.path(name), fs::Permissions::from_mode(0o755)).unwrap();
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
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/care/upgrade.sh");
        self.command(cut).arg(script).arg("2.0.0").output().unwrap()
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

fn was_cut(output: &Output) -> bool {
    output.status.signal() == Some(9)
}

/// Cuts at every step, boots, upgrades again; `ends` is the release that is well in the end.
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
        let second = machine.upgrade(0);
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
}
