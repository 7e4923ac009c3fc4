//! An action in the record, and the two lines it is kept as.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::super::{ErrorKind, OpsError, redact::redacted};

/// How far an action came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It goes on, or was killed.
    Begun,
    Done,
    /// Somewhere it was done, somewhere it failed.
    Partial,
    Failed,
    Refused,
    Interrupted,
}

impl State {
    /// Something failed; so much was done nevertheless.
    pub fn failed(done: usize) -> Self {
        if done == 0 { Self::Failed } else { Self::Partial }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "not ended",
            Self::Done => "done",
            Self::Partial => "partly done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How an action ended, with a few words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub state: State,
    pub words: String,
}

impl Ending {
    pub fn done(words: impl Into<String>) -> Self {
        Self { state: State::Done, words: words.into() }
    }

    /// Of many, these failed: (what, why).
    pub fn of<'a, E: ToString + 'a>(done: usize, failed: impl IntoIterator<Item = (&'a String, &'a E)>) -> Self {
        let failed: Vec<String> =
            failed.into_iter().map(|(what, why)| format!("{what}: {}", why.to_string())).collect();
        let state = if failed.is_empty() { State::Done } else { State::failed(done) };
        let words = if failed.is_empty() { format!("{done} done") } else { failed.join("; ") };
        Self { state, words }
    }

    /// Of so many that were named, these failed.
    pub fn some_failed(all: usize, failed: &[(String, OpsError)]) -> Self {
        Self::of(all.saturating_sub(failed.len()), failed.iter().map(|(what, why)| (what, why)))
    }

    /// The same, cut off by the operator.
    pub fn interrupted_if(mut self, interrupted: bool) -> Self {
        if interrupted {
            self.state = State::Interrupted;
        }
        self
    }
}

impl From<&OpsError> for Ending {
    fn from(error: &OpsError) -> Self {
        let state = match error.kind {
            ErrorKind::Refused => State::Refused,
            ErrorKind::Interrupted => State::Interrupted,
            ErrorKind::Partial => State::Partial,
            ErrorKind::Input | ErrorKind::Failed => State::Failed,
        };
        Self { state, words: redacted(&error.message) }
    }
}

/// One action of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended: Option<OffsetDateTime>,
    /// The account on this computer.
    pub who: String,
    /// Who was signed in to Azure, where that is known.
    pub signed_in: Option<String>,
    /// E.g. `config push`.
    pub what: String,
    pub targets: Vec<String>,
    /// The `claw …` line that does the same.
    pub command: String,
    pub state: State,
    /// How it ended, for people.
    pub words: String,
}

impl Entry {
    /// Whether every word stands somewhere in it; case does not matter.
    pub fn matches(&self, words: &str) -> bool {
        let signed_in = self.signed_in.as_deref().unwrap_or_default();
        let all = [&self.who, signed_in, &self.command, self.state.word(), &self.words, &self.targets.join(" ")]
            .join("\n")
            .to_lowercase();
        words.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }
}

/// A line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    Begun {
        id: String,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        who: String,
        what: String,
        targets: Vec<String>,
        command: String,
    },
    Ended {
        id: String,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        signed_in: Option<String>,
        state: State,
        words: String,
    },
}
