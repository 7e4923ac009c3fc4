//! A program in a pseudo-terminal of its own.

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

/// Longer than anything takes, so that a test that hangs ends with the screen in its message.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub struct Pty {
    pub child: Box<dyn Child + Send + Sync>,
    /// What it writes; disconnected once it and its children have ended.
    pub output: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    // Closing it would hang up on the program.
    _master: Box<dyn MasterPty + Send>,
}

impl Pty {
    pub fn open(command: CommandBuilder, rows: u16, cols: u16) -> Self {
        let pair = NativePtySystem::default().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
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
        Self { child, output, keys, _master: pair.master }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}
