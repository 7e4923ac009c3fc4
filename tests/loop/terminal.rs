//! A program in a pseudo-terminal: what it shows as bytes, and keys for it.

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

use crate::cloud::Cloud;

/// Longer than anything takes, so that a test that hangs ends with the screen in its message.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    pub shown: String,
    // Closing it would hang up on the program.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// `program ARGS` in the cloud's folder, with claw first on the `PATH`.
    pub fn open(cloud: &Cloud, program: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = NativePtySystem::default().openpty(size).unwrap();
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
        Self { child, keys, output, shown: String::new(), _master: pair.master }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Reads until it shows this, then forgets all up to there.
    #[track_caller]
    pub fn until(&mut self, what: &str) {
        loop {
            if let Some(at) = self.shown.find(what) {
                self.shown.drain(..at + what.len());
                return;
            }
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("never showed {what:?}: {:?}", self.shown),
            }
        }
    }

    /// All that it shows, and its exit code.
    pub fn end(mut self) -> (String, u32) {
        let code = self.child.wait().unwrap().exit_code();
        drop(self._master);
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        (self.shown, code)
    }
}
