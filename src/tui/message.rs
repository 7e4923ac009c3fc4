//! Everything that can happen to the window, as plain values.

use ratatui_textarea::{Input, Key as Edit};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    fleet::prefs::Prefs,
    logs::{Arrived, Feed},
    machine::{Answer, Tab},
    setup::Hidden,
};
use crate::{
    fleet::step::StepId,
    ops::{
        Event,
        activity::Record,
        apply::Applied,
        config_push::{ConfigPlan, Pushed},
        idle::MachineVerdict,
        pairings::{Change, Decision},
        power::Power,
        sync::Planned,
    },
};

/// A key without what terminals disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Key {
    Char(char),
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Left,
    Right,
    /// With ctrl or alt held.
    WordLeft,
    WordRight,
    Delete,
    Alt(char),
    F(u8),
}

/// What a key does to a line that is typed, as ratatui-textarea names it; its own undo is where others delete to the
/// line's beginning.
impl From<Key> for Input {
    fn from(key: Key) -> Self {
        let plain = |key| Self { key, ..Self::default() };
        let ctrl = |c| Self { ctrl: true, ..plain(Edit::Char(c)) };
        match key {
            Key::Char(c) => plain(Edit::Char(c)),
            Key::Backspace => plain(Edit::Backspace),
            Key::Delete => plain(Edit::Delete),
            Key::Left => plain(Edit::Left),
            Key::Right => plain(Edit::Right),
            Key::Home => plain(Edit::Home),
            Key::End => plain(Edit::End),
            Key::WordLeft => Self { ctrl: true, ..plain(Edit::Left) },
            Key::WordRight => Self { ctrl: true, ..plain(Edit::Right) },
            Key::Alt(c @ ('b' | 'f' | 'd')) => Self { alt: true, ..plain(Edit::Char(c)) },
            Key::Ctrl('u') => ctrl('j'),
            Key::Ctrl('z') => ctrl('u'),
            Key::Ctrl(c @ ('a' | 'b' | 'd' | 'e' | 'f' | 'h' | 'k' | 'r' | 'w' | 'y')) => ctrl(c),
            _ => Self::default(),
        }
    }
}

/// What a mouse does, at a place counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mouse {
    pub act: MouseAct,
    pub x: u16,
    pub y: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MouseAct {
    Click,
    /// The other button.
    Mark,
    WheelUp,
    WheelDown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Message {
    Key(Key),
    /// A text that the terminal brought as one.
    Paste(String),
    Mouse(Mouse),
    Resize {
        width: u16,
        height: u16,
    },
    Tick(OffsetDateTime),
    Event(Event),
    /// What was asked about a machine.
    Answered {
        machine: String,
        answer: Answer,
    },
    /// Log lines that came since the last frame.
    Lines(Vec<Arrived>),
    Planned(Box<Planned>),
    Applied(Applied),
    Diffed(ConfigPlan),
    Saved(ConfigPlan),
    Pushed(Pushed),
    Verdicts(Vec<MachineVerdict>),
    Activity(Record),
    /// How a command went on one of many machines.
    Ran {
        machine: String,
        answer: Result<u32, String>,
    },
    /// What it said there meanwhile.
    Said {
        machine: String,
        text: String,
    },
    /// team.json is there now.
    Founded,
    /// Something small went well; the words are for people.
    Done(String),
    Failed {
        operation: String,
        message: String,
        remedy: Option<String>,
    },
}

/// What the state asks the runner to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Plan,
    /// These steps of the plan.
    Apply {
        steps: Vec<StepId>,
    },
    /// Hold the apply up, or let it go on.
    Pause(bool),
    CancelApply,
    Diff,
    Push,
    Idle,
    Deallocate(Vec<String>),
    /// Requests as (machine, request).
    Decide {
        requests: Vec<(String, String)>,
        decision: Decision,
    },
    /// What a rollback would change.
    Saved,
    Rollback,
    /// Changes a paired device.
    Device {
        machine: String,
        device_id: String,
        change: Change,
    },
    /// Runs one command on all of these.
    Exec {
        machines: Vec<String>,
        command: String,
    },
    /// Writes team.json, and secrets.json where there are secrets.
    Found {
        team: String,
        secrets: Option<Hidden>,
    },
    Power {
        machines: Vec<String>,
        power: Power,
    },
    /// Follows these logs and no others, besides the bootstrap's.
    Follow(Vec<Feed>),
    /// Asks for what this part of the machine screen shows.
    Ask {
        machine: String,
        tab: Tab,
    },
    /// Puts text into the terminal's clipboard.
    Copy(String),
    /// Writes a new file.
    SaveLog {
        path: String,
        text: String,
    },
    /// Keeps how the fleet table looks.
    Remember(Prefs),
    /// A shell on the machine; the window steps aside for it.
    Shell(String),
    /// Its gateway in the browser.
    Open(String),
    /// Read the record of actions.
    ReadActivity,
    /// Write what the search finds into a file.
    ExportActivity {
        search: String,
    },
    Quit,
}
