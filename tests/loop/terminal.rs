//! A program in a pseudo-terminal: what it shows as bytes, and keys for it.

use std::sync::mpsc::RecvTimeoutError;

use portable_pty::CommandBuilder;

use crate::{
    cloud::Cloud,
    process,
    pty::{PATIENCE, Pty},
};

pub struct Terminal {
    pty: Pty,
    pub shown: String,
}

impl Terminal {
    /// `program ARGS` in the cloud's folder, with claw first on the `PATH`.
    pub fn open(cloud: &Cloud, program: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(cloud.path(""));
        command.env_clear();
        for (name, value) in cloud.environment() {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        Self { pty: Pty::open(command, 40, 120), shown: String::new() }
    }

    pub fn press(&mut self, keys: &str) {
        self.pty.press(keys);
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        process::signal(name, self.pty.child.process_id().unwrap());
    }

    /// Reads until it shows this, then forgets all up to there.
    #[track_caller]
    pub fn until(&mut self, what: &str) {
        self.through(what);
    }

    /// The same, and gives what it forgets.
    #[track_caller]
    pub fn through(&mut self, what: &str) -> String {
        loop {
            if let Some(at) = self.shown.find(what) {
                return self.shown.drain(..at + what.len()).collect();
            }
            match self.pty.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("never showed {what:?}: {:?}", self.shown),
            }
        }
    }

    /// All that it shows, and its exit code.
    #[track_caller]
    pub fn end(mut self) -> (String, u32) {
        loop {
            match self.pty.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => {
                    return (self.shown, self.pty.child.wait().unwrap().exit_code());
                }
                Err(RecvTimeoutError::Timeout) => panic!("never ended: {:?}", self.shown),
            }
        }
    }
}
