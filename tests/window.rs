//! The whole loop by keys, in a real pseudo-terminal: the real program, drawn on a real terminal emulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

#[path = "loop/pty.rs"]
mod pty;
#[allow(dead_code, reason = "the days tell more kinds apart")]
#[path = "seeds/rules/words.rs"]
mod words;

use std::{sync::mpsc::RecvTimeoutError, time::Instant};

use portable_pty::CommandBuilder;
use pty::{PATIENCE, Pty};
use words::{Kind, Words};

struct Window {
    pty: Pty,
    screen: vt100::Parser,
    /// What came after the last whole frame.
    rest: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Window {
    fn open(args: &[&str], rows: u16, cols: u16) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), args, rows, cols, &[])
    }

    fn open_in(folder: tempfile::TempDir, args: &[&str], rows: u16, cols: u16, env: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_claw"));
        command.args(args);
        command.cwd(folder.path());
        command.env("TERM", "xterm-256color");
        command.env("HOME", folder.path());
        env.iter().for_each(|(name, value)| command.env(name, value));
        let screen = vt100::Parser::new(rows, cols, 0);
        Self { pty: Pty::open(command, rows, cols), screen, rest: Vec::new(), folder }
    }

    /// Shows whole frames only, as a terminal with synchronized output (mode 2026) does.
    fn take(&mut self, bytes: &[u8]) {
        const END: &[u8] = b"\x1b[?2026l";
        self.rest.extend(bytes);
        if let Some(at) = self.rest.windows(END.len()).rposition(|some| some == END) {
            let frames: Vec<u8> = self.rest.drain(..at + END.len()).collect();
            self.screen.process(&frames);
        }
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads what the program draws until the screen fits.
    #[track_caller]
    fn until(&mut self, what: &str, fits: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !fits(&self.text()) {
            // What draws all the time must not keep this from ending.
            let drawn = self.pty.output.recv_timeout(end.saturating_duration_since(Instant::now()));
            let Ok(bytes) = drawn else { panic!("never saw {what}:\n{}", self.text()) };
            self.take(&bytes);
        }
    }

    /// Reads what a program says to which the window gave its place: no frames.
    #[track_caller]
    fn hears(&mut self, words: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.rest.windows(words.len()).any(|some| some == words.as_bytes()) {
            let said = self.pty.output.recv_timeout(end.saturating_duration_since(Instant::now()));
            let Ok(bytes) = said else { panic!("never heard {words}: {}", String::from_utf8_lossy(&self.rest)) };
            self.take(&bytes);
        }
    }

    #[track_caller]
    fn sees(&mut self, words: &str) {
        self.until(words, |text| text.contains(words));
    }

    fn press(&mut self, keys: &str) {
        self.pty.press(keys);
    }

    /// A click on these words, as a terminal reports it (SGR, xterm's 1006).
    #[track_caller]
    fn click(&mut self, words: &str) {
        self.mouse(0, words);
    }

    #[track_caller]
    fn mouse(&mut self, button: u8, words: &str) {
        self.sees(words);
        let text = self.text();
        let mut lines = text.lines().enumerate();
        let (y, x) = lines.find_map(|(y, line)| Some((y, line.split_once(words)?.0.chars().count()))).unwrap();
        let (x, y) = (x + 1, y + 1);
        self.press(&format!("\x1b[<{button};{x};{y}M\x1b[<{button};{x};{y}m"));
    }

    /// Waits for the program's end and says its exit code.
    #[track_caller]
    fn ends(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.pty.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => {
                    self.screen.process(&std::mem::take(&mut self.rest));
                    return self.pty.child.wait().unwrap().exit_code();
                }
                Err(RecvTimeoutError::Timeout) => panic!("never ended:\n{}", self.text()),
            }
        }
    }
}

#[test]
fn the_whole_loop_by_keys() {
    let mut window = Window::open(&["--record", "session.jsonl", "demo"], 40, 140);
    window.sees("21 steps");
    window.sees("create claw-alice");

    window.press("a");
    window.sees("Apply 21 steps?");
    window.press("y");
    window.press("1");
    window.sees("● running");
    window.press("l");
    window.sees("claw-stage ready done");
    window.press("/packages begin\r");
    window.sees("claw-stage packages begin");
    window.press("/vault done\r");
    window.sees("claw-stage vault done");
    window.press("1");
    window.until("five ready machines", |text| text.matches("✔ ready").count() == 5);

    window.press("s");
    window.hears("@claw-alice:~$ ");
    window.press("exit\r");
    window.sees("the shell on claw-alice ended with 0");
    window.sees("✔ ready");

    window.sees("♪");
    window.press("4");
    window.sees("Alice's iPhone");
    window.sees("SCOPES (operator.…)");
    window.sees("read write");
    window.press("a");
    window.sees("Approve Alice's iPhone");
    window.press("y");
    window.sees("approved: Alice's iPhone");

    window.press("1c");
    window.sees("\"30m\"  →  + \"15m\"");
    window.press("p");
    window.sees("Push to 4 machines");
    window.press("y");
    window.sees("✔ pushed");

    window.press("1i");
    window.sees("idle 3 h 12 min: no session since");
    window.press("Gd");
    window.sees("Deallocate claw-erin?");
    window.press("y");
    window.sees("claw-erin deallocated");
    window.press("1");
    window.sees("○ deallocated");

    window.press("?");
    window.sees("Keys");
    window.press("q");
    assert_eq!(window.ends(), 0);
    assert!(!window.screen.screen().alternate_screen(), "the terminal is as it was");
    assert!(!window.screen.screen().hide_cursor());
    assert!(!window.text().contains("Fleet"), "nothing of the window is left:\n{}", window.text());
    holds_no_secret(&std::fs::read_to_string(window.folder.path().join("session.jsonl")).unwrap());
}

