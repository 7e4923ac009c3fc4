//! How the logs are looked at.

use super::{level::Level, pattern::Pattern};
use crate::{ops::event::LogSource, tui::field::Field};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// The chosen machine's log alone.
    #[default]
    One,
    /// Many side by side.
    Tiles,
    /// All in one, each line behind its machine's name.
    Merged,
}

impl Arrangement {
    pub fn next(self) -> Self {
        match self {
            Self::One => Self::Tiles,
            Self::Tiles => Self::Merged,
            Self::Merged => Self::One,
        }
    }
}

/// What the keys of the log screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogAct {
    Follow,
    Search,
    NextMatch,
    PreviousMatch,
    Filter,
    Level,
    Only,
    Wrap,
    Times,
    Arrange,
    Source,
    NextMachine,
    PreviousMachine,
    NextStage,
    PreviousStage,
    Left,
    Right,
    CopySeen,
    CopyAll,
    Save,
}

/// What is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Search,
    Filter,
    /// A filter that the machine applies before it sends anything.
    Only,
    /// A file's name.
    Save,
}

impl Asked {
    /// Shown before what is typed.
    pub fn prompt(self) -> &'static str {
        match self {
            Self::Search => "search, text or /regex/: ",
            Self::Filter => "show only (text, !text, /regex/, level:warn): ",
            Self::Only => "only lines with this text leave the machine: ",
            Self::Save => "save to the new file: ",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    pub asked: Asked,
    pub line: Field,
    /// What held before, for who thinks better of it.
    pub before: String,
    /// Why it can't be taken yet.
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Look {
    pub arrangement: Arrangement,
    pub source: LogSource,
    /// Number of the line that the view stands on; `None` follows the end.
    pub cursor: Option<u64>,
    pub wrap: bool,
    pub times: bool,
    /// Columns of every line that are out of sight on the left.
    pub sideways: usize,
    pub filter: String,
    pub least: Option<Level>,
    pub only: Option<String>,
    pub search: Option<Pattern>,
    pub typing: Option<Typing>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            arrangement: Arrangement::One,
            source: LogSource::Bootstrap,
            cursor: None,
            wrap: false,
            times: false,
            sideways: 0,
            filter: String::new(),
            least: None,
            only: None,
            search: None,
            typing: None,
        }
    }
}

impl Look {
    pub fn next_source(&mut self) {
        self.source = match self.source {
            LogSource::Bootstrap => LogSource::Gateway,
            LogSource::Gateway => LogSource::Console,
            LogSource::Console => LogSource::Bootstrap,
        };
        self.cursor = None;
    }

    /// All, warnings, errors.
    pub fn next_level(&mut self) {
        self.least = match self.least {
            None => Some(Level::Warn),
            Some(Level::Warn) => Some(Level::Error),
            Some(_) => None,
        };
    }
}

pub fn word(source: LogSource) -> &'static str {
    match source {
        LogSource::Bootstrap => "bootstrap",
        LogSource::Console => "console",
        LogSource::Gateway => "gateway",
    }
}
