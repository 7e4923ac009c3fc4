//! What was said and done in a day, for the rules to look at.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use claw::{
    fleet::step::Action,
    ops::{Event, Received},
    sim::world::World,
};

use crate::{commands::Command, counts::Counts, rules::There};

/// Steps that were shown and confirmed.
#[derive(Clone, Debug)]
pub struct Confirmed {
    pub command: usize,
    pub step: String,
    pub action: Action,
    pub description: String,
    pub there: Arc<There>,
}

/// What claw said and was allowed, over all commands.
#[derive(Default)]
pub struct Record {
    /// Where it all happens.
    pub world: Option<Arc<World>>,
    /// What was asked for, by the command's number.
    pub orders: BTreeMap<usize, Command>,
    /// The machine that a command was for, by the command's number.
    pub picked: BTreeMap<usize, String>,
    pub confirmed: Vec<Confirmed>,
    /// Everything that a person or a script would see.
    pub said: String,
    /// What claw's own log holds, as far as it was not looked at; `None` where none is written.
    pub logged: Option<Log>,
    /// Steps that ended well, with the command they belong to.
    pub done: Vec<(usize, String)>,
    /// Machines that a config push said have the config, with the command.
    pub configured: Vec<(usize, String)>,
    /// Commands that said the secrets are in the vault.
    pub pushed: Vec<usize>,
    /// One line a command, for whoever looks into a failure.
    pub story: Vec<String>,
    pub counts: Counts,
}

impl Record {
    /// What a command said on its way.
    pub fn hear(&mut self, number: usize, mut received: Received) {
        while let Ok(event) = received.try_recv() {
            if let Event::StepDone { step, .. } = &event {
                self.done.push((number, step.0.clone()));
            }
            self.said += &format!("{}\n", serde_json::to_string(&event).unwrap_or_default());
        }
    }
}

/// A log in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.0.lock().expect("the log"))).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub type Shared = Arc<Mutex<Record>>;