/// A recording of a plan, an apply, logs, a pairing and a config push.
fn holds_no_secret(recording: &str) {
    for told in ["create-machine/claw-alice", "claw-stage vault done", "Alice's iPhone", "heartbeat"] {
        assert!(recording.contains(told), "{told} was not recorded");
    }
    let secrets: serde_json::Value = serde_json::from_str(include_str!("../secrets.example.json")).unwrap();
    let mut values: Vec<&str> = secrets["shared"].as_object().unwrap().values().filter_map(|v| v.as_str()).collect();
    let members = secrets["members"].as_object().into_iter().flat_map(|all| all.values());
    values.extend(members.flat_map(|own| own.as_object().unwrap().values()).filter_map(|v| v.as_str()));
    assert!(!values.is_empty());
    // Beside them, what tokens of Entra and links with a signature begin with.
    for secret in values.into_iter().chain(["eyJhbGciOi", "sig="]) {
        let found = Words::new([(Kind::Secret, secret, 1)]).find(recording.as_bytes(), &[]);
        assert!(found.is_none(), "{secret} is in the recording, plain or in base64");
    }
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let mut window = Window::open(&["demo"], 30, 100);
    window.sees("21 steps");
    let pid = window.pty.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    window.ends();
    assert!(!window.screen.screen().alternate_screen() && !window.screen.screen().hide_cursor());
}

#[test]
fn a_terminal_that_is_too_small_is_told_so() {
    let mut window = Window::open(&["demo"], 12, 50);
    window.sees("claw needs 60");
    window.press("q");
    assert_eq!(window.ends(), 0);
}

#[test]
fn a_day_by_mouse() {
    let mut window = Window::open(&["demo"], 40, 160);
    window.sees("21 steps");
    window.click("a apply");
    window.sees("Apply 21 steps?");
    window.click("y yes");
    window.click("1 Fleet");
    window.until("five ready machines", |text| text.matches("✔ ready").count() == 5);
    window.click("bob  ");
    window.sees("▌ bob");
    window.mouse(2, "dana  ");
    window.sees("✓dana");
    window.click("C columns");
    window.sees("Columns");
    window.click("● VERSION");
    window.sees("○ VERSION");
    window.press("\x1b");
    // Keys that come with an escape in one read are an Alt of theirs.
    window.until("the columns' end", |text| !text.contains("Columns"));
    window.click("d stop");
    window.sees("This will stop claw-dana");
    window.press("claw-dana\r");
    window.sees("stop done");
    window.click("4 Pairings");
    window.click("Alice's iPhone");
    window.click("a approve");
    window.click("y yes");
    window.sees("approved: ");
    window.click("8 Health");
    window.sees("reads left");
    window.click("7 Activity");
    window.sees("claw stop claw-dana");
    window.click("q quit");
    assert_eq!(window.ends(), 0);
}

#[test]
fn the_first_run_makes_both_files() {
    let folder = tempfile::tempdir().unwrap();
    let (team, secrets) = (folder.path().join("team.json"), folder.path().join("secrets.json"));
    // Nobody is asked: there is no cloud at this address.
    let cloud = folder.path().join("cloud.json");
    std::fs::write(
        &cloud,
        r#"{"schema": "claw/cloud/v1", "environment": "public", "proxy": "http://127.0.0.1:1", "tenant": "11111111-1111-4111-8111-111111111111",
            "subscription": "22222222-2222-4222-8222-222222222222",
            "credential": {"kind": "client-secret", "clientId": "33333333-3333-4333-8333-333333333333", "clientSecret": "x"}}"#,
    )
    .unwrap();
    let cloud = cloud.to_str().unwrap().to_owned();
    let mut window = Window::open_in(folder, &["--cloud", &cloud], 30, 100, &[]);
    window.sees("Members");
    window.press("alice@example.com, bob");
    window.sees("! `bob` is no e-mail address");
    window.press("@example.com\r\r\r\r");
    window.sees("NAME=value");
    window.press("ANTHROPIC_API_KEY=sk-not-shown\r\r");
    window.sees("y writes the files");
    assert!(!window.text().contains("sk-not-shown"));
    window.press("y");
    // Until the files are there, keys are the form's.
    window.sees("same as: claw up");
    assert!(std::fs::read_to_string(&team).unwrap().contains("bob@example.com"));
    assert!(std::fs::read_to_string(&secrets).unwrap().contains("sk-not-shown"));
    window.press("q");
    assert_eq!(window.ends(), 0);
}
