//! `claw restore` cut off at every step: claw killed, its channel cut on the machine, the machine down. The machine is
//! a real sshd with claw's own script; OpenClaw and systemd are stand-ins that count steps.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::cloud::{Answer, Cloud};

/// Before each step one is counted; at number `cut` the test is told, and the step waits for what becomes of it.
const STEP: &str = r#"#!/bin/bash
name=${0##*/} S=$ROOT/state
n=$(($(/bin/cat "$ROOT/steps") + 1))
echo $n >"$ROOT/steps"
if [ $n = "$(/bin/cat "$ROOT/cut")" ]; then
  echo here >"$ROOT/at"
  [ "$(/bin/cat "$ROOT/go")" = on ] || pkill -KILL -s 0
fi
case $name in
  sync) ;;
  systemctl) if [ "$2" = stop ]; then /bin/rm -f "$ROOT/up"; else /bin/mkdir -p "$S" && echo >"$ROOT/up"; fi ;;
  curl) [ -e "$ROOT/up" ] ;;
  openclaw)
    case $1 in
      --version) echo "OpenClaw 2026.9.6" ;;
      health) [ -e "$ROOT/up" ] && [ -s "$S/work" ] && echo '{"ok":true}' ;;
      backup)
        if [ "$2" = create ]; then
          /bin/mkdir -p "$4/whole" && /bin/cp -r "$S" "$4/whole/state"
          echo "{\"assets\":[{\"kind\":\"state\",\"sourcePath\":\"$S\",\"archivePath\":\"whole/state\"}]}" >"$4/whole/manifest.json"
          /bin/tar -C "$4" -czf "$4/a.tar.gz" whole
          echo "{\"verified\":true,\"createdAt\":\"2026-11-21T10:00:00Z\",\"archivePath\":\"$4/a.tar.gz\"}"
        else
          /bin/tar -C "$5" -xzf "$3" || exit
          if [ -e "$ROOT/manifest" ]; then
            /bin/cp "$ROOT/manifest" "$5/whole/manifest.json" && /bin/ln -s "$ROOT/elsewhere" "$5/whole/link"
          fi
          echo '{"archiveRoot":"whole","createdAt":"2026-11-21T10:00:00Z","runtimeVersion":"2026.9.6"}'
        fi ;;
    esac ;;
  *) exec /bin/$name "$@" ;;
esac
"#;

/// Becomes the gateway's user, and remembers which process of sshd's this session is.
const SUDO: &str = r#"#!/bin/bash
shift 4
echo $PPID >"$ROOT/session"
export HOME=$ROOT/home OPENCLAW_STATE_DIR=$ROOT/state CLAW_MEMORY=$(/bin/cat "$ROOT/memory") CLAW_RESTORE_TRIES=1
exec "$@"
"#;

struct Machine {
    cloud: Cloud,
    root: tempfile::TempDir,
    memory: tempfile::TempDir,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    /// claw gets SIGKILL; the machine goes on, and has nobody to tell.
    Claw,
    /// The session's process of sshd gets SIGKILL.
    Channel,
    /// Everything of the script's gets SIGKILL, and the gateway starts again.
    Machine,
}

