//! The whole loop by keys, in a real pseudo-terminal: the real program, drawn on a real terminal emulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

/// Longer than anything takes, so that a test that hangs ends with the screen in its message.
const PATIENCE: Duration = Duration::from_secs(90);

struct Window {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    // Closing it would hang up on the program.
    _master: Box<dyn MasterPty + Send>,
    _folder: tempfile::TempDir,
}

impl Window {
    fn open(args: &[&str], rows: u16, cols: u16) -> Self {
        let pair = NativePtySystem::default().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_claw"));
        command.args(args);
        command.cwd(folder.path());
        command.env("TERM", "xterm-256color");
        command.env("HOME", folder.path());
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, cols, 0);
        Self { child, keys, output, screen, raw: Vec::new(), _master: pair.master, _folder: folder }
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads what the program draws until the screen fits.
    #[track_caller]
    fn until(&mut self, what: &str, fits: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !fits(&self.text()) {
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < PATIENCE => {}
                Err(_) => panic!("never saw {what}:\n{}", self.text()),
            }
        }
    }

    #[track_caller]
    fn sees(&mut self, words: &str) {
        self.until(words, |text| text.contains(words));
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the program's end and says its exit code.
    fn ends(&mut self) -> u32 {
        let code = self.child.wait().unwrap().exit_code();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        code
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}

#[test]
fn the_whole_loop_by_keys() {
    let mut window = Window::open(&["demo"], 40, 140);
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
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let mut window = Window::open(&["demo"], 30, 100);
    window.sees("21 steps");
    let pid = window.child.process_id().unwrap().to_string();
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