impl Machine {
    /// `None`, said aloud, where the tests may not make mounts; never where they boot an Ubuntu.
    fn start(cut: Cut) -> Option<Self> {
        if !Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|status| status.success()) {
            assert_ne!(std::env::var("CLAW_UBUNTU").as_deref(), Ok("1"), "no mounts of one's own");
            eprintln!("skipped: it takes root's rights to make mounts");
            return None;
        }
        let (root, memory) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap());
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let people = fs::read_to_string(project.join("tests/scenarios/fast.toml")).unwrap();
        let (timings, people) = people.split_at(people.find("[[users]]").unwrap());
        let timings = &timings[..timings.find("[every_machine]").unwrap()];
        let run = [project.join("tests/rig/door.sh"), root.path().to_owned()];
        let cloud = Cloud::with(&format!("{timings}[every_machine]\nrun = {run:?}\n\n{people}"));
        cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
        fs::remove_file(cloud.path("secrets.json")).unwrap();
        let machine = Self { cloud, root, memory };
        fs::create_dir(machine.path("bin")).unwrap();
        for (name, text) in [(".step", STEP), ("sudo", SUDO)] {
            let path = machine.path("bin").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for name in ["mv", "rm", "touch", "sync", "mktemp", "openclaw", "systemctl", "curl"] {
            symlink(".step", machine.path("bin").join(name)).unwrap();
        }
        fs::write(machine.path("memory"), machine.memory.path().to_str().unwrap()).unwrap();
        for way in ["at", "go"] {
            assert!(Command::new("mkfifo").arg(machine.path(way)).status().unwrap().success());
        }
        machine.never_cut();
        machine.work_is("archived\n");
        machine.cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
        if cut == Cut::Claw {
            // More than is ever on its way: a claw that is killed early has not sent it all.
            let noise = "head -c 2500000 /dev/urandom >state/noise";
            assert!(
                Command::new("sh").args(["-c", noise]).current_dir(machine.root.path()).status().unwrap().success()
            );
        }
        machine.cloud.claw(&["backup", "alice", "--output", "kept"]).exits(0);
        Some(machine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn cut_at(&self, step: usize) {
        fs::write(self.path("steps"), "0").unwrap();
        fs::write(self.path("cut"), step.to_string()).unwrap();
    }

    fn never_cut(&self) {
        self.cut_at(0);
    }

    /// A running gateway with this work, and nothing beside it.
    fn work_is(&self, work: &str) {
        for old in self.beside().iter().map(|name| self.path(name)) {
            if old.is_dir() { fs::remove_dir_all(old).unwrap() } else { fs::remove_file(old).unwrap() }
        }
        let _ = fs::remove_dir_all(self.path("state"));
        fs::create_dir(self.path("state")).unwrap();
        fs::write(self.path("state/work"), work).unwrap();
        fs::write(self.path("up"), "").unwrap();
    }

    fn restore(&self) -> Child {
        let archive = fs::read_dir(self.cloud.path("kept")).unwrap().flatten().next().unwrap().path();
        let args = ["restore", "alice", archive.to_str().unwrap(), "--yes"];
        self.cloud.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What lies beside the state, and is the gateway's too.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.root.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("state.")).collect()
    }

    /// All works that are on the machine, wherever they are.
    fn works(&self) -> Vec<String> {
        let all = self.beside().into_iter().chain(["state".to_owned()]);
        all.filter_map(|name| fs::read_to_string(self.path(&name).join("work")).ok()).collect()
    }

    /// Waits until a step tells that it waits, or claw has ended without one.
    fn is_reached(&self, claw: &mut Child) -> bool {
        let at = self.path("at");
        let told = std::thread::spawn(move || fs::read_to_string(at).unwrap());
        while !told.is_finished() && claw.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        if !told.is_finished() {
            fs::write(self.path("at"), "over\n").unwrap();
        }
        told.join().unwrap() == "here\n"
    }

    fn strike(&self, cut: Cut, claw: &mut Child) {
        match cut {
            Cut::Claw => claw.kill().unwrap(),
            Cut::Channel => {
                let session = fs::read_to_string(self.path("session")).unwrap();
                let name = fs::read_to_string(format!("/proc/{}/comm", session.trim())).unwrap();
                assert!(name.starts_with("sshd"), "{name}");
                assert!(Command::new("kill").args(["-KILL", session.trim()]).status().unwrap().success());
            }
            Cut::Machine => fs::write(self.path("go"), "down").unwrap(),
        }
    }

    /// Whether the step was reached; then everything that was cut has come to rest.
    fn restore_cut(&self, cut: Cut, step: usize) -> bool {
        self.cut_at(step);
        let mut claw = self.restore();
        let is_reached = self.is_reached(&mut claw);
        if is_reached {
            self.strike(cut, &mut claw);
        }
        let status = claw.wait().unwrap();
        assert_eq!(status.success(), !is_reached, "{cut:?} at {step}: {status}");
        if is_reached && cut != Cut::Machine {
            // The channel is gone, and the step goes on.
            fs::write(self.path("go"), "on").unwrap();
        }
        // Whoever works on the state holds a lock on the folder around it.
        assert!(Command::new("flock").arg("-w60").arg(self.root.path()).arg("true").status().unwrap().success());
        if is_reached && cut == Cut::Machine {
            fs::create_dir_all(self.path("state")).unwrap();
            fs::write(self.path("up"), "").unwrap();
        }
        is_reached
    }
}

fn cut_everywhere(cut: Cut) {
    let Some(machine) = Machine::start(cut) else { return };
    for step in 1.. {
        machine.work_is("live\n");
        let was_cut = machine.restore_cut(cut, step);
        // Members go on working in whatever is there.
        let at = machine.path("state/work");
        let goes_on = was_cut && machine.path("up").exists() && at.exists();
        if goes_on {
            let work = fs::read_to_string(&at).unwrap();
            fs::write(&at, format!("{work}later\n")).unwrap();
        }
        if was_cut {
            machine.never_cut();
            Answer::new(&["restore"], machine.restore().wait_with_output().unwrap()).exits(0);
        }
        let works = machine.works();
        let said = format!("{cut:?} at {step}: {works:?} {:?}", machine.beside());
        assert_eq!(fs::read_to_string(&at).unwrap(), "archived\n", "{said}");
        assert!(machine.path("up").exists(), "{said}");
        assert!(works.iter().any(|work| work.starts_with("live\n")), "the work before is lost: {said}");
        assert!(!goes_on || works.iter().any(|work| work.ends_with("later\n")), "the work after is lost: {said}");
        let tidy = |name: &String| name.starts_with("state.before-restore") || name.starts_with("state.not-well-");
        assert!(machine.beside().iter().all(tidy), "{said}");
        assert_eq!(fs::read_dir(machine.memory.path()).unwrap().count(), 0, "{said}");
        if !was_cut {
            assert!(step > 15, "only {step} steps");
            return;
        }
    }
}

#[test]
fn a_claw_that_is_killed_at_any_step_of_a_restore_loses_no_work() {
    cut_everywhere(Cut::Claw);
}

#[test]
fn a_channel_that_is_cut_at_any_step_of_a_restore_loses_no_work() {
    cut_everywhere(Cut::Channel);
}

#[test]
fn a_machine_that_goes_down_at_any_step_of_a_restore_loses_no_work() {
    cut_everywhere(Cut::Machine);
}

#[test]
fn an_archive_that_leads_out_of_itself_is_refused_and_changes_nothing() {
    let Some(machine) = Machine::start(Cut::Machine) else { return };
    fs::create_dir(machine.path("elsewhere")).unwrap();
    fs::write(machine.path("elsewhere/work"), "theirs\n").unwrap();
    let asset = |path: &str| json!({"kind": "state", "sourcePath": machine.path("state"), "archivePath": path});
    let foreign = json!({"kind": "workspace", "sourcePath": "/etc", "archivePath": "whole/etc"});
    for (assets, why) in [
        (vec![asset("whole/state"), foreign], "holds what does not belong to"),
        (vec![asset("../elsewhere")], "leads out of itself"),
        (vec![asset("whole/link")], "leads out of itself"),
        (vec![asset("whole/not-there")], "does not hold the state that it names"),
        (vec![asset("..")], "leads out of itself"),
        (vec![], "holds no state"),
    ] {
        machine.work_is("live\n");
        fs::write(machine.path("manifest"), json!({"assets": assets}).to_string()).unwrap();
        let refused = Answer::new(&["restore"], machine.restore().wait_with_output().unwrap()).exits(1);
        assert!(refused.stderr.contains(why), "{assets:?}: {}", refused.stderr);
        assert_eq!((machine.works(), machine.beside()), (vec!["live\n".to_owned()], vec![]), "{assets:?}");
        assert_eq!(fs::read_to_string(machine.path("elsewhere/work")).unwrap(), "theirs\n", "{assets:?}");
    }
}
